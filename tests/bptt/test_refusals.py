"""What is not supported is refused: what was found, what is supported, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnbow_plugin.bptt import Capture, capture, find_layers, itemize
from rnnbow_plugin.errors import RnnbowError


class OwnForward(nn.LSTM):
    """A layer whose forward pass is not torch's."""

    def forward(self, *args: Any) -> Any:
        return super().forward(*args)


class Proxy(nn.Module):
    """A layer and something else that is recurrent, side by side."""

    def __init__(self, other: nn.Module) -> None:
        super().__init__()
        self.encoder = nn.GRU(2, 3)
        self.decoder = other


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "complex": (lambda: nn.RNN(2, 3).to(torch.complex64), "weight_ih_l0 in complex64"),
    "float8": (lambda: nn.GRU(2, 3).to(torch.float8_e5m2), "weight_ih_l0 in float8_e5m2"),
    "complex cell": (lambda: nn.GRUCell(2, 3).to(torch.complex64), "weight_ih in complex64"),
    "own forward": (lambda: OwnForward(2, 3), "forward pass of its own"),
    "scripted": (lambda: torch.jit.script(nn.LSTM(2, 3)), "is a TorchScript module"),
    "scripted cell": (lambda: torch.jit.script(nn.GRUCell(2, 3)), "is a TorchScript module"),
}


@pytest.mark.filterwarnings("ignore:Complex modules:UserWarning")
@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_layers_that_are_refused(name: str) -> None:
    make, found = REFUSED[name]
    with pytest.raises(RnnbowError, match=found) as alone:
        find_layers(make())
    assert "Supported: nn.RNN, nn.LSTM and nn.GRU with any number of layers" in str(alone.value)
    with pytest.raises(RnnbowError, match="at 'decoder'") as beside:
        capture(Proxy(make()))
    assert "for example model.encoder" in str(beside.value)
    assert list(find_layers(Proxy(make()).encoder)) == ["gru/l0"]


def test_models_that_hide_their_layers() -> None:
    with pytest.raises(RnnbowError, match="DataParallel"):
        find_layers(nn.DataParallel(Proxy(nn.Linear(2, 2))))


def test_a_model_without_recurrent_layers() -> None:
    with pytest.raises(RnnbowError, match="Sequential has no recurrent layer among its 2 modules"):
        find_layers(nn.Sequential(nn.Linear(2, 2)))
    with pytest.raises(RnnbowError, match="model is a str"):
        find_layers("model")  # type: ignore[arg-type]


def problem(layer: Any, run: Callable[[Any], Tensor]) -> str:
    """What `itemize` says after a pass that is not supported."""
    recorded = Capture(layer)
    recorded.arm()
    run(layer).sum().backward()
    with pytest.raises(RnnbowError) as error:
        recorded.itemize()
    recorded.close()
    return str(error.value)


def test_a_loop_whose_calls_are_not_one_sequence() -> None:
    """Units are mixed between the calls. However few they are, no lag goes beyond one."""
    mix = nn.Linear(3, 3)

    def run(layer: nn.RNNBase) -> Tensor:
        outputs, state = [], None
        for _ in range(3):
            output, state = layer(torch.randn(1, 2, 2), state)
            outputs.append(output)
            state = mix(state)
        return torch.cat(outputs)

    message = problem(nn.GRU(2, 3), run)
    assert "gru/l0 was called with a state that depends on what an earlier call gave out" in message
    assert "recorder.step(..., losses=, states=)" in message


def test_a_cell_whose_input_is_its_state() -> None:
    """What it sends back through the one cannot be told from the other."""

    def run(cell: nn.GRUCell) -> Tensor:
        h: Tensor = cell(torch.randn(2, 3))
        for _ in range(3):
            h = cell(h, h)
        return h

    assert "with its state as its input, too" in problem(nn.GRUCell(3, 3), run)


def test_dropout_between_layers_on_another_device() -> None:
    def run(layer: nn.RNNBase) -> Tensor:
        output: Tensor = layer(torch.randn(4, 2, 2, device="meta"))[0]
        return output

    layer = nn.LSTM(2, 3, num_layers=2, dropout=0.5, device="meta")
    layer.forward = layer.forward  # type: ignore[method-assign]  # the user's own
    message = problem(layer, run)
    assert "lstm/l0 was called with dropout=0.5 between its layers on meta" in message
    assert "use modules of one layer with nn.Dropout between" in message


def test_an_empty_batch() -> None:
    def run(layer: nn.RNNBase) -> Tensor:
        output: Tensor = layer(torch.randn(4, 0, 2))[0]
        return output

    message = problem(nn.RNN(2, 3), run)
    assert "called with an empty batch" in message


def test_a_forward_pass_that_is_not_the_layers() -> None:
    """Whatever is done on the way is noticed by what comes out."""

    def run(layer: nn.RNNBase) -> Tensor:
        own = layer.forward
        layer.forward = lambda x: own(x * 2)
        output: Tensor = layer(torch.randn(4, 2, 2))[0]
        return output

    assert "differ by" in problem(nn.LSTM(2, 3), run)


def test_something_unforeseen_is_reported_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr("rnnbow_plugin.bptt.probe.Call", fail)
    message = problem(nn.LSTM(2, 3), lambda layer: layer(torch.randn(4, 2, 2))[0])
    assert message == "lstm/l0 could not be recorded: MemoryError: no room"


@pytest.mark.parametrize("sequences", [0, -1, True, 1.5, "all", [], [0, 0], [-1], [1.5], object()])
def test_selections_that_are_refused(sequences: Any) -> None:
    with pytest.raises(RnnbowError, match=r"sequences is .* Give None for all"):
        Capture(nn.LSTM(2, 3), sequences)


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"horizon": -1}, "horizon is -1"),
        ({"horizon": 2.5}, "horizon is 2.5"),
        ({"tolerance": -0.1}, "tolerance is -0.1"),
        ({"tolerance": 1.0}, "tolerance is 1.0"),
        ({"tolerance": float("nan")}, "tolerance is nan"),
        ({"tolerance": "a little"}, "tolerance is 'a little'"),
        ({"chunk": 0}, "chunk is 0"),
        ({"chunk": True}, "chunk is True"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], found: str) -> None:
    layer = nn.LSTM(2, 3)
    recorded = Capture(layer)
    recorded.arm()
    layer(torch.randn(4, 2, 2))[0].sum().backward()
    (finished,) = recorded.harvest().passes.values()
    with pytest.raises(RnnbowError, match=found):
        itemize(finished, **settings)
    if "chunk" not in settings:
        with pytest.raises(RnnbowError, match=found):
            recorded.itemize(**settings)
    recorded.close()
