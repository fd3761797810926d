"""Norm of the gradient that reaches a cell's hidden state: ‖∂L_t/∂h_j‖."""

from __future__ import annotations

from torch import Tensor
from typing_extensions import override

from ..cells.cell import Cell, Rows
from .metric import Metric


class HiddenNorm(Metric):
    """‖∂L_t/∂h_j‖."""

    name = "hidden"
    label = "hidden state gradient"
    description = (
        "Norm of the gradient of the loss at one step with respect to a cell's hidden state."
    )
    scale = "magnitude"

    @override
    def prepare(self, cell: Cell, weight_grad: Tensor) -> tuple[Tensor, ...]:
        return ()

    @override
    def measure(self, rows: Rows, prepared: tuple[Tensor, ...], out: Tensor) -> None:
        out.copy_(rows.norms()[0])
