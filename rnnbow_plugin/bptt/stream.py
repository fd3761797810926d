"""The streaming recursion: one row per source, carried from its own cell back to the first.

    g[t, t] = δ_t          g[t, j-1] = g[t, j] · ∂s_j/∂s_{j-1}

Sources are rows of a buffer, in the order of time. At cell j those with j <= t < j + K are active,
which is one contiguous slice, so that a step is one matrix product over all of them and all
sequences. Sources go in chunks, which bounds the memory by the chunk and not by T² · H. They do not
interact, so the chunks change nothing.

The layers of a stack go back side by side. What a row sends through the input of cell j of one
layer enters cell j of the layer below, in the row of the same source: there a row is fed at every
cell, not at its own alone, and nothing of a pass has to be kept between the layers.

Axis letters: T time steps, N sequences, R rows, K lags.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .carrier import Active, Carrier, Feed, Level
from .cells import Cell
from .scaling import norm_of

# Bytes of a chunk's buffers: on a CPU they stay in its caches; a GPU wants long products.
_CHUNK_BYTES = {"cpu": 16 << 20}
_CHUNK_BYTES_ELSEWHERE = 256 << 20


def default_chunk(cells: Sequence[Cell]) -> int:
    """Sources that are carried side by side, through all layers of a stack."""
    row_bytes = 0
    for cell in cells:
        fed = 0 if len(cells) == 1 else cell.weight_ih.shape[1]
        row = cell.size + cell.room + fed
        row_bytes += cell.before.shape[1] * row * cell.before.element_size()
    budget = _CHUNK_BYTES.get(cells[0].before.device.type, _CHUNK_BYTES_ELSEWHERE)
    return max(1, budget // max(1, row_bytes))


def start_of(levels: Sequence[Level]) -> Tensor:
    """‖δ_t‖ of every source and sequence, over all levels, `[T, N]`."""
    start: Tensor | None = None
    for level in levels:
        norm = norm_of(level.entering_h)
        if level.entering_c is not None:
            norm = torch.hypot(norm, norm_of(level.entering_c))
        norm = norm.flip(0) if level.reverse else norm
        start = norm if start is None else torch.hypot(start, norm)
    assert start is not None
    return start


def sources_of(start: Tensor) -> Tensor:
    """The sources at which something enters. NaN is something."""
    return (start != 0).any(dim=1).nonzero().flatten()


def stream(levels: Sequence[Level], lags: int, tolerance: float, chunk: int) -> Iterator[Active]:
    """Yield the active rows of every chunk at every cell, from the last to the first.

    What is yielded is a view of buffers that the next step overwrites.

    Args:
        levels: the layers of a stack of one direction, from the top down.
        lags: K; a source is carried to its own cell and K - 1 before it.
        tolerance: rows whose state gradient is at most this fraction of ‖δ_t‖ are dropped, in a
            lower layer once nothing more enters them.
        chunk: sources carried side by side.
    """
    start = start_of(levels)
    if levels[0].reverse:
        start = start.flip(0)  # the levels' own time
    sources = sources_of(start)
    for first in range(0, len(sources), chunk):
        yield from _stream_chunk(levels, start, sources[first : first + chunk], lags, tolerance)


def _stream_chunk(
    levels: Sequence[Level], start: Tensor, sources: Tensor, lags: int, tolerance: float
) -> Iterator[Active]:
    times = sources.tolist()
    least = tolerance * start.index_select(0, sources)
    carriers = [Carrier(place, level, times, least, lags) for place, level in enumerate(levels)]
    buffers = [carrier.new_feed() for carrier in carriers[:-1]]
    for j in range(times[-1], -1, -1):
        above: Active | None = None
        for place, carrier in enumerate(carriers):
            feeds: tuple[Feed, ...] = ()
            if above is not None:
                values = buffers[place - 1][: len(above.sources)]
                levels[place - 1].to_input(j, above.rows, values)
                # What is dropped above stays away: later on no row beyond these is fed.
                feeds = (Feed(above.low, values, above.scale, above.low + len(values)),)
            active = carrier.reach(j, feeds)
            if above is not None:
                carriers[place - 1].leave(j)
            if active is not None:
                yield active
            above = active
        if above is not None:
            carriers[-1].leave(j)
        if all(carrier.is_done for carrier in carriers):
            return
