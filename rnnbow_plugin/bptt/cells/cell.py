"""What every recurrent cell states about itself: its gates and its derivative of one step.

Axis letters, here and in every cell:
    T time steps, N sequences, I inputs, H hidden units, G gates, R rows (one row per source),
    P outputs: H, or the proj_size of a projected LSTM, whose hidden state is narrower.

A cell is *linearized* around one forward pass: everything that its derivative needs is computed for
all T steps when it is made. Then gradients are carried from cell j to cell j - 1, any number of
rows side by side, without looking at the forward pass again.
"""

from __future__ import annotations

import math
from abc import ABC
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from .products import LEAST_ROWS, Products


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

    def part(self, sequences: slice) -> Joint:
        """The same for some of the sequences alone."""
        n = len(self.h)
        parts = (
            # A factor may be one for all sequences.
            t[sequences] if t is not None and t.dim() == 2 and len(t) == n else t
            for t in (self.h, self.c, self.keep_h, self.keep_c, self.here)
        )
        return Joint(*parts)  # type: ignore[arg-type]


@dataclass(eq=False, slots=True)
class Rows:
    """Gradients of R sources at one cell, all sequences side by side.

    The values are those of the gradient divided by a power of two per row and sequence, which the
    stream keeps (see `scaling.py`).
    """

    values: Tensor  # [R, N, D]  h, then c and h W_hr where there are such, see `Cell`
    h: Tensor  # [R, N, P]  the gradient at the hidden state, a view of the values
    c: Tensor | None  # [R, N, H]  that at the cell state, a view of the values
    spare: Tensor  # [R * N * `Cell.room`]  any content, for whoever needs room
    _norms: tuple[Tensor, Tensor | None] | None = field(default=None, repr=False)

    def norms(self) -> tuple[Tensor, Tensor | None]:
        """Norms of h and of c, `[R, N]`, after `Cell.activate`."""
        if self._norms is None:
            self._norms = self._measure()
        return self._norms

    def _measure(self) -> tuple[Tensor, Tensor | None]:
        h, c = self.h, self.c
        if c is not None and self.values.shape[2] == 2 * h.shape[2] == 2 * c.shape[2]:
            # Of both at once: they lie side by side, which makes it several times as fast.
            norms = torch.linalg.vector_norm(self.values.unflatten(2, (2, -1)), dim=-1)
            return norms[..., 0], norms[..., 1]
        return (
            torch.linalg.vector_norm(h, dim=-1),
            None if c is None else torch.linalg.vector_norm(c, dim=-1),
        )

    def room(self, *shape: int) -> Tensor:
        """The spare room in this shape."""
        return self.spare[: math.prod(shape)].view(shape)


class Cell(ABC):
    """One layer and direction, linearized around one forward pass.

    All recurrent cells of torch are made of gates that are summed from the input and the state and
    go through a function of one number. So the gradient at the sum of gate g is that at one of the
    states times a factor that the forward pass fixes, unit by unit:

        a_g = s_g · F_g            s_g is ∂h_j or ∂c_j
        ∂h_{j-1} = Σ_g a_g W_hh,g + ∂h_j · keep_h,     ∂c_{j-1} = ∂c_j · keep_c
        ∂x_j = Σ_g (s_g · F^x_g) W_ih,g

    and a cell states these factors. Side by side, the rows hold D = P values for a cell with a
    hidden state alone, and D = P + H for one with a cell state. A projected LSTM, whose output gate
    reads ∂h_j W_hr, has these besides: D = P + 2 H.

    Args:
        weights: of the layer.
        inputs: `[T, N, I]`.
        h0: hidden state before the first step, `[N, P]`.
        c0: cell state before the first step, `[N, H]`; None for cells without one.
        outputs: h_0 ... h_{T-1} as the forward pass gave them, `[T, N, P]`.
        joints: by the cell that reads another state.
    """

    gates: ClassVar[int]
    # Of each state that gates read, the first of these gates and the one after the last.
    gates_of_h: ClassVar[tuple[int, int]]
    gates_of_c: ClassVar[tuple[int, int] | None] = None

    before: Tensor  # [T, N, P]  h_{j-1}, the state that cell j reads
    replayed: Tensor  # [T, N, P]  h_j computed anew from h_{j-1}: equals the outputs
    factors: Tensor  # [T, N, G, H]  F
    input_factors: Tensor  # [T, N, G, H]  F^x
    keep_h: Tensor | None = None  # [T, N, H]
    keep_c: Tensor | None = None  # [T, N, H]
    c_from_h: Tensor | None = None  # [T, N, H]  what ∂h_j, times this, adds to ∂c_j

    def __init__(
        self,
        weights: Weights,
        inputs: Tensor,
        h0: Tensor,
        c0: Tensor | None,
        outputs: Tensor,
        joints: Mapping[int, Joint],
    ) -> None:
        self.weight_hh, self.weight_ih, self.weight_hr = weights.hh, weights.ih, weights.hr
        self.width = weights.hh.shape[0] // self.gates  # H
        self.outputs = weights.hh.shape[1]  # P
        self.before = torch.cat([h0.unsqueeze(0), outputs[:-1]])
        self.joints = joints
        for j, joint in joints.items():
            self.before[j] = joined(joint.here, joint.h, self.before[j])
        self.states = self.outputs + (self.width if self.has_cell_state else 0)
        self.size = self.states + (0 if weights.hr is None else self.width)  # D
        # Numbers of spare room that a row needs.
        self.room = max(self.gates * self.width, self.size, self.weight_ih.shape[1])
        # Where the gates read, in the values, and which they are.
        self.reads = [(self.size - self.width if weights.hr is not None else 0, *self.gates_of_h)]
        if self.gates_of_c is not None:
            self.reads.append((self.outputs, *self.gates_of_c))
        self._to_h = Products(self, self.weight_hh)
        self._to_x = Products(self, self.weight_ih)

    def part(self, sequences: slice) -> Cell:
        """The same for some of the sequences alone, which are views."""
        part = copy(self)
        for name in ("before", "factors", "input_factors", "keep_h", "keep_c", "c_from_h"):
            whole = getattr(self, name)
            setattr(part, name, None if whole is None else whole[:, sequences])
        part.joints = {j: joint.part(sequences) for j, joint in self.joints.items()}
        part._to_h = Products(part, self.weight_hh)
        part._to_x = Products(part, self.weight_ih)
        return part

    def together(self, rows: int) -> int:
        """Sequences that are best gone through together, with so many rows side by side."""
        n = self.before.shape[1]
        return min(n, self._to_h.together()) if rows >= LEAST_ROWS else n

    @property
    def has_cell_state(self) -> bool:
        """Whether there is a c besides h."""
        return self.gates_of_c is not None

    def rows(self, values: Tensor, spare: Tensor) -> Rows:
        """The rows that these values `[R, N, D]` are."""
        c = values[..., self.outputs : self.states] if self.has_cell_state else None
        return Rows(values, values[..., : self.outputs], c, spare)

    def activate(self, j: int, rows: Rows) -> None:
        """Complete the values, from the gradient that reaches the states of cell j."""
        wide = rows.h
        if self.weight_hr is not None:
            wide = rows.values[..., self.states :]
            torch.mm(rows.h.flatten(0, 1), self.weight_hr, out=wide.flatten(0, 1))
        if self.c_from_h is not None and rows.c is not None:
            rows.c.addcmul_(wide, self.c_from_h[j])

    def carry(self, j: int, rows: Rows) -> None:
        """Turn the state gradient at cell j into that at cell j - 1, in place, after `activate`."""
        self._to_h.multiply(j, rows, self.factors, rows.h, self.keep_h)
        if self.keep_c is not None and rows.c is not None:
            rows.c.mul_(self.keep_c[j])
        joint = self.joints.get(j)
        if joint is not None:
            if joint.keep_h is not None:
                rows.h.mul_(joint.keep_h)
            if joint.keep_c is not None and rows.c is not None:
                rows.c.mul_(joint.keep_c)

    def to_input(self, j: int, rows: Rows, out: Tensor) -> None:
        """Write the gradient at the input x_j to `out [R, N, I]`, after `activate`.

        It leaves the values as they are.
        """
        self._to_x.multiply(j, rows, self.input_factors, out)

    def at_gates(self, values: Tensor) -> Tensor:
        """`a`, from the values at all cells: `[T, N, D]` to `[T, N, G*H]`."""
        a = torch.empty_like(self.factors)
        for at, first, end in self.reads:
            state = values[..., at : at + self.width].unsqueeze(2)
            torch.mul(state, self.factors[:, :, first:end], out=a[:, :, first:end])
        return a.flatten(2)

    def gain(self) -> Tensor:
        """What the values are multiplied by to have the norm of `a`, `[T, N, D]`."""
        gain = self.before.new_zeros(*self.before.shape[:2], self.size)
        for at, first, end in self.reads:
            # Gate by gate: a norm over an axis that is not the last is slow.
            for g in range(first, end):
                part = gain[..., at : at + self.width]
                torch.hypot(part, self.factors[:, :, g], out=part)
        return gain

    def along(self, direction: Tensor) -> Tensor:
        """The values' factors in ⟨a, direction⟩: from `[T, N, G*H]`, `[T, N, D]`."""
        by_gate = self.factors * direction.view(self.factors.shape)
        along = direction.new_zeros(*direction.shape[:2], self.size)
        for at, first, end in self.reads:
            for g in range(first, end):
                along[..., at : at + self.width] += by_gate[:, :, g]
        return along


def joined(here: Tensor | None, state: Tensor, otherwise: Tensor) -> Tensor:
    """The state that a joint sets, where it does."""
    return state if here is None else torch.where(here, state, otherwise)


def input_part(weights: Weights, inputs: Tensor) -> Tensor:
    """`W_ih x + b_ih` of all steps in one matrix product, `[T, N, G*H]`."""
    return functional.linear(inputs, weights.ih, weights.b_ih)


def hidden_part(weights: Weights, before: Tensor) -> Tensor:
    """`W_hh h_{j-1} + b_hh` of all steps in one matrix product, `[T, N, G*H]`."""
    return functional.linear(before, weights.hh, weights.b_hh)
