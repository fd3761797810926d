"""What every recurrent cell states about itself: its gates and its derivative of one step.

Axis letters, here and in every cell:
    T time steps, N sequences, I inputs, H hidden units, G gates, R rows (one row per source),
    P outputs: H, or the proj_size of a projected LSTM, whose hidden state is narrower.

A cell is *linearized* around one forward pass: everything that its derivative needs is computed for
all T steps when it is made. Then gradients are carried from cell j to cell j - 1, any number of
rows side by side, without looking at the forward pass again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Weights:
    """The parameters of one layer and direction, in torch's layout and gate order."""

    ih: Tensor  # [G*H, I]
    hh: Tensor  # [G*H, P]
    b_ih: Tensor | None  # [G*H]
    b_hh: Tensor | None  # [G*H]
    hr: Tensor | None = None  # [P, H]  of a projected LSTM

    @property
    def tensors(self) -> list[Tensor]:
        """Those that there are."""
        found = (self.ih, self.hh, self.b_ih, self.b_hh, self.hr)
        return [tensor for tensor in found if tensor is not None]

    def map(self, change: Callable[[Tensor], Tensor]) -> Weights:
        """The same with each tensor changed."""
        tensors = (self.ih, self.hh, self.b_ih, self.b_hh, self.hr)
        return Weights(*(None if t is None else change(t) for t in tensors))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Joint:
    """Where a cell reads another state than the one that the cell before it gave out.

    That is where one call of a layer goes on where another ended, and where a shorter sequence of
    the reverse direction begins.
    """

    h: Tensor  # [N, P]  the state that the cell reads
    c: Tensor | None  # [N, H]
    # What the gradient at that state is multiplied by on its way to the cell before, [N, P] and
    # [N, H] or what expands to it; None for 1.
    keep_h: Tensor | None = None
    keep_c: Tensor | None = None
    here: Tensor | None = None  # [N, 1]  bool, the sequences of which this is true; None for all


@dataclass(eq=False)
class Rows:
    """Gradients of R sources at one cell, all sequences side by side.

    The values are those of the gradient divided by a power of two per row and sequence, which the
    stream keeps (see `itemize.py`).
    """

    h: Tensor  # [R, N, P]  gradient at the hidden state
    c: Tensor | None  # [R, N, H]  gradient at the cell state, of cells that have one
    a: Tensor  # [R, N, G*H]  gradient at what is added to by `weight_hh @ h`
    spare: Tensor  # [R, N, G*H]  any content, for whoever needs room


class Cell(ABC):
    """One layer and direction, linearized around one forward pass.

    Args:
        weights: of the layer.
        inputs: `[T, N, I]`.
        h0: hidden state before the first step, `[N, P]`.
        c0: cell state before the first step, `[N, H]`; None for cells without one.
        outputs: h_0 ... h_{T-1} as the forward pass gave them, `[T, N, P]`.
        joints: by the cell that reads another state.
    """

    gates: ClassVar[int]
    has_cell_state: ClassVar[bool] = False

    width: int  # H
    before: Tensor  # [T, N, P]  h_{j-1}, the state that cell j reads
    replayed: Tensor  # [T, N, P]  h_j computed anew from h_{j-1}: equals the outputs

    def __init__(
        self,
        weights: Weights,
        inputs: Tensor,
        h0: Tensor,
        c0: Tensor | None,
        outputs: Tensor,
        joints: Mapping[int, Joint],
    ) -> None:
        self.weight_hh = weights.hh
        self.weight_ih = weights.ih
        self.width = weights.hh.shape[0] // self.gates
        self.before = torch.cat([h0.unsqueeze(0), outputs[:-1]])
        self.joints = joints
        for j, joint in joints.items():
            self.before[j] = joined(joint.here, joint.h, self.before[j])

    @abstractmethod
    def activate(self, j: int, rows: Rows) -> None:
        """From the state gradient that reaches cell j: fill in `rows.a` and complete `rows.c`."""

    def carry(self, j: int, rows: Rows) -> None:
        """Turn the state gradient at cell j into that at cell j - 1, in place, after `activate`."""
        self.step_back(j, rows)
        joint = self.joints.get(j)
        if joint is not None:
            if joint.keep_h is not None:
                rows.h.mul_(joint.keep_h)
            if joint.keep_c is not None and rows.c is not None:
                rows.c.mul_(joint.keep_c)

    @abstractmethod
    def step_back(self, j: int, rows: Rows) -> None:
        """Turn the state gradient at cell j into that at the state it reads, in place."""

    def to_input(self, j: int, rows: Rows, out: Tensor) -> None:
        """Write the gradient at the input x_j to `out [R, N, I]`, after `activate`.

        It leaves `rows.h`, `rows.c` and `rows.a` as they are.
        """
        torch.mm(rows.a.flatten(0, 1), self.weight_ih, out=out.view(-1, out.shape[-1]))


def joined(here: Tensor | None, state: Tensor, otherwise: Tensor) -> Tensor:
    """The state that a joint sets, where it does."""
    return state if here is None else torch.where(here, state, otherwise)


def input_part(weights: Weights, inputs: Tensor) -> Tensor:
    """`W_ih x + b_ih` of all steps in one matrix product, `[T, N, G*H]`."""
    return functional.linear(inputs, weights.ih, weights.b_ih)


def hidden_part(weights: Weights, before: Tensor) -> Tensor:
    """`W_hh h_{j-1} + b_hh` of all steps in one matrix product, `[T, N, G*H]`."""
    return functional.linear(before, weights.hh, weights.b_hh)


def through_weight(rows: Rows, weight_hh: Tensor) -> None:
    """`rows.h = rows.a @ weight_hh`: the one matrix product of a step back."""
    torch.mm(rows.a.flatten(0, 1), weight_hh, out=rows.h.view(-1, rows.h.shape[-1]))
