"""Norm of an item's contribution to the gradient of the recurrent weight: ‖a‖ · ‖h_{j-1}‖.

The contribution is the rank-1 matrix a ⊗ h_{j-1}, whose Frobenius norm is the product of the norms.
"""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import override

from ..cells.cell import Cell, Rows
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
    def prepare(self, cell: Cell, weight_grad: Tensor) -> tuple[Tensor, ...]:
        # Factors near 1: the squares of those of saturated gates are not float32.
        gain = cell.gain()
        largest = gain.amax(dim=-1)
        near_one = gain / largest.clamp(min=torch.finfo(gain.dtype).tiny).unsqueeze(-1)
        return near_one, torch.linalg.vector_norm(cell.before, dim=-1).mul_(largest)

    @override
    def measure(self, rows: Rows, prepared: tuple[Tensor, ...], out: Tensor) -> None:
        near_one, factor = prepared
        a = torch.mul(rows.values, near_one, out=rows.room(*rows.values.shape))
        torch.linalg.vector_norm(a, dim=-1, out=out)
        out.mul_(factor)
