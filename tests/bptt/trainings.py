"""Small models of the shapes that people train, for the tests that recording changes nothing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from .any_loop import cell_of
from .cases import HIDDEN, INPUTS, make_layer

STEPS, SEQUENCES, CLASSES = 6, 4, 3


class Trained(nn.Module):
    """A model with one loss for a batch of inputs `[T, N, I]` and targets `[T, N]`."""

    @abstractmethod
    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""


class Fused(Trained):
    """Stateful training of a layer, truncated between batches."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__()
        self.rnn = make_layer(kind, **options)
        width = (self.rnn.proj_size or HIDDEN) * (2 if self.rnn.bidirectional else 1)
        self.head = nn.Linear(width, CLASSES)
        self.state: Any = None

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        output, state = self.rnn(x, self.state)
        self.state = _each(state, Tensor.detach)
        return cross_entropy(self.head(output).flatten(0, 1), targets.flatten())


class InCalls(Fused):
    """A layer that is called several times for one sequence, without truncation in between."""

    def __init__(self, kind: str, each: int, **options: Any) -> None:
        super().__init__(kind, **options)
        self.each = each

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        state, outputs = self.state, []
        for part in x.split(self.each):
            output, state = self.rnn(part, state)
            outputs.append(output)
        self.state = _each(state, Tensor.detach)
        return cross_entropy(self.head(torch.cat(outputs)).flatten(0, 1), targets.flatten())


class CellLoop(Trained):
    """A loop over a cell whose state is used by the next step, a head, and an attention."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.cell = cell_of(make_layer(kind))
        self.head, self.summary = nn.Linear(HIDDEN, CLASSES), nn.Linear(HIDDEN, CLASSES)
        self.query = nn.Parameter(torch.linspace(-1, 1, HIDDEN))

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        state, found, loss = None, [], x.new_zeros(())
        for value, target in zip(x, targets, strict=True):
            state = self.cell(value, state)
            found.append(state[0] if isinstance(state, tuple) else state)
            loss = loss + cross_entropy(self.head(found[-1]), target)
        hidden = torch.stack(found)
        attention = (hidden @ self.query).softmax(0).unsqueeze(-1)
        return loss + cross_entropy(self.summary((attention * hidden).sum(0)), targets[-1])


class CellStack(Trained):
    """Cells one above the other, stacked by hand, with dropout between them."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.lower = cell_of(make_layer(kind))
        options: dict[str, Any] = {}
        if isinstance(self.lower, nn.RNNCell):
            options["nonlinearity"] = self.lower.nonlinearity
        self.upper = type(self.lower)(HIDDEN, HIDDEN, **options)
        self.head = nn.Linear(HIDDEN, CLASSES)

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        below = above = None
        loss = x.new_zeros(())
        for value, target in zip(x, targets, strict=True):
            below = self.lower(value, below)
            hidden = below[0] if isinstance(below, tuple) else below
            above = self.upper(nn.functional.dropout(hidden, 0.3), above)
            hidden = above[0] if isinstance(above, tuple) else above
            loss = loss + cross_entropy(self.head(hidden), target)
        return loss


class Packed(Fused):
    """Sequences of different lengths, unsorted."""

    LENGTHS = (3, STEPS, 1, STEPS)

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        lengths = torch.tensor(self.LENGTHS).clamp(max=len(x))
        packed, wanted = (
            pack_padded_sequence(values, lengths, enforce_sorted=False) for values in (x, targets)
        )
        output, _ = self.rnn(packed)
        assert isinstance(output, PackedSequence)
        return cross_entropy(self.head(output.data), wanted.data)


class StateHeads(Trained):
    """A loss on the last states alone, of each layer and direction."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.rnn = make_layer(kind, num_layers=2, bidirectional=True)
        self.head = nn.Linear(HIDDEN, CLASSES)

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        _, last = self.rnn(x)
        states = last if isinstance(last, tuple) else (last,)
        return torch.stack(
            [cross_entropy(self.head(level), targets[-1]) for state in states for level in state]
        ).sum()


class EncoderDecoder(Trained):
    """The last state of a layer begins a loop over a cell, which is fed its own output."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.encoder = make_layer(kind)
        self.decoder = cell_of(make_layer(kind))
        self.head, self.embed = nn.Linear(HIDDEN, CLASSES), nn.Linear(CLASSES, INPUTS)

    def forward(self, x: Tensor, targets: Tensor) -> Tensor:
        """The loss."""
        _, last = self.encoder(x)
        state = _each(last, lambda tensor: tensor[0])
        logits = x.new_zeros(SEQUENCES, CLASSES)
        loss = x.new_zeros(())
        for target in targets:
            state = self.decoder(self.embed(logits), state)
            logits = self.head(state[0] if isinstance(state, tuple) else state)
            loss = loss + cross_entropy(logits, target)
        return loss


def _each(states: Any, change: Callable[[Tensor], Tensor]) -> Any:
    return tuple(map(change, states)) if isinstance(states, tuple) else change(states)


@dataclass(frozen=True)
class Manner:
    """How the parameters are changed."""

    optimizer: str = "SGD"  # or "Adam", "LBFGS"
    set_to_none: bool = True
    micro_batches: int = 1

    def __str__(self) -> str:
        gradients = "to none" if self.set_to_none else "to zero"
        return f"{self.optimizer}, gradients {gradients}, {self.micro_batches} micro-batches"

    def make(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer."""
        if self.optimizer == "Adam":
            return torch.optim.Adam(parameters, lr=0.01)
        if self.optimizer == "LBFGS":
            return torch.optim.LBFGS(parameters, lr=0.1, max_iter=3, line_search_fn="strong_wolfe")
        return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


MODELS: dict[str, Callable[[str], Trained]] = {
    "a layer": Fused,
    "three layers": lambda kind: Fused(kind, num_layers=3),
    "both ways": lambda kind: Fused(kind, bidirectional=True),
    "two layers both ways": lambda kind: Fused(kind, bidirectional=True, num_layers=2),
    "dropout": lambda kind: Fused(kind, num_layers=3, dropout=0.5),
    "dropout both ways": lambda kind: Fused(kind, bidirectional=True, num_layers=2, dropout=0.2),
    "step by step": lambda kind: InCalls(kind, 1),
    "two layers step by step": lambda kind: InCalls(kind, 1, num_layers=2, dropout=0.2),
    "in chunks": lambda kind: InCalls(kind, 4, num_layers=2),
    "a cell, three uses": CellLoop,
    "stacked cells": CellStack,
    "packed": lambda kind: Packed(kind, bidirectional=True, num_layers=2, dropout=0.2),
    "heads on the last states": StateHeads,
    "encoder and decoder": EncoderDecoder,
}
PROJECTED: dict[str, Callable[[str], Trained]] = {
    "projected": lambda kind: Fused(kind, proj_size=2),
    "two projected layers": lambda kind: Fused(kind, num_layers=2, proj_size=3),
    "projected, step by step": lambda kind: InCalls(kind, 1, num_layers=2, proj_size=3),
}
MANNERS = [
    Manner("Adam"),
    Manner("Adam", set_to_none=False),
    Manner(micro_batches=3),
    Manner(set_to_none=False, micro_batches=2),
    Manner("LBFGS"),
]
