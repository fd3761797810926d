"""What is not supported is refused: what was found, what is supported, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import pack_sequence

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


def compiled() -> nn.Module:
    module = nn.LSTM(2, 3)
    module.compile(backend="eager")
    return module


def weight_normed() -> nn.Module:
    module = nn.LSTM(2, 3)
    parametrizations.weight_norm(module, "weight_hh_l0")
    return module


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "weight norm above": (
        lambda: parametrizations.weight_norm(nn.GRU(2, 3, num_layers=2), "weight_hh_l1"),
        "parametrized weight_hh_l1",
    ),
    "weight norm of the reverse": (
        lambda: parametrizations.weight_norm(
            nn.GRU(2, 3, bidirectional=True), "weight_hh_l0_reverse"
        ),
        "parametrized weight_hh_l0_reverse",
    ),
    "weight norm of the projection": (
        lambda: parametrizations.weight_norm(nn.LSTM(2, 3, proj_size=1), "weight_hr_l0"),
        "parametrized weight_hr_l0",
    ),
    "LSTM cell": (lambda: nn.LSTMCell(2, 3), "LSTMCell is a single cell"),
    "GRU cell": (lambda: nn.GRUCell(2, 3), "GRUCell is a single cell"),
    "RNN cell": (lambda: nn.RNNCell(2, 3), "RNNCell is a single cell"),
    "float16": (lambda: nn.LSTM(2, 3).half(), "weight_ih_l0 in float16"),
    "bfloat16": (lambda: nn.GRU(2, 3).bfloat16(), "weight_ih_l0 in bfloat16"),
    "complex": (lambda: nn.RNN(2, 3).to(torch.complex64), "weight_ih_l0 in complex64"),
    "weight norm": (weight_normed, "parametrized weight_hh_l0"),
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
    with pytest.raises(RnnbowError, match=r"compiled by torch\.compile"):
        find_layers(compiled())
    with pytest.raises(RnnbowError, match=r"compiled by torch\.compile"):
        find_layers(torch.compile(Proxy(nn.Linear(2, 2)), backend="eager"))  # type: ignore[arg-type]


def test_a_model_without_recurrent_layers() -> None:
    with pytest.raises(RnnbowError, match="Sequential has no recurrent layer among its 2 modules"):
        find_layers(nn.Sequential(nn.Linear(2, 2)))
    with pytest.raises(RnnbowError, match="model is a str"):
        find_layers("model")  # type: ignore[arg-type]


def problem(layer: nn.RNNBase, run: Callable[[nn.RNNBase], Tensor]) -> str:
    """What `itemize` says after a pass that is not supported."""
    recorded = Capture(layer)
    recorded.arm()
    run(layer).sum().backward()
    with pytest.raises(RnnbowError) as error:
        recorded.itemize()
    recorded.close()
    return str(error.value)


def test_packed_sequences() -> None:
    packed = pack_sequence([torch.randn(3, 2), torch.randn(1, 2)])

    def run(layer: nn.RNNBase) -> Tensor:
        values: Tensor = layer(packed)[0].data
        return values

    message = problem(nn.LSTM(2, 3), run)
    assert "lstm/l0 was called with a PackedSequence. Supported is a tensor" in message


def test_autocast() -> None:
    def run(layer: nn.RNNBase) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            output: Tensor = layer(torch.randn(4, 2, 2))[0]
            return output

    message = problem(nn.LSTM(2, 3), run)
    assert "computed in bfloat16 and float32" in message
    assert "outside of autocast" in message


def test_a_layer_that_is_called_twice() -> None:
    def run(layer: nn.RNNBase) -> Tensor:
        first, state = layer(torch.randn(4, 2, 2))
        both: Tensor = first + layer(torch.randn(4, 2, 2), state)[0]
        return both

    message = problem(nn.GRU(2, 3), run)
    assert "gru/l0 was called 2 times, each with a gradient" in message
    assert "one call per recorded step" in message


def test_dropout_between_layers_on_another_device() -> None:
    def run(layer: nn.RNNBase) -> Tensor:
        output: Tensor = layer(torch.randn(4, 2, 2, device="meta"))[0]
        return output

    message = problem(nn.LSTM(2, 3, num_layers=2, dropout=0.5, device="meta"), run)
    assert "lstm/l0 was called with dropout=0.5 between its layers on meta" in message
    assert "Use modules of one layer with nn.Dropout between them" in message


def test_an_empty_batch() -> None:
    def run(layer: nn.RNNBase) -> Tensor:
        output: Tensor = layer(torch.randn(4, 0, 2))[0]
        return output

    message = problem(nn.RNN(2, 3), run)
    assert "called with an empty batch" in message


def test_a_forward_pass_that_is_not_the_layers() -> None:
    """Whatever replaces the weights on the way is noticed by what comes out."""

    def run(layer: nn.RNNBase) -> Tensor:
        def double(module: nn.Module, args: object) -> None:
            layer._flat_weights = [p * 2 for p in layer.parameters()]

        layer.register_forward_pre_hook(double)
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
