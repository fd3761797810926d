"""`torch.compile`, around a model and around its recurrent modules themselves.

Torch does not compile nn.RNN, nn.LSTM and nn.GRU: they run as they are, with their hooks. Cells it
takes into its own code, and looks at hooks only while it compiles. So a loop over cells that ran
compiled before it was first recorded has no hooks that could see it, and there is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture, ItemizedGradients, NoGradient, find_layers
from rnnbow_plugin.errors import RnnbowError

from .cases import HIDDEN, INPUTS, make_layer
from .compare import assert_metrics_equal
from .loops import cell_of, numbers
from .twins import assert_same_bits, itemized, loss_of, remains, step

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")

X = numbers(2, 6, INPUTS, seed=7)
MASK = torch.tensor([[1.0], [0.0]], dtype=X.dtype)
KINDS = ("RNN_TANH", "LSTM", "GRU")
BACKENDS = ("eager", "aot_eager")


class Model(nn.Module):
    """Something before, a stack or a loop over a cell, and something after."""

    def __init__(self, kind: str, *, is_cell: bool, masked: bool = False) -> None:
        super().__init__()
        self.is_cell, self.masked = is_cell, masked
        self.before = nn.Linear(INPUTS, INPUTS, dtype=X.dtype)
        layer = make_layer(kind, num_layers=1 if is_cell else 2, batch_first=True)
        self.rnn: nn.Module = cell_of(layer) if is_cell else layer
        self.after = nn.Linear(HIDDEN, 2, dtype=X.dtype)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.before(x)) + 1
        if self.is_cell:
            outputs, state = [], None
            for t in range(x.shape[1]):
                if self.masked and t == 3:
                    state = tuple(s * MASK for s in state) if isinstance(state, tuple) else state
                    state = state * MASK if isinstance(state, Tensor) else state
                state = self.rnn(x[:, t], state)
                outputs.append(state[0] if isinstance(state, tuple) else state)
            output = torch.stack(outputs, 1)
        else:
            output = self.rnn(x)[0]
        logits: Tensor = self.after(output * 2)
        return logits


def whole(model: Model, backend: str) -> tuple[nn.Module, nn.Module]:
    compiled: Any = torch.compile(model, backend=backend)
    return compiled, compiled


def whole_in_place(model: Model, backend: str) -> tuple[nn.Module, nn.Module]:
    model.compile(backend=backend)
    return model, model


def whole_beside(model: Model, backend: str) -> tuple[nn.Module, nn.Module]:
    compiled: Any = torch.compile(model, backend=backend)
    return model, compiled


def part(model: Model, backend: str) -> tuple[nn.Module, nn.Module]:
    wrapper: Any = torch.compile(model.rnn, backend=backend)
    model.rnn = wrapper
    return model, model


def part_in_place(model: Model, backend: str) -> tuple[nn.Module, nn.Module]:
    model.rnn.compile(backend=backend)
    return model, model


# What a recorder is given, and what the training loop calls.
HOW: dict[str, Callable[[Model, str], tuple[nn.Module, nn.Module]]] = {
    "the model": whole,
    "the model in place": whole_in_place,
    "the model, the original given": whole_beside,
    "the part": part,
    "the part in place": part_in_place,
}


@pytest.fixture(autouse=True)
def _nothing_compiled() -> None:
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()


def graphs() -> int:
    """That were compiled so far."""
    count: int = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    return count


def assert_right(got: dict[str, ItemizedGradients], model: Model) -> None:
    """The items are those of the same model, not compiled."""
    model.zero_grad()
    wanted = itemized(model, lambda: loss_of(model(X)))
    assert list(got) == list(wanted)
    for items, expected in zip(got.values(), wanted.values(), strict=True):
        assert_metrics_equal(items.metrics, expected.metrics)
        assert items.completeness_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("is_cell", [False, True], ids=["layers", "cell"])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_recorded_from_the_first_step_on(kind: str, backend: str, how: str, is_cell: bool) -> None:
    """And again later, with steps between that are not: nothing is compiled for it anew."""
    model = Model(kind, is_cell=is_cell)
    given, called = HOW[how](Model(kind, is_cell=is_cell), backend)
    with torch.no_grad():
        for a, b in zip(given.parameters(), model.parameters(), strict=True):
            a.copy_(b)
    recorded = Capture(given)
    compiled = None
    for _ in range(3):
        recorded.arm()
        given.zero_grad()
        step(lambda: loss_of(called(X)))
        assert_right(recorded.itemize(), model)
        with_record = remains(given)
        recorded.disarm()
        given.zero_grad()
        step(lambda: loss_of(called(X)))
        assert_same_bits(remains(given), with_record)
        assert compiled in (None, graphs())
        compiled = graphs()


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_layers_that_ran_compiled_before(kind: str, backend: str, how: str) -> None:
    model = Model(kind, is_cell=False)
    given, called = HOW[how](model, backend)
    step(lambda: loss_of(called(X)))
    before = graphs()
    given.zero_grad()
    recorded = Capture(given)
    recorded.arm()
    step(lambda: loss_of(called(X)))
    got = recorded.itemize()
    recorded.close()
    assert graphs() == before
    plain = Model(kind, is_cell=False)
    with torch.no_grad():
        for a, b in zip(plain.parameters(), given.parameters(), strict=True):
            a.copy_(b)
    assert_right(got, plain)


@pytest.mark.parametrize("how", ["the model", "the model in place", "the part"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_that_ran_compiled_before_says_what_to_do(kind: str, backend: str, how: str) -> None:
    given, called = HOW[how](Model(kind, is_cell=True), backend)
    step(lambda: loss_of(called(X)))
    without = remains(given)
    given.zero_grad()
    recorded = Capture(given)
    recorded.arm()
    step(lambda: loss_of(called(X)))
    assert_same_bits(remains(given), without)
    with pytest.raises(
        NoGradient, match=r"was not called.*_dynamo\.reset\(\).*torch\.compiler\.disable"
    ):
        recorded.itemize()
    recorded.close()


@pytest.mark.parametrize("remedy", ["kept out", "reset"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_it_says_to_do(kind: str, remedy: str) -> None:
    """A cell that is kept out of compiled code, or compiled anew, is seen from then on."""
    model = Model(kind, is_cell=True)
    plain = Model(kind, is_cell=True)
    plain.load_state_dict(model.state_dict())
    if remedy == "kept out":
        model.rnn.forward = torch.compiler.disable(model.rnn.forward)
    compiled: Any = torch.compile(model, backend="eager")
    step(lambda: loss_of(compiled(X)))
    model.zero_grad()
    recorded = Capture(model)
    recorded.arm()
    if remedy == "reset":
        torch._dynamo.reset()
    step(lambda: loss_of(compiled(X)))
    assert_right(recorded.itemize(), plain)
    recorded.close()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_state_that_is_masked_in_a_compiled_model(kind: str, backend: str) -> None:
    model = Model(kind, is_cell=True, masked=True)
    plain = Model(kind, is_cell=True, masked=True)
    plain.load_state_dict(model.state_dict())
    compiled: Any = torch.compile(model, backend=backend)
    recorded = Capture(model)
    recorded.arm()
    step(lambda: loss_of(compiled(X)))
    assert_right(recorded.itemize(), plain)
    recorded.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_that_goes_through_compiled_code(kind: str) -> None:
    """That is one node of autograd, into which nobody looks: an error, and no number."""
    cell = cell_of(make_layer(kind))
    change: Any = torch.compile(_sine, backend="aot_eager")

    def loss() -> Tensor:
        state: Any = None
        outputs = []
        for x in X.unbind(1):
            state = cell(x, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
            state = tuple(map(change, state)) if isinstance(state, tuple) else change(state)
        return loss_of(torch.stack(outputs))

    with pytest.raises(RnnbowError, match="in a way that is not followed"):
        itemized(cell, loss)


def _sine(state: Tensor) -> Tensor:
    return torch.sin(state) * 2


def test_tags_do_not_name_the_wrapper() -> None:
    model = Model("GRU", is_cell=False)
    given, _ = part(model, "eager")
    assert list(find_layers(given)) == ["rnn/l0", "rnn/l1"]
