"""The metrics of all items of one layer, as its rows go by."""

from __future__ import annotations

from torch import Tensor

from .carrier import Active, Level
from .cells import Cell
from .metrics import METRICS, Metric


class Measure:
    """All metrics of all items of one layer.

    Args:
        level: the layer.
        whole: what shares are parts of, `[G*H, P]`.
        chunk: at most so many rows come at once.
        items: `[M, N, T, K]` for the metrics of `metrics_of` the cell; zeros, which are filled in.
    """

    def __init__(self, level: Level, whole: Tensor, chunk: int, items: Tensor) -> None:
        cell = level.cell
        steps, n, _ = cell.before.shape
        self._metrics = metrics_of(cell)
        prepared = [[each.unbind(0) for each in m.prepare(cell, whole)] for m in self._metrics]
        self._prepared = [[tuple(each[j] for each in p) for j in range(steps)] for p in prepared]
        self._items = items
        self._room = cell.before.new_empty(len(self._metrics), min(chunk, steps), n)

    def add(self, active: Active) -> None:
        """Measure the active rows at one cell."""
        j, out = active.j, self._room[:, : len(active.sources)]
        for m, metric in enumerate(self._metrics):
            metric.measure(active.rows, self._prepared[m][j], out[m])
        out.mul_(active.scale)
        self._items[:, :, j, active.lags] = out.transpose(1, 2)


def metrics_of(cell: Cell) -> list[Metric]:
    """Those that a cell has."""
    return [m for m in METRICS if cell.has_cell_state or not m.needs_cell_state]
