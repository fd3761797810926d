"""The recursion through layers of two directions.

A layer of two directions sends every source to all time steps of the layer below, before and after
its own. So a layer has to be finished in both directions before the one below can begin: what a
chunk of sources sends down is kept, `[T, R, N, I]` for each direction, and the chunk is chosen so
that this stays bounded.

A reverse direction is the same recursion in a time of its own, from the last step to the first. Its
rows are in that time's order, too; what is kept is in the order of the true time.

Axis letters: T time steps, N sequences, I inputs, R rows, K lags, P outputs of one direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import torch
from torch import Tensor

from .carrier import Active, Carrier, Feed, Level, within
from .stream import default_chunk, sources_of, start_of

# Bytes of what is kept between two layers.
_KEPT_BYTES = {"cpu": 64 << 20}
_KEPT_BYTES_ELSEWHERE = 1 << 30


def default_chunk_both_ways(stages: Sequence[Sequence[Level]]) -> int:
    """Sources that are carried side by side."""
    chunk = min(default_chunk([level.cell]) for stage in stages for level in stage)
    row_bytes = 0
    for stage in stages[:-1]:
        for level in stage:
            steps, n, _ = level.entering_h.shape
            inputs = level.cell.weight_ih.shape[1]
            row_bytes += steps * n * (inputs + 1) * level.entering_h.element_size()
    budget = _KEPT_BYTES.get(stages[0][0].entering_h.device.type, _KEPT_BYTES_ELSEWHERE)
    return max(1, min(chunk, budget // max(1, row_bytes)))


def first_lag(stage: int, lags: int) -> int:
    """The first lag of a stage, in the level's own time: only what is fed from above has others."""
    return 0 if stage == 0 else 1 - lags


def stream_both_ways(
    stages: Sequence[Sequence[Level]], lags: int, tolerance: float, chunk: int
) -> Iterator[Active]:
    """Yield the active rows of every chunk at every cell, of one layer and direction after another.

    Cells and sources are counted in the level's own time. The rows are those with lags of less than
    K on either side of the cell.

    Args:
        stages: the layers from the top down, each in one or two directions.
        lags: K.
        tolerance: as in `stream`.
        chunk: sources carried side by side.
    """
    start = start_of([level for stage in stages for level in stage])
    sources = sources_of(start)
    for first in range(0, len(sources), chunk):
        some = sources[first : first + chunk]
        least = tolerance * start.index_select(0, some)
        kept: list[_Kept] = []
        place = 0
        for number, stage in enumerate(stages):
            is_last = number + 1 == len(stages)
            sent: list[_Kept] = []
            for level in stage:
                keeps = None if is_last else _Kept(level, len(some))
                # Where more layers come, also rows beyond the lags reach cells within them.
                limit = lags if is_last else len(start)
                for active in _carry(place, level, some.tolist(), least, limit, kept, keeps):
                    near = within(level.cell, active, lags, first_lag(number, lags))
                    if near is not None:
                        yield near
                place += 1
                if keeps is not None:
                    sent.append(keeps)
            kept = sent


def _carry(
    place: int,
    level: Level,
    times: list[int],
    least: Tensor,
    lags: int,
    above: Sequence[_Kept],
    keeps: _Kept | None,
) -> Iterator[Active]:
    """Yield the active rows of one level at every cell, fed by the layer above."""
    steps = len(level.entering_h)
    if level.reverse:
        times, least = [steps - 1 - t for t in reversed(times)], least.flip(0)
    carrier = Carrier(place, level, times, least, lags, all_at_once=bool(above))
    stays_below = [kept.stays_below(level.reverse) for kept in above]
    for j in range(steps - 1 if above else times[-1], -1, -1):
        feeds = [
            kept.feed(j, level, ends[j]) for kept, ends in zip(above, stays_below, strict=True)
        ]
        active = carrier.reach(j, feeds)
        if active is not None:
            if keeps is not None:
                keeps.add(j, active)
            yield active
            carrier.leave(j)
        if carrier.is_done:
            return


class _Kept:
    """What the rows of one level send down at every step, in the order of the true time."""

    def __init__(self, level: Level, rows: int) -> None:
        steps, n, _ = level.entering_h.shape
        self._level, self._rows = level, rows
        self._values = level.entering_h.new_empty(steps, rows, n, level.cell.weight_ih.shape[1])
        self._scale = level.entering_h.new_empty(steps, rows, n)
        # Of each step, the rows that were sent: from the first to before the second.
        self._span = [(0, 0)] * steps
        self._flipped = torch.empty_like(self._values[0]) if level.reverse else None

    def add(self, j: int, active: Active) -> None:
        """Keep what these rows send through the input of cell j."""
        low, high = active.low, active.low + len(active.sources)
        if self._flipped is None:
            self._level.to_input(j, active.rows, self._values[j, low:high])
            self._scale[j, low:high] = active.scale
        else:
            flipped = self._flipped[: high - low]
            self._level.to_input(j, active.rows, flipped)
            j, low, high = len(self._span) - 1 - j, self._rows - high, self._rows - low
            self._values[j, low:high] = flipped.flip(0)
            self._scale[j, low:high] = active.scale.flip(0)
        self._span[j] = (low, high)

    def stays_below(self, reverse: bool) -> list[int]:
        """For each cell of a level: rows from here on are fed no more at the cells to come."""
        spans = self._span
        ends = [self._rows - low if reverse else high for low, high in spans]
        ends = [end if low < high else 0 for end, (low, high) in zip(ends, spans, strict=True)]
        if reverse:
            ends.reverse()
        return [0, *accumulate(ends[:-1], max)]

    def feed(self, j: int, level: Level, stays_below: int) -> Feed:
        """What enters cell j of a level of the layer below."""
        step = len(self._span) - 1 - j if level.reverse else j
        low, high = self._span[step]
        width = level.entering_h.shape[-1]
        first = width if level.reverse else 0
        values = self._values[step, low:high, :, first : first + width]
        scale = self._scale[step, low:high]
        if level.reverse:
            values, scale, low = values.flip(0), scale.flip(0), self._rows - high
        return Feed(low, values, scale, stays_below)
