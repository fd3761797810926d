"""Stacks with dropout whose masks nobody can see: a recorded pass runs layer by layer.

That is what happens on CUDA. Here a CPU is taken for such a device.
"""

from __future__ import annotations

import copy
import io

import pytest
import torch
from torch import nn

from rnnbow_plugin.bptt import Capture, capture, probe

from .cases import DROPOUT, INPUTS, LENGTHS, PACKED, Case, call, grad_of, make_layer
from .compare import assert_entries_equal, assert_metrics_equal
from .reference import unrolled

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")

SEED = 11
STACKS = [case for case in DROPOUT + PACKED if case.dropout]


@pytest.fixture(autouse=True)
def hidden_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the device were not a CPU."""
    monkeypatch.setattr(probe, "has_hidden_masks", lambda m: getattr(m, "num_layers", 1) > 1)


@pytest.mark.parametrize("case", STACKS, ids=str)
def test_entries_are_those_of_unrolled_autograd(case: Case) -> None:
    layer = case.module()
    x, states = case.inputs()
    torch.manual_seed(SEED)
    with capture(layer) as captured:
        case.loss(*call(layer, x, states)).backward()
    found = captured.itemize()
    for tag, items in found.items():
        grad = grad_of(layer, tag.split("/")[1])
        assert_entries_equal("grad", items.weight_grad[None], grad[None])
        assert items.completeness_error is not None
        assert items.completeness_error <= 1e-12
    if case.layout == "batch first":
        return  # whose masks lie in another order than those that the reference draws
    reference = unrolled(layer, x, states, case.loss, SEED)
    for expected, items in zip(reference.values(), found.values(), strict=True):
        first = int(items.lags[0])
        lags = range(first, first + len(items.lags))
        assert_metrics_equal(items.metrics, expected.metrics(lags))


@pytest.mark.parametrize("layout", ["steps first", "batch first", "unbatched", *LENGTHS])
@pytest.mark.parametrize("kind", ["RNN_TANH", "LSTM", "GRU"])
@pytest.mark.parametrize("initial", [False, True], ids=["no state", "state"])
def test_it_gives_out_what_torch_does(kind: str, layout: str, initial: bool) -> None:
    """Without masks (a rate of next to nothing) the numbers and the shapes are torch's own."""
    case = Case(kind, layout, True, initial, "all", 3, 0, True, 1e-300)
    layer = case.module()
    x, states = case.inputs()
    wanted = call(layer, x, states)
    with capture(layer):
        got = call(layer, x, states)
    for a, b in zip(wanted, got, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert a.shape == b.shape
            assert torch.allclose(a, b, rtol=1e-12, atol=1e-14)


def test_what_is_not_training_runs_as_torch_has_it() -> None:
    layer = make_layer("LSTM", num_layers=2, dropout=0.5).eval()
    x = torch.randn(6, 2, INPUTS, dtype=torch.float64)
    wanted = layer(x)[0]
    with capture(layer):
        assert torch.equal(layer(x)[0], wanted)


def test_only_the_recorded_pass_runs_otherwise() -> None:
    layer = make_layer("GRU", num_layers=2, dropout=0.5)
    recorded = Capture(layer)
    assert "forward" not in vars(layer)
    recorded.arm()
    assert "forward" in vars(layer)
    recorded.disarm()
    assert "forward" not in vars(layer)
    recorded.arm()
    del recorded
    assert "forward" not in vars(layer)


def test_a_copy_or_a_saved_model_runs_as_torch_has_it() -> None:
    layer = make_layer("LSTM", num_layers=2, dropout=0.5)
    x = torch.randn(6, 2, INPUTS, dtype=torch.float64)
    torch.manual_seed(1)
    wanted = layer(x)[0]
    file = io.BytesIO()
    with capture(layer):
        twin = copy.deepcopy(layer)
        torch.save(layer, file)
    file.seek(0)
    for other in (twin, torch.load(file, weights_only=False)):
        torch.manual_seed(1)
        got = other(x)[0]
        assert torch.equal(got, wanted)
        got.sum().backward()
        assert all(p.grad is not None for p in other.parameters())
    assert all(p.grad is None for p in layer.parameters())


def test_a_forward_pass_of_the_users_own_is_left_alone() -> None:
    layer = make_layer("LSTM", num_layers=2, dropout=0.5)
    own = layer.forward
    layer.forward = own  # in the module's own dictionary
    with capture(layer):
        assert layer.forward is own
    assert isinstance(layer, nn.LSTM)
    assert layer.forward is own
