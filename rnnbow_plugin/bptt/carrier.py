"""The rows of a chunk in one layer and direction, carried from cell to cell.

Axis letters: T time steps, N sequences, I inputs, H hidden units, G gates, R rows, K lags,
P outputs (H, or the proj_size of a projected LSTM).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .cells import Cell, Rows
from .scaling import join, tend

# Every so many cells rows are rescaled, and those below the tolerance dropped. By the cell's own
# number, so that the result does not depend on the chunks.
_TEND_EVERY = 8


@dataclass(frozen=True, eq=False)
class Level:
    """One layer and direction: its cell, and the gradient that enters it from outside its stack.

    Time runs as the cell does: that of a reverse direction is from the last step to the first.
    """

    cell: Cell  # linearized around the pass
    entering_h: Tensor  # [T, N, P]  δ
    entering_c: Tensor | None  # [T, N, H]  the same at the cell state
    reverse: bool = False
    mask: Tensor | None = None  # [T, N, I]  what dropout multiplied the input by

    def part(self, sequences: slice) -> Level:
        """The same for some of the sequences alone."""
        at_c, mask = self.entering_c, self.mask
        return Level(
            self.cell.part(sequences),
            self.entering_h[:, sequences],
            None if at_c is None else at_c[:, sequences],
            self.reverse,
            None if mask is None else mask[:, sequences],
        )

    def to_input(self, j: int, rows: Rows, out: Tensor) -> None:
        """Write the gradient at what the layer below gave out at cell j to `out [R, N, I]`."""
        self.cell.to_input(j, rows, out)
        if self.mask is not None:
            out.mul_(self.mask[j])


@dataclass(eq=False)
class Active:
    """The active rows at cell j of one level: `rows` times `scale` are the gradients."""

    level: int  # place of the level in the stack, 0 for the top
    j: int
    rows: Rows
    scale: Tensor  # [R, N]  powers of two
    sources: range | list[int]  # R, ascending
    low: int  # place of the first row in the chunk
    first_lag: int = 0

    @property
    def lags(self) -> slice | list[int]:
        """Index of the rows' lags, t - j, counted from the first lag."""
        at = self.j + self.first_lag
        if isinstance(self.sources, range):
            return slice(self.sources.start - at, self.sources.stop - at)
        return [t - at for t in self.sources]


@dataclass(frozen=True, eq=False)
class Feed:
    """What enters some rows at a cell from the layer above: `values` times `scale`."""

    low: int  # place of the first row in the chunk
    values: Tensor  # [R, N, P]
    scale: Tensor  # [R, N]
    stays_below: int  # rows of the chunk from here on are fed no more at the cells to come


class Carrier:
    """The rows of a chunk in one level: `reach` cell j, then `leave` it for the one before.

    Args:
        place: of the level in its stack.
        level: to carry the rows through.
        times: the source of each row, ascending, in the level's own time.
        least: `[R, N]`: rows whose state gradient falls to this are dropped.
        lags: K, at which a row is left behind.
        all_at_once: rows are fed from the last cell on, and not from their own.
    """

    def __init__(
        self,
        place: int,
        level: Level,
        times: list[int],
        least: Tensor,
        lags: int,
        *,
        all_at_once: bool = False,
    ) -> None:
        self._place, self._cell, self._lags = place, level.cell, lags
        self._times, self._least = times, least
        self._high = len(times)
        self._low = 0 if all_at_once else len(times)
        self._fed = 0  # rows from here on are fed no more
        sources = torch.tensor(times, device=least.device)
        at_h, at_c, cell = level.entering_h, level.entering_c, level.cell
        rows, n = len(times), at_h.shape[1]
        values = at_h.new_zeros(rows, n, cell.size)
        torch.index_select(at_h, 0, sources, out=values[..., : cell.outputs])
        if at_c is not None:
            values[..., cell.outputs : cell.states] = at_c.index_select(0, sources)
        scale = at_h.new_ones(rows, n)
        # All rows at once, before they become active: least = 0 drops what is 0 anyway.
        tend(values[..., : cell.states], scale, torch.zeros_like(least))
        # Rows that are there before their own cell get what enters there when it is reached.
        self._start: tuple[Tensor, Tensor] | None = None
        if all_at_once and bool((scale != 0).any()):
            self._start = values, scale
            values, scale = torch.zeros_like(values), torch.zeros_like(scale)
        self._values, self._scale = values, scale
        self._spare = at_h.new_empty(rows * n * cell.room)

    @property
    def is_done(self) -> bool:
        """No row is left, nor to come."""
        return self._high == 0

    def new_feed(self) -> Tensor:
        """A buffer for what the rows send through the level's input, `[R, N, I]`."""
        return self._values.new_empty(*self._values.shape[:2], self._cell.weight_ih.shape[1])

    def reach(self, j: int, feeds: Sequence[Feed] = ()) -> Active | None:
        """The active rows at cell j, with what enters there; None if there are none."""
        times, low, high = self._times, self._low, self._high
        if low > 0 and times[low - 1] == j:
            low -= 1
        while high > low and times[high - 1] - j >= self._lags:
            high -= 1
        self._low, self._high = low, high
        if low == high:
            return None
        self._fed = low
        for feed in feeds:
            self._join(feed)
        if self._start is not None:
            self._enter(j, *self._start)
        rows = self._cell.rows(self._values[low:high], self._spare)
        self._cell.activate(j, rows)
        self._rows = rows
        return Active(self._place, j, rows, self._scale[low:high], _span(times, low, high), low)

    def _join(self, feed: Feed) -> None:
        first, last = feed.low, min(feed.low + len(feed.values), self._high)
        if first < last:
            state, h = self._states(first, last)
            values, scale = feed.values[: last - first], feed.scale[: last - first]
            join(state, h, self._scale[first:last], values, scale)
        self._fed = max(self._fed, feed.stays_below)

    def _enter(self, j: int, start: Tensor, start_scale: Tensor) -> None:
        """What enters the level at its cell j from outside, in the row of that source."""
        place = bisect_left(self._times, j)
        # Below are rows that are still to come.
        self._fed = max(self._fed, min(place, self._high))
        if place < self._high and self._times[place] == j:
            own = start[place : place + 1, :, : self._cell.states]
            state, _ = self._states(place, place + 1)
            scale = self._scale[place : place + 1]
            join(state, state, scale, own, start_scale[place : place + 1])

    def _states(self, first: int, last: int) -> tuple[Tensor, Tensor]:
        """Of some rows the gradient at all states, and that at the hidden state."""
        values = self._values[first:last]
        return values[..., : self._cell.states], values[..., : self._cell.outputs]

    def leave(self, j: int) -> None:
        """Carry the active rows to the cell before j."""
        if j == 0:
            return
        rows, low, high = self._rows, self._low, self._high
        self._cell.carry(j, rows)
        if j % _TEND_EVERY == 0:
            least = self._least[low:high]
            first = low
            if self._fed > low:
                first, least = self._fed, least.clone()
                least[: first - low] = 0
            alive = tend(self._states(low, high)[0], self._scale[low:high], least)
            while high > first and not alive[high - 1 - low]:
                high -= 1
            self._high = high


def within(cell: Cell, active: Active, lags: int, first_lag: int) -> Active | None:
    """Those of the active rows with lags from `first_lag` to `lags - 1`; None if there are none."""
    sources, rows = active.sources, active.rows
    low = bisect_left(sources, active.j + first_lag)
    high = bisect_left(sources, active.j + lags)
    if low == high:
        return None
    part = cell.rows(rows.values[low:high], rows.spare)
    scale, some = active.scale[low:high], sources[low:high]
    return Active(active.level, active.j, part, scale, some, active.low + low, first_lag)


def _span(times: list[int], low: int, high: int) -> range | list[int]:
    """`times[low:high]`, as a range where gradient enters at every step."""
    first, last = times[low], times[high - 1]
    return range(first, last + 1) if last - first == high - 1 - low else times[low:high]
