"""`a`, the gradient at a cell's pre-activations, summed over all sources.

Axis letters: T time steps, N sequences, I inputs, H hidden units, G gates, P outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from .carrier import Active, Level


def summed(stages: Sequence[Sequence[Level]]) -> list[Tensor]:
    """Over all sources and lags, `[T, N, G*H]` per level: ordinary BPTT, as all is linear.

    Args:
        stages: the layers from the top down, each in one or two directions.
    """
    sums: list[Tensor] = []
    from_above: Tensor | None = None  # [T, N, I] of the layer above, in the true time
    for number, stage in enumerate(stages):
        sent: Tensor | None = None
        for level in stage:
            entering = level.entering_h
            if from_above is not None:
                width = entering.shape[-1]
                first = width if level.reverse else 0
                own = from_above[..., first : first + width]
                entering = entering + (own.flip(0) if level.reverse else own)
            total, to_below = _summed(level, entering, sends=number + 1 < len(stages))
            sums.append(total)
            if to_below is not None:
                to_below = to_below.flip(0) if level.reverse else to_below
                sent = to_below if sent is None else sent + to_below
        from_above = sent
    return sums


def _summed(level: Level, entering_h: Tensor, *, sends: bool) -> tuple[Tensor, Tensor | None]:
    """The sums of one level `[T, N, G*H]`, and what it sends down `[T, N, I]`, in its own time."""
    cell, entering_c = level.cell, level.entering_c
    steps, n, _ = entering_h.shape
    rows = cell.rows(entering_h.new_zeros(1, n, cell.size), entering_h.new_empty(n * cell.room))
    values = entering_h.new_empty(steps, n, cell.size)
    to_below = entering_h.new_empty(steps, n, cell.weight_ih.shape[1]) if sends else None
    for j in range(steps - 1, -1, -1):
        rows.h.add_(entering_h[j])
        if rows.c is not None and entering_c is not None:
            rows.c.add_(entering_c[j])
        cell.activate(j, rows)
        values[j] = rows.values[0]
        if to_below is not None:
            level.to_input(j, rows, to_below[j : j + 1])
        cell.carry(j, rows)
    return cell.at_gates(values), to_below


def summed_kept(levels: Sequence[Level], kept: Iterable[Active]) -> list[Tensor]:
    """The same over the items that are kept: no way is shorter than to go through all of them."""
    sums = [
        level.entering_h.new_zeros(*level.cell.before.shape[:2], level.cell.size)
        for level in levels
    ]
    for active in kept:
        values = torch.einsum("rnd,rn->nd", active.rows.values, active.scale)
        sums[active.level][active.j] += values
    return [level.cell.at_gates(values) for level, values in zip(levels, sums, strict=True)]
