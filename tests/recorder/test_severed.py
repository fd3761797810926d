"""Layers that run and get no gradient: said once of those that are severed, and of no others."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowWarning
from tests.recorder.logs import records

X = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))


class Pair(nn.Module):
    """An encoder of several layers, a decoder, and a way from one to the other."""

    def __init__(self, between: Callable[[Tensor], Tensor] = lambda state: state) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder, self.decoder = nn.LSTM(3, 4, num_layers=2), nn.GRU(3, 4)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        """The loss."""
        h_n = self.encoder(x)[1][0]
        return self.decoder(x, self.between(h_n[-1:]))[0].square().mean()  # type: ignore[no-any-return]


def trained(
    model: Pair,
    writer: SummaryWriter,
    *,
    steps: int,
    every: int,
    loss: Callable[[int], Tensor] | None = None,
) -> list[str]:
    """What is said in a training."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with warnings.catch_warnings(record=True) as caught, Recorder(model, writer, every=every) as r:
        warnings.simplefilter("always")
        for step in range(steps):
            optimizer.zero_grad()
            (model(X) if loss is None else loss(step)).backward()
            r.step(step)
            optimizer.step()
    writer.flush()
    return [str(w.message) for w in caught if issubclass(w.category, RnnbowWarning)]


SEVERED: dict[str, Callable[[Tensor], Tensor]] = {
    "detached": lambda state: state.detach(),
    "not used": torch.zeros_like,
}


@pytest.mark.parametrize("between", SEVERED.values(), ids=SEVERED)
@pytest.mark.parametrize("every", [1, 100], ids=["every step", "every 100"])
def test_a_severed_layer_is_said_once_and_the_others_are_recorded(
    every: int, between: Callable[[Tensor], Tensor], writer: SummaryWriter, tmp_path: Path
) -> None:
    steps = 60 if every == 1 else 301
    (said,) = trained(Pair(between), writer, steps=steps, every=every)
    assert said.startswith("layer 'encoder' runs in the recorded steps, and no gradient comes back")
    assert said.endswith("(Other layers are recorded, training goes on; said once.)")
    assert [*records(tmp_path)] == [("decoder/l0", step) for step in range(0, steps, every)]


def test_each_severed_layer_is_said(writer: SummaryWriter) -> None:
    """Also where their names differ in a digit alone."""
    model = Pair()
    more = nn.ModuleList([nn.GRU(3, 4) for _ in range(3)])
    model.add_module("more", more)

    def loss(step: int) -> Tensor:
        for layer in more:
            layer(X)
        return model(X)  # type: ignore[no-any-return]

    said = trained(model, writer, steps=80, every=10, loss=loss)
    assert [text.split("'")[1] for text in said] == ["more.0", "more.1", "more.2"]


def test_a_layer_that_comes_back_is_recorded_from_then_on(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    severed = [True]
    model = Pair(lambda state: state.detach() if severed[0] else state)

    def loss(step: int) -> Tensor:
        severed[0] = step < 65
        return model(X)  # type: ignore[no-any-return]

    assert len(trained(model, writer, steps=80, every=10, loss=loss)) == 1
    assert [s for tag, s in records(tmp_path) if tag == "encoder/l0"] == [70]


def frozen(model: Pair) -> Callable[[int], Tensor]:
    """The encoder is, and what it reads asks for gradient."""
    model.encoder.requires_grad_(requires_grad=False)
    model.between = Tensor.detach
    x = X.clone().requires_grad_()
    return lambda step: model(x)


def without_gradient(model: Pair) -> Callable[[int], Tensor]:
    """The encoder runs under torch.no_grad, as a target network."""

    def loss(step: int) -> Tensor:
        with torch.no_grad():
            state = model.encoder(X)[1][0][-1:]
        return model.decoder(X, state)[0].square().mean()  # type: ignore[no-any-return]

    return loss


def not_run(model: Pair) -> Callable[[int], Tensor]:
    """The encoder does not run."""
    return lambda step: model.decoder(X)[0].square().mean()


def in_turns(model: Pair) -> Callable[[int], Tensor]:
    """As a GAN whose recorded steps are all those of the discriminator: every 10th of them."""

    def loss(step: int) -> Tensor:
        model.between = Tensor.detach if step % 10 < 5 else torch.clone
        return model(X)  # type: ignore[no-any-return]

    return loss


def target(model: Pair) -> Callable[[int], Tensor]:
    """A target network that runs with gradient, and follows another by its numbers."""
    model.between = Tensor.detach

    def loss(step: int) -> Tensor:
        for parameter in model.encoder.parameters():
            parameter.data.mul_(0.99)
        return model(X)  # type: ignore[no-any-return]

    return loss


def later(model: Pair) -> Callable[[int], Tensor]:
    """It was trained in the first steps, and is not any more."""

    def loss(step: int) -> Tensor:
        model.between = Tensor.detach if step > 5 else torch.clone
        return model(X)  # type: ignore[no-any-return]

    return loss


MEANT = [frozen, without_gradient, not_run, in_turns, target, later]


@pytest.mark.parametrize("way", MEANT, ids=lambda way: way.__name__)
def test_what_is_meant_is_not_warned_of(
    way: Callable[[Pair], Callable[[int], Tensor]], writer: SummaryWriter, tmp_path: Path
) -> None:
    model = Pair()
    assert trained(model, writer, steps=121, every=10, loss=way(model)) == []
    assert [s for tag, s in records(tmp_path) if tag == "decoder/l0"] == [*range(0, 121, 10)]


def test_where_nothing_is_reached_that_alone_is_said(writer: SummaryWriter) -> None:
    """Of a step without a backward pass there is another warning."""
    model = Pair(Tensor.detach)
    with pytest.warns(RnnbowWarning) as said, Recorder(model, writer, every=1) as recorder:
        for step in range(80):
            model(X)
            recorder.step(step)
    assert len(said) == 1
    assert "received no gradient of a backward pass" in str(said[0].message)


def test_before_the_backward_pass_nothing_is_severed(writer: SummaryWriter, tmp_path: Path) -> None:
    """As `step` is called where losses and states are given."""
    model, start = Pair(), torch.zeros(2, 3, requires_grad=True)
    with warnings.catch_warnings(), Recorder(model, writer, every=10) as recorder:
        warnings.simplefilter("error", RnnbowWarning)
        for step in range(80):
            states = [*accumulate(X, lambda h, x: torch.tanh(h + x), initial=start)][1:]
            losses = [model(X) * h.sum() for h in states]
            recorder.step(step, losses=losses, states={"other": states})
    writer.flush()
    assert [tag for tag, _ in records(tmp_path)] == ["other"] * 8


def test_a_model_that_changes_its_type_is_still_recorded(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    model = Pair(Tensor.detach)

    def loss(step: int) -> Tensor:
        if step == 30:
            model.to(torch.float64)
        return model(X.double() if step >= 30 else X)  # type: ignore[no-any-return]

    assert trained(model, writer, steps=100, every=10, loss=loss) == []
    assert len(records(tmp_path)) == 10
