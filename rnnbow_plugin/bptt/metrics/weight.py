"""Norm of an item's contribution to the gradient of the recurrent weight: ‖a‖ · ‖h_{j-1}‖.

The contribution is the rank-1 matrix a ⊗ h_{j-1}, whose Frobenius norm is the product of the norms.
"""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import override

from ..cells.cell import Rows
from .metric import Metric


class WeightNorm(Metric):
    """‖a‖ · ‖h_{j-1}‖, the quantity that the RNNbow paper shows."""

    name = "weight"
    label = "weight gradient"
    description = (
        "Frobenius norm of what the loss at one step adds to the gradient of the recurrent weight "
        "at one cell."
    )
    scale = "magnitude"

    @override
    def prepare(self, before: Tensor, weight_grad: Tensor) -> Tensor:
        norms: Tensor = torch.linalg.vector_norm(before, dim=-1)
        return norms

    @override
    def measure(self, rows: Rows, prepared: Tensor, out: Tensor) -> None:
        torch.linalg.vector_norm(rows.a, dim=-1, out=out)
        out.mul_(prepared)
