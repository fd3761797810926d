"""Norm of the gradient that reaches a cell's hidden state: ‖∂L_t/∂h_j‖."""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import override

from ..cells.cell import Rows
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
    def prepare(self, before: Tensor, weight_grad: Tensor) -> Tensor:
        return before.new_empty(before.shape[0], 0)

    @override
    def measure(self, rows: Rows, prepared: Tensor, out: Tensor) -> None:
        torch.linalg.vector_norm(rows.h, dim=-1, out=out)
