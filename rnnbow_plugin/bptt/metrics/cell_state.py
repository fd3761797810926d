"""Norm of the gradient that reaches a cell's cell state: ‖∂L_t/∂c_j‖, the total derivative.

It holds what comes back from c_{j+1} and what comes through h_j.
"""

from __future__ import annotations

from torch import Tensor
from typing_extensions import override

from ..cells.cell import Cell, Rows
from .metric import Metric


class CellStateNorm(Metric):
    """‖∂L_t/∂c_j‖, of cells that have a cell state."""

    name = "cell"
    label = "cell state gradient"
    description = (
        "Norm of the gradient of the loss at one step with respect to a cell's cell state."
    )
    scale = "magnitude"
    needs_cell_state = True

    @override
    def prepare(self, cell: Cell, weight_grad: Tensor) -> tuple[Tensor, ...]:
        return ()

    @override
    def measure(self, rows: Rows, prepared: tuple[Tensor, ...], out: Tensor) -> None:
        norm = rows.norms()[1]
        assert norm is not None
        out.copy_(norm)
