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
    """

    gates: ClassVar[int]
    has_cell_state: ClassVar[bool] = False

    width: int  # H
    before: Tensor  # [T, N, P]  h_{j-1}, the state that cell j reads
    replayed: Tensor  # [T, N, P]  h_j computed anew from h_{j-1}: equals the outputs

    def __init__(
        self, weights: Weights, inputs: Tensor, h0: Tensor, c0: Tensor | None, outputs: Tensor
    ) -> None:
        self.weight_hh = weights.hh
        self.weight_ih = weights.ih
        self.width = weights.hh.shape[0] // self.gates
        self.before = torch.cat([h0.unsqueeze(0), outputs[:-1]])

    @abstractmethod
    def activate(self, j: int, rows: Rows) -> None:
        """From the state gradient that reaches cell j: fill in `rows.a` and complete `rows.c`."""

    @abstractmethod
    def carry(self, j: int, rows: Rows) -> None:
        """Turn the state gradient at cell j into that at cell j - 1, in place, after `activate`."""

    def to_input(self, j: int, rows: Rows, out: Tensor) -> None:
        """Write the gradient at the input x_j to `out [R, N, I]`, after `activate`.

        It leaves `rows.h`, `rows.c` and `rows.a` as they are.
        """
        torch.mm(rows.a.flatten(0, 1), self.weight_ih, out=out.view(-1, out.shape[-1]))


def input_part(weights: Weights, inputs: Tensor) -> Tensor:
    """`W_ih x + b_ih` of all steps in one matrix product, `[T, N, G*H]`."""
    return functional.linear(inputs, weights.ih, weights.b_ih)


def hidden_part(weights: Weights, before: Tensor) -> Tensor:
    """`W_hh h_{j-1} + b_hh` of all steps in one matrix product, `[T, N, G*H]`."""
    return functional.linear(before, weights.hh, weights.b_hh)


def through_weight(rows: Rows, weight_hh: Tensor) -> None:
    """`rows.h = rows.a @ weight_hh`: the one matrix product of a step back."""
    torch.mm(rows.a.flatten(0, 1), weight_hh, out=rows.h.view(-1, rows.h.shape[-1]))
