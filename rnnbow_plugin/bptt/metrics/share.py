"""Signed part that an item has in the whole gradient: ⟨a ⊗ h_{j-1}, G⟩ / ‖G‖².

G is the sum over all recorded items. The shares of a record add up to 1; all are 0 where G is 0.
As ⟨a ⊗ h, G⟩ = a · (G h), one vector per cell serves all sources.
"""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import override

from ..cells.cell import Cell, Rows
from .metric import Metric


class Share(Metric):
    """⟨a ⊗ h_{j-1}, G⟩ / ‖G‖²."""

    name = "share"
    label = "share of the weight gradient"
    description = (
        "Signed fraction of the recurrent weight's gradient, of the sequences and lags recorded: "
        "all shares add up to 1, and a negative one works against the rest."
    )
    scale = "share"

    @override
    def prepare(self, cell: Cell, weight_grad: Tensor) -> tuple[Tensor, ...]:
        # The squared norm of a small gradient underflows in float32: scale by the largest entry
        # first, and divide by the norm twice.
        before, largest = cell.before, weight_grad.abs().amax()
        if largest == 0:
            return (before.new_zeros(*before.shape[:2], cell.size),)
        scaled = weight_grad / largest
        norm = torch.linalg.vector_norm(scaled)
        direction: Tensor = scaled / norm
        return (cell.along((before @ direction.T).div_(norm * largest)),)

    @override
    def measure(self, rows: Rows, prepared: tuple[Tensor, ...], out: Tensor) -> None:
        (along,) = prepared
        if len(along) == 1:
            torch.mv(rows.values[:, 0], along[0], out=out[:, 0])
        else:
            each = torch.mul(rows.values, along, out=rows.room(*rows.values.shape))
            torch.sum(each, dim=-1, out=out)
