"""The streaming recursion: one row per source, carried from its own cell back to the first.

    g[t, t] = δ_t          g[t, j-1] = g[t, j] · ∂s_j/∂s_{j-1}

Sources are rows of a buffer, in the order of time. At cell j those with j <= t < j + K are active,
which is one contiguous slice, so that a step is one matrix product over all of them and all
sequences. Sources go in chunks, which bounds the memory by the chunk and not by T² · H. They do not
interact, so the chunks change nothing.

Rows are kept near 1 by powers of two: a gradient that has vanished to 1e-30 is a result, but its
square is not a float32, and arithmetic on denormal numbers is slow.

Axis letters: T time steps, N sequences, H hidden units, G gates, R rows, K lags.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .cells import Cell, Rows

# Every so many cells rows are rescaled, and those below the tolerance dropped. By the cell's own
# number, so that the result does not depend on the chunks.
_TEND_EVERY = 8

# Bytes of a chunk's buffers: on a CPU they stay in its caches; a GPU wants long products.
_CHUNK_BYTES = {"cpu": 16 << 20}
_CHUNK_BYTES_ELSEWHERE = 256 << 20


@dataclass(eq=False)
class Active:
    """The active rows at cell j: `rows` times `scale` are the gradients."""

    j: int
    rows: Rows
    scale: Tensor  # [R, N]  powers of two
    sources: range | list[int]  # R, ascending

    @property
    def lags(self) -> slice | list[int]:
        """Index of the rows' lags, t - j."""
        if isinstance(self.sources, range):
            return slice(self.sources.start - self.j, self.sources.stop - self.j)
        return [t - self.j for t in self.sources]


def default_chunk(cell: Cell) -> int:
    """Sources that are carried side by side."""
    _, n, h = cell.before.shape
    states = 2 if cell.has_cell_state else 1
    row_bytes = n * h * (states + 2 * cell.gates) * cell.before.element_size()
    budget = _CHUNK_BYTES.get(cell.before.device.type, _CHUNK_BYTES_ELSEWHERE)
    return max(1, budget // max(1, row_bytes))


def stream(
    cell: Cell,
    entering_h: Tensor,
    entering_c: Tensor | None,
    lags: int,
    tolerance: float,
    chunk: int,
) -> Iterator[Active]:
    """Yield the active rows of every chunk at every cell, from the last to the first.

    What is yielded is a view of buffers that the next step overwrites.

    Args:
        cell: linearized around the pass.
        entering_h: δ_t, `[T, N, H]`.
        entering_c: the same at the cell state, `[T, N, H]`, or None.
        lags: K; a source is carried to its own cell and K - 1 before it.
        tolerance: rows whose state gradient is at most this fraction of its start are dropped.
        chunk: sources carried side by side.
    """
    start = _norm(entering_h, entering_c)
    # Where nothing enters there is nothing to carry. NaN is something.
    sources = (start != 0).any(dim=1).nonzero().flatten()
    for first in range(0, len(sources), chunk):
        yield from _stream_chunk(
            cell, entering_h, entering_c, start, sources[first : first + chunk], lags, tolerance
        )


def _stream_chunk(
    cell: Cell,
    entering_h: Tensor,
    entering_c: Tensor | None,
    start: Tensor,
    sources: Tensor,
    lags: int,
    tolerance: float,
) -> Iterator[Active]:
    _, n, width = entering_h.shape
    h = entering_h.index_select(0, sources)
    c = None
    if cell.has_cell_state:
        c = torch.zeros_like(h) if entering_c is None else entering_c.index_select(0, sources)
    a = h.new_empty(len(sources), n, cell.gates * width)
    spare = torch.empty_like(a)
    scale = h.new_ones(len(sources), n)
    start = start.index_select(0, sources)

    # All rows at once, before they become active: least = 0 drops what is 0 anyway.
    _tend(h, c, scale, torch.zeros_like(start))
    times = sources.tolist()
    low = high = len(times)
    for j in range(times[-1], -1, -1):
        if low > 0 and times[low - 1] == j:
            low -= 1
        while high > low and times[high - 1] - j >= lags:
            high -= 1
        if low == high:
            if low == 0:
                return
            continue
        rows = Rows(
            h[low:high], None if c is None else c[low:high], a[low:high], spare[: high - low]
        )
        cell.activate(j, rows)
        yield Active(j, rows, scale[low:high], _span(times, low, high))
        if j == 0:
            return
        cell.carry(j, rows)
        if j % _TEND_EVERY == 0:
            alive = _tend(rows.h, rows.c, scale[low:high], tolerance * start[low:high])
            while high > low and not alive[high - 1 - low]:
                high -= 1


def _span(times: list[int], low: int, high: int) -> range | list[int]:
    """`times[low:high]`, as a range where gradient enters at every step."""
    first, last = times[low], times[high - 1]
    return range(first, last + 1) if last - first == high - 1 - low else times[low:high]


def _tend(h: Tensor, c: Tensor | None, scale: Tensor, least: Tensor) -> list[bool]:
    """Rescale every row to a norm near 1 and zero those that are at most `least`.

    Returns:
        Per source, whether a row of it is left.
    """
    norm = _norm(h, c)
    # Also a row whose gradient is too small for the dtype ends here: norm * scale is 0 then.
    alive = ~(norm * scale <= least)
    # Within +-100, so that the factor is a normal number in float32.
    exponent = torch.frexp(norm).exponent.clamp_(-100, 100)
    factor = torch.exp2(-exponent.to(norm.dtype))
    factor.masked_fill_(~norm.isfinite() | (scale / factor).isinf(), 1)
    scale.div_(factor)
    factor.masked_fill_(~alive, 0)
    h.mul_(factor.unsqueeze(-1))
    if c is not None:
        c.mul_(factor.unsqueeze(-1))
    left: list[bool] = alive.any(dim=1).tolist()
    return left


def _norm(h: Tensor, c: Tensor | None) -> Tensor:
    """Norm of the state gradient, `[R, N]`. Squares may not underflow where entries do not."""
    norm = _plain_norm(h, c)
    if bool((norm < 1e-12).any()):
        lift = 2.0**60
        lifted = _plain_norm(h * lift, None if c is None else c * lift) / lift
        norm = torch.where(norm < 1e-12, lifted, norm)
    return norm


def _plain_norm(h: Tensor, c: Tensor | None) -> Tensor:
    norm = torch.linalg.vector_norm(h, dim=-1)
    return norm if c is None else torch.hypot(norm, torch.linalg.vector_norm(c, dim=-1))
