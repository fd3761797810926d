"""The metrics of all items of one layer, as its rows go by."""

from __future__ import annotations

from torch import Tensor

from .carrier import Active, Level
from .metrics import METRICS


class Measure:
    """All metrics of all items of one layer.

    Args:
        level: the layer.
        whole: what shares are parts of, `[G*H, P]`.
        lags: the K lags, in the level's own time.
        chunk: at most so many rows come at once.
    """

    def __init__(self, level: Level, whole: Tensor, lags: range, chunk: int) -> None:
        cell = level.cell
        self._metrics = [m for m in METRICS if cell.has_cell_state or not m.needs_cell_state]
        self._prepared = [m.prepare(cell.before, whole).unbind(0) for m in self._metrics]
        steps, n, _ = cell.before.shape
        self._items = cell.before.new_zeros(len(self._metrics), n, steps, len(lags))
        self._own_lags, self._reverse = lags, level.reverse
        self._room = cell.before.new_empty(len(self._metrics), min(chunk, steps), n)

    def add(self, active: Active) -> None:
        """Measure the active rows at one cell."""
        j, out = active.j, self._room[:, : len(active.sources)]
        for m, metric in enumerate(self._metrics):
            metric.measure(active.rows, self._prepared[m][j], out[m])
        out.mul_(active.scale)
        self._items[:, :, j, active.lags] = out.transpose(1, 2)

    @property
    def lags(self) -> list[int]:
        """Of the items, in the true time."""
        return [-lag for lag in reversed(self._own_lags)] if self._reverse else [*self._own_lags]

    def by_name(self) -> dict[str, Tensor]:
        """From metric name to `[N, T, K]`, in the true time, on the CPU."""
        values = self._items.cpu()
        if self._reverse:
            values = values.flip(2, 3)
        return {m.name: value for m, value in zip(self._metrics, values, strict=True)}
