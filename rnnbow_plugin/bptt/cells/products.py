"""The one matrix product of a step back, in the cheaper of its two forms.

    ∂h_{j-1} = Σ_g (s_g · F_g) W_g

With few rows the gates' gradients come first, `[R, G*H] x [G*H, P]`. With many rows it is cheaper
to build the Jacobian of the step, Σ_g diag(F_g) W_g over the gates that read the same state, and to
multiply the rows by that: `[R, H]` (or `[R, 2 H]` with a cell state) times its matrix. That is half
the work of an LSTM and a third of a GRU's, and the gates' gradients are never written.

Axis letters: T time steps, N sequences, H hidden units, G gates, R rows, D values of a row,
S states that gates read (1 or 2), P what a product gives (outputs or inputs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from .cell import Cell, Rows

# Rows from which building the matrix pays. Measured with 64 to 512 units, 1 to 32 sequences.
LEAST_ROWS = 32
# Bytes of one step's matrices, beyond which writing them costs what they save: a CPU's caches.
_MOST_BYTES = {"cpu": 8 << 20}
_MOST_BYTES_ELSEWHERE = 256 << 20
# Bytes of the steps' matrices that are built together, which saves calls where they are small.
_BLOCK_BYTES = 1 << 20
_MOST_STEPS = 16
# Bytes of the matrices of the sequences that are gone through together.
_TOGETHER_BYTES = 4 << 20


class Products:
    """The products of a cell's rows with one of its weights.

    Args:
        cell: whose.
        weight: `[G*H, P]`.
    """

    def __init__(self, cell: Cell, weight: Tensor) -> None:
        # Not the cell, which has these products: its tensors would stay alive until Python finds
        # the cycle.
        self._gates, self._width, self._reads = cell.gates, cell.width, cell.reads
        self._sequences, self._weight = cell.before.shape[1], weight
        self._matrices: Tensor | None = None  # [steps, N, S*H, P]
        self._first = self._end = 0  # the cells that they are of
        states = len(cell.reads)
        size = self._sequences * states * cell.width * weight.shape[1] * weight.element_size()
        most = _MOST_BYTES.get(weight.device.type, _MOST_BYTES_ELSEWHERE)
        # With one gate a state there is nothing to add up beforehand.
        self._can_pay = states < cell.gates and cell.weight_hr is None
        self._pays = self._can_pay and size <= most
        self._bytes = max(1, size)
        self._steps = max(1, min(_MOST_STEPS, _BLOCK_BYTES // self._bytes))

    def together(self) -> int:
        """Sequences whose matrices stay in the caches together; all where there are none."""
        n = self._sequences
        return max(1, n * _TOGETHER_BYTES // self._bytes) if self._can_pay else n

    def multiply(
        self, j: int, rows: Rows, factors: Tensor, out: Tensor, keep: Tensor | None = None
    ) -> None:
        """Write Σ_g (s_g · F_g) W_g + h · keep to `out`.

        Args:
            j: the cell.
            rows: after `Cell.activate`.
            factors: F of all cells, `[T, N, G, H]`.
            out: `[R, N, P]`; it may be `rows.h`.
            keep: `[T, N, H]`, and out is `rows.h` then.
        """
        if self._pays and len(out) >= LEAST_ROWS:
            self._by_matrix(rows, self._matrix(j, factors, keep), out)
        else:
            self._by_gates(j, rows, factors, out, keep)

    def _by_gates(
        self, j: int, rows: Rows, factors: Tensor, out: Tensor, keep: Tensor | None
    ) -> None:
        gates, width = self._gates, self._width
        a = rows.room(*out.shape[:2], gates, width)
        own = factors[j]
        for at, first, end in self._reads:
            state = rows.values[..., at : at + width]
            torch.mul(state.unsqueeze(2), own[:, first:end], out=a[:, :, first:end])
        flat, flat_out = a.view(-1, gates * width), out.flatten(0, 1)
        if keep is None:
            torch.mm(flat, self._weight, out=flat_out)
        else:
            out.mul_(keep[j])
            flat_out.addmm_(flat, self._weight)

    def _by_matrix(self, rows: Rows, matrix: Tensor, out: Tensor) -> None:
        r, n, width = out.shape
        # Not in place: it reads all of the hidden state for each of its units.
        product = rows.room(n, r, width)
        if n == 1:
            torch.mm(rows.values[:, 0], matrix[0], out=product[0])
        else:
            torch.bmm(rows.values.transpose(0, 1), matrix, out=product)
        out.copy_(product.transpose(0, 1))

    def _matrix(self, j: int, factors: Tensor, keep: Tensor | None) -> Tensor:
        if self._matrices is None:
            shape = (self._steps, factors.shape[1], len(self._reads) * self._width)
            self._matrices = self._weight.new_empty(*shape, self._weight.shape[1])
        if not self._first <= j < self._end:
            self._first, self._end = max(0, j + 1 - self._steps), j + 1
            self._build(factors[self._first : self._end], self._matrices)
            if keep is not None:
                diagonal = self._matrices[: self._end - self._first].diagonal(dim1=2, dim2=3)
                diagonal += keep[self._first : self._end]
        return self._matrices[j - self._first]

    def _build(self, factors: Tensor, matrices: Tensor) -> None:
        weights = self._weight.view(self._gates, self._width, -1)
        for at, first, end in self._reads:
            out = matrices[: len(factors), :, at : at + self._width]
            torch.mul(factors[:, :, first].unsqueeze(-1), weights[first], out=out)
            for g in range(first + 1, end):
                out.addcmul_(factors[:, :, g].unsqueeze(-1), weights[g])
