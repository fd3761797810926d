"""Activation checkpointing, which runs forward passes a second time while gradients flow back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from rnnbow_plugin.bptt import Capture
from rnnbow_plugin.errors import RnnbowError

from .cases import HIDDEN, INPUTS, KINDS, make_layer
from .compare import assert_entries_equal, assert_metrics_equal
from .loops import SEQUENCES, STEPS, cell_of, numbers
from .twins import assert_same_bits, itemized, loss_of, remains, step

X = numbers(STEPS, SEQUENCES, INPUTS, seed=7)

Run = Callable[..., Any]


def plainly(function: Run, *args: Any) -> Any:
    return function(*args)


def reentrant(function: Run, *args: Any) -> Any:
    return checkpoint(function, *args, use_reentrant=True)


def not_reentrant(function: Run, *args: Any) -> Any:
    return checkpoint(function, *args, use_reentrant=False)


WAYS = {"reentrant": reentrant, "not reentrant": not_reentrant}


class Model(nn.Module):
    """A stack with dropout between two linear layers, and what of it is run through `run`."""

    def __init__(self, kind: str, around: str, options: dict[str, Any]) -> None:
        super().__init__()
        self.around, self.run = around, plainly
        self.rnn = make_layer(kind, **options)
        width = HIDDEN * (2 if self.rnn.bidirectional else 1)
        self.before = nn.Linear(INPUTS, INPUTS, dtype=X.dtype)
        self.after = nn.Linear(width, 2, dtype=X.dtype)

    def forward(self, x: Tensor) -> Tensor:
        value = self.before(x)
        if self.around == "layer":
            output = self.run(self.rnn, value)[0]
        elif self.around == "block":
            output = self.run(lambda v: torch.tanh(self.rnn(v * 2)[0]) + 1, value)
        elif self.around == "two blocks":
            output = self.run(lambda v: self.rnn(self.run(torch.sin, v))[0] * 2, value)
        else:
            output = self.run(lambda v: self.rnn(self.before(v))[0], x.requires_grad_())
        logits: Tensor = self.after(output)
        return logits


STACKS: dict[str, dict[str, Any]] = {
    "1 layer": {},
    "dropout": {"num_layers": 2, "dropout": 0.4},
    "both ways": {"num_layers": 2, "dropout": 0.4, "bidirectional": True},
}


def assert_changes_nothing(model: nn.Module, loss: Callable[[Run], Tensor], way: str) -> None:
    """With and without checkpointing the same items; with and without a record the same bits."""
    wanted = itemized(model, lambda: loss(plainly))
    model.zero_grad()
    step(lambda: loss(WAYS[way]))
    without = remains(model)
    model.zero_grad()
    got = itemized(model, lambda: loss(WAYS[way]))
    assert_same_bits(remains(model), without)
    assert list(got) == list(wanted)
    for items, expected in zip(got.values(), wanted.values(), strict=True):
        assert_metrics_equal(items.metrics, expected.metrics)
        assert_entries_equal("sum", items.weight_grad[None], expected.weight_grad[None])
        assert items.completeness_error == pytest.approx(0, abs=1e-12)
        assert items.micro_batches == 1


def assert_is_refused(model: nn.Module, loss: Callable[[Run], Tensor]) -> None:
    """Parts that reentrant checkpointing cuts off from each other, and the same bits."""
    step(lambda: loss(reentrant))
    without = remains(model)
    model.zero_grad()
    recorded = Capture(model)
    recorded.arm()
    step(lambda: loss(reentrant))
    assert_same_bits(remains(model), without)
    with pytest.raises(RnnbowError, match="Supported is use_reentrant=False"):
        recorded.itemize()
    recorded.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("around", ["layer", "block", "two blocks", "input without graph"])
@pytest.mark.parametrize("kind", KINDS)
def test_around_a_layer(kind: str, around: str, stack: str, way: str) -> None:
    model = Model(kind, around, STACKS[stack])

    def loss(run: Run) -> Tensor:
        model.run = run
        return loss_of(model(X.clone()))

    assert_changes_nothing(model, loss, way)


def loop(cell: nn.Module, first: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    """A cell over some steps: h of each, and the last states, which depend on what was given."""
    outputs = []
    for x in first:
        if isinstance(cell, nn.LSTMCell):
            h, c = cell(x, (h, c))
        else:
            h = cell(x, h)
        outputs.append(h)
    return torch.stack(outputs), h, c * 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("chunk", [STEPS, 4, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_around_a_loop(kind: str, chunk: int, way: str) -> None:
    """All of it, or part after part, each of which begins with the state of the one before."""
    cell = cell_of(make_layer(kind))

    def loss(run: Run) -> Tensor:
        h, c = (numbers(SEQUENCES, HIDDEN, seed=s).requires_grad_() for s in (1, 2))
        outputs = []
        for first in range(0, STEPS, chunk):
            output, h, c = run(loop, cell, X[first : first + chunk], h, c)
            outputs.append(output)
        return loss_of(torch.cat(outputs))

    if way == "reentrant" and chunk < STEPS:
        assert_is_refused(cell, loss)
    else:
        assert_changes_nothing(cell, loss, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_around_chunks_of_a_layer(kind: str, way: str) -> None:
    layer = make_layer(kind, num_layers=2, dropout=0.4)

    def one(chunk: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        output, last = layer(chunk, states if len(states) > 1 else states[0])
        return (output, *last) if isinstance(last, tuple) else (output, last)

    def loss(run: Run) -> Tensor:
        states = [torch.zeros(2, SEQUENCES, HIDDEN, dtype=X.dtype).requires_grad_() for _ in "hc"]
        states = states[: 2 if kind == "LSTM" else 1]
        outputs = []
        for chunk in X.split(4):
            output, *states = run(one, chunk, *states)
            outputs.append(output)
        return loss_of(torch.cat(outputs))

    if way == "reentrant":
        assert_is_refused(layer, loss)
    else:
        assert_changes_nothing(layer, loss, way)
