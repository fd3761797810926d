"""Loops over cells and layers, in every combination of what may happen in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .any_loop import AnyLoop, States
from .any_loop import cell_of as cell_of
from .any_loop import run as run
from .cases import HIDDEN, INPUTS, make_layer, uneven

STEPS, SEQUENCES = 9, 2

Between = Callable[[States, int], States]


@dataclass(frozen=True)
class Loop(AnyLoop):
    """One of those that are tested in every combination."""

    kind: str
    way: str  # "cell", "steps" (of a layer) or "chunks" (of several steps)
    between: str  # a key of BETWEEN
    entering: str  # a key of ENTERING
    layers: int = 1

    def __str__(self) -> str:
        layers = f"{self.layers} layers, " if self.layers > 1 else ""
        return f"{self.kind}, {layers}{self.way}, {self.between}, through {self.entering}"

    def layer(self, dtype: torch.dtype = torch.float64) -> nn.RNNBase:
        return make_layer(self.kind, dtype, num_layers=self.layers)

    @property
    def x(self) -> Tensor:
        return X

    @property
    def starts(self) -> list[int]:
        return list(range(0, STEPS, 4 if self.way == "chunks" else 1))

    def change(self, states: States, step: int) -> States:
        return BETWEEN[self.between](states, step)

    def loss(self, h: Tensor, ended: States | None, step: int) -> Tensor | None:
        c = ended[1] if ended is not None and len(ended) > 1 else None
        return ENTERING[self.entering](h, c, step)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


X = numbers(STEPS, SEQUENCES, INPUTS, seed=7)


def _masked(states: States, step: int) -> States:
    """Where an episode begins the state is set to 0, of one sequence at a time."""
    keep = torch.tensor([float(step != 4), float(step not in (4, 8))], dtype=torch.float64)
    return [s * keep[:, None].to(s) for s in states]


def _reset(states: States, step: int) -> States:
    """The same as many write it: the rows of the sequences that are done are overwritten."""
    done = torch.tensor([step == 4, step in (4, 8)])
    copies = [s.clone() for s in states]
    for copy in copies:
        copy[..., done, :] = 0.0
    return copies


def _scaled(states: States, step: int) -> States:
    return [
        s * (0.5 + numbers(HIDDEN, seed=step).to(s).abs() * (number + 1))
        for number, s in enumerate(states)
    ]


def _squashed(states: States, step: int) -> States:
    return [torch.sin(s) if step in (4, 8) else s for s in states]


def _detached(states: States, step: int) -> States:
    return [s.detach() if step in (4, 8) else s for s in states]


def _cloned(states: States, step: int) -> States:
    return [s.detach().clone() if step == 4 else s.clone() for s in states]


def _cell_state_detached(states: States, step: int) -> States:
    return [states[0], *(s.detach() for s in states[1:])]


BETWEEN: dict[str, Between] = {
    "as it is": lambda states, step: states,
    "masked": _masked,
    "reset": _reset,
    "scaled": _scaled,
    "squashed": _squashed,
    "detached": _detached,
    "cloned": _cloned,
    "cell state detached": _cell_state_detached,
}


# From the hidden state of the top layer and the cell states at the end of a call to a loss, by
# step; None where there is none.
ENTERING: dict[str, Callable[[Tensor, Tensor | None, int], Tensor | None]] = {
    "h": lambda h, c, step: uneven(h),
    "h of some steps": lambda h, c, step: uneven(h) if step in (3, 7) else None,
    "last h": lambda h, c, step: uneven(h) if step == STEPS - 1 else None,
    "c": lambda h, c, step: None if c is None else uneven(c),
    "h and c": lambda h, c, step: uneven(h) + (0 if c is None else 2 * uneven(c)),
}


LOOPS = [
    Loop(kind, way, between, entering, layers)
    for kind in ("RNN_TANH", "RNN_RELU", "LSTM", "GRU")
    for way, layers in (("cell", 1), ("steps", 1), ("steps", 2), ("chunks", 1), ("chunks", 3))
    for between in BETWEEN
    for entering in ENTERING
    if kind == "LSTM" or (entering != "c" and between != "cell state detached")
]
