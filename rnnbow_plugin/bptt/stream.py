"""The streaming recursion: one row per source, carried from its own cell back to the first.

    g[t, t] = δ_t          g[t, j-1] = g[t, j] · ∂s_j/∂s_{j-1}

Sources are rows of a buffer, in the order of time. At cell j those with j <= t < j + K are active,
which is one contiguous slice, so that a step is one matrix product over all of them and all
sequences. Sources go in chunks, which bounds the memory by the chunk and not by T² · H. They do not
interact, so the chunks change nothing.

The layers of a stack go back side by side. What a row sends through the input of cell j of one
layer enters cell j of the layer below, in the row of the same source: there a row is fed at every
cell, not at its own alone, and nothing of a pass has to be kept between the layers.

Axis letters: T time steps, N sequences, H hidden units, G gates, R rows, K lags,
P outputs (H, or the proj_size of a projected LSTM).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .cells import Cell, Rows
from .scaling import join, norm_of, tend

# Every so many cells rows are rescaled, and those below the tolerance dropped. By the cell's own
# number, so that the result does not depend on the chunks.
_TEND_EVERY = 8

# Bytes of a chunk's buffers: on a CPU they stay in its caches; a GPU wants long products.
_CHUNK_BYTES = {"cpu": 16 << 20}
_CHUNK_BYTES_ELSEWHERE = 256 << 20


@dataclass(frozen=True, eq=False)
class Level:
    """One layer of a stack: its cell, and the gradient that enters it from outside the stack."""

    cell: Cell  # linearized around the pass
    entering_h: Tensor  # [T, N, P]  δ
    entering_c: Tensor | None  # [T, N, H]  the same at the cell state


@dataclass(eq=False)
class Active:
    """The active rows at cell j of one layer: `rows` times `scale` are the gradients."""

    level: int  # place of the layer in the stack, 0 for the top
    j: int
    rows: Rows
    scale: Tensor  # [R, N]  powers of two
    sources: range | list[int]  # R, ascending
    low: int  # place of the first row in the chunk

    @property
    def lags(self) -> slice | list[int]:
        """Index of the rows' lags, t - j."""
        if isinstance(self.sources, range):
            return slice(self.sources.start - self.j, self.sources.stop - self.j)
        return [t - self.j for t in self.sources]


def default_chunk(cells: Sequence[Cell]) -> int:
    """Sources that are carried side by side, through all layers of a stack."""
    row_bytes = 0
    for cell in cells:
        _, n, outputs = cell.before.shape
        states = outputs + (cell.width if cell.has_cell_state else 0)
        fed = 0 if len(cells) == 1 else cell.weight_ih.shape[1]
        row = states + 2 * cell.gates * cell.width + fed
        row_bytes += n * row * cell.before.element_size()
    budget = _CHUNK_BYTES.get(cells[0].before.device.type, _CHUNK_BYTES_ELSEWHERE)
    return max(1, budget // max(1, row_bytes))


def stream(levels: Sequence[Level], lags: int, tolerance: float, chunk: int) -> Iterator[Active]:
    """Yield the active rows of every chunk at every cell, from the last to the first.

    What is yielded is a view of buffers that the next step overwrites.

    Args:
        levels: the layers of a stack, from the top down.
        lags: K; a source is carried to its own cell and K - 1 before it.
        tolerance: rows whose state gradient is at most this fraction of ‖δ_t‖ are dropped, in a
            lower layer once nothing more enters them.
        chunk: sources carried side by side.
    """
    start = norm_of(levels[0].entering_h, levels[0].entering_c)
    for level in levels[1:]:
        start = torch.hypot(start, norm_of(level.entering_h, level.entering_c))
    # Where nothing enters there is nothing to carry. NaN is something.
    sources = (start != 0).any(dim=1).nonzero().flatten()
    for first in range(0, len(sources), chunk):
        yield from _stream_chunk(levels, start, sources[first : first + chunk], lags, tolerance)


def _stream_chunk(
    levels: Sequence[Level], start: Tensor, sources: Tensor, lags: int, tolerance: float
) -> Iterator[Active]:
    times = sources.tolist()
    least = tolerance * start.index_select(0, sources)
    carriers = [
        _Carrier(place, level, sources, times, least, lags, is_fed=place > 0)
        for place, level in enumerate(levels)
    ]
    feeds = [carrier.new_feed() for carrier in carriers[:-1]]
    for j in range(times[-1], -1, -1):
        above: Active | None = None
        for place, carrier in enumerate(carriers):
            feed = None
            if above is not None:
                feed = feeds[place - 1][: len(above.sources)]
                levels[place - 1].cell.to_input(j, above.rows, feed)
            active = carrier.reach(j, above, feed)
            if above is not None:
                carriers[place - 1].leave(j)
            if active is not None:
                yield active
            above = active
        if above is not None:
            carriers[-1].leave(j)
        if all(carrier.is_done for carrier in carriers):
            return


class _Carrier:
    """The rows of a chunk in one layer: `reach` cell j, then `leave` it for the one before."""

    def __init__(
        self,
        place: int,
        level: Level,
        sources: Tensor,
        times: list[int],
        least: Tensor,
        lags: int,
        *,
        is_fed: bool,
    ) -> None:
        self._place, self._cell, self._lags = place, level.cell, lags
        self._times, self._least, self._is_fed = times, least, is_fed
        self._low = self._high = len(times)
        self._fed = 0  # rows from here on are fed no more
        self._h = level.entering_h.index_select(0, sources)
        self._c: Tensor | None = None
        if level.cell.has_cell_state:
            if level.entering_c is None:
                self._c = self._h.new_zeros(*self._h.shape[:2], level.cell.width)
            else:
                self._c = level.entering_c.index_select(0, sources)
        rows, n, _ = self._h.shape
        self._a = self._h.new_empty(rows, n, level.cell.gates * level.cell.width)
        self._spare = torch.empty_like(self._a)
        self._scale = self._h.new_ones(rows, n)
        # All rows at once, before they become active: least = 0 drops what is 0 anyway.
        tend(self._h, self._c, self._scale, torch.zeros_like(least))

    @property
    def is_done(self) -> bool:
        """No row is left, nor to come."""
        return self._high == 0

    def new_feed(self) -> Tensor:
        """A buffer for what the rows send through the layer's input, `[R, N, I]`."""
        return self._h.new_empty(*self._h.shape[:2], self._cell.weight_ih.shape[1])

    def reach(self, j: int, above: Active | None, feed: Tensor | None) -> Active | None:
        """The active rows at cell j, with what enters there; None if there are none."""
        times, low, high = self._times, self._low, self._high
        if low > 0 and times[low - 1] == j:
            low -= 1
        while high > low and times[high - 1] - j >= self._lags:
            high -= 1
        self._low, self._high = low, high
        if low == high:
            return None
        h, c, scale = self._h[low:high], None, self._scale[low:high]
        if self._c is not None:
            c = self._c[low:high]
        if self._is_fed:
            self._fed = low
            if above is not None and feed is not None:
                assert above.low == low
                fed = len(feed)
                join(h[:fed], None if c is None else c[:fed], scale[:fed], feed, above.scale)
                self._fed = low + fed
        rows = Rows(h, c, self._a[low:high], self._spare[: high - low])
        self._cell.activate(j, rows)
        self._rows = rows
        return Active(self._place, j, rows, scale, _span(times, low, high), low)

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
            alive = tend(rows.h, rows.c, self._scale[low:high], least)
            while high > first and not alive[high - 1 - low]:
                high -= 1
            self._high = high


def _span(times: list[int], low: int, high: int) -> range | list[int]:
    """`times[low:high]`, as a range where gradient enters at every step."""
    first, last = times[low], times[high - 1]
    return range(first, last + 1) if last - first == high - 1 - low else times[low:high]
