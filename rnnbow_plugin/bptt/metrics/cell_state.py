"""Norm of the gradient that reaches a cell's cell state: ‖∂L_t/∂c_j‖, the total derivative.

It holds what comes back from c_{j+1} and what comes through h_j.
"""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import override

from ..cells.cell import Rows
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
    def prepare(self, before: Tensor, weight_grad: Tensor) -> Tensor:
        return before.new_empty(before.shape[0], 0)

    @override
    def measure(self, rows: Rows, prepared: Tensor, out: Tensor) -> None:
        assert rows.c is not None
        torch.linalg.vector_norm(rows.c, dim=-1, out=out)
