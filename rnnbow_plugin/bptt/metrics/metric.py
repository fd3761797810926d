"""What every metric states about itself: one number per item, and how people may read it.

Axis letters: T time steps, N sequences, H hidden units, G gates, R rows (one row per source).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from torch import Tensor

from ..cells.cell import Cell, Rows


class Metric(ABC):
    """One quantity of an item (source t, cell j).

    `scale` is "magnitude" for norms, which are >= 0 and do not add up, and "share" for signed
    fractions of one whole, which do.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    unit: ClassVar[str] = ""
    description: ClassVar[str]
    scale: ClassVar[Literal["magnitude", "share"]]
    needs_cell_state: ClassVar[bool] = False

    @abstractmethod
    def prepare(self, cell: Cell, weight_grad: Tensor) -> tuple[Tensor, ...]:
        """What all sources have in common, per cell: the first axis of each result is T.

        Args:
            cell: of the layer, linearized.
            weight_grad: `[G*H, P]`, the sum of all recorded items.
        """

    @abstractmethod
    def measure(self, rows: Rows, prepared: tuple[Tensor, ...], out: Tensor) -> None:
        """Write the metric of every row at one cell to `out [R, N]`.

        Args:
            rows: the gradients, after `Cell.activate`.
            prepared: `prepare`'s results at this cell.
            out: `[R, N]`. It may have any content.
        """
