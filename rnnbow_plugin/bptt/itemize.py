"""From the finished passes of a stack of layers to their itemized gradients."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable

import torch
from torch import Tensor

from ..errors import RnnbowError
from .cells import Rows
from .itemized import ItemizedGradients
from .metrics import METRICS
from .passes import LayerPass
from .stream import Active, Level, default_chunk, stream


def itemize(
    layer_pass: LayerPass,
    horizon: int | None = None,
    tolerance: float = 0.0,
    *,
    chunk: int | None = None,
) -> ItemizedGradients:
    """Itemize the gradients of one layer's pass, by source and cell.

    Work is O(T K) steps back of one row, in the layer and in each above it, memory O(chunk) rows
    besides the result. It runs on the layer's device and in its dtype; the result is moved to the
    CPU.

    Args:
        layer_pass: from `Capture.harvest`.
        horizon: the largest lag, so that K = horizon + 1 lags are kept; None for all T.
        tolerance: 0 is exact. Otherwise, at every 8th cell, those rows (one source of one
            sequence) are dropped whose gradient at the state s_j has fallen to `tolerance` times
            ‖δ_t‖ or below: their items at cell j and before are 0. A "hidden" item left out so, at
            cell i, is at most tolerance * ‖δ_t‖ * ‖∂s_j/∂s_i‖: the last factor is how much a
            gradient can grow between the cells, and at most 1 where gradients only shrink. In a
            stack what is dropped in one layer no longer enters the layer below, and there a row is
            dropped only once nothing more enters it.
        chunk: sources carried side by side; None for a size that suits the device. It bounds memory
            and changes no number but by rounding.

    Raises:
        RnnbowError: the horizon, tolerance or chunk is out of range, or the pass does not agree
            with its layer's equations.
    """
    return itemize_all([layer_pass], horizon, tolerance, chunk=chunk)[layer_pass.tag]


@torch.no_grad()
def itemize_all(
    passes: Iterable[LayerPass],
    horizon: int | None = None,
    tolerance: float = 0.0,
    *,
    chunk: int | None = None,
) -> dict[str, ItemizedGradients]:
    """Itemize the gradients of several passes, by tag and in their order.

    The layers of one stack are gone through once. Arguments and errors are those of `itemize`.
    """
    horizon, tolerance = check_options(horizon, tolerance)
    if chunk is not None and (isinstance(chunk, bool) or chunk < 1):
        raise RnnbowError(f"chunk is {chunk!r}: give a number of sources >= 1, or None")
    passes = list(passes)
    wanted = {p.tag for p in passes}
    below_others = [p for p in passes if not any(p is other.above for other in passes)]
    found: dict[str, ItemizedGradients] = {}
    for lowest in below_others:
        found |= _itemize_stack(_down_to(lowest), wanted, horizon, tolerance, chunk)
    return {p.tag: found[p.tag] for p in passes}


def _down_to(lowest: LayerPass) -> list[LayerPass]:
    """The stack that ends with this layer, from the top down."""
    stack = [lowest]
    while stack[-1].above is not None:
        stack.append(stack[-1].above)
    return stack[::-1]


def _itemize_stack(
    stack: list[LayerPass],
    wanted: set[str],
    horizon: int | None,
    tolerance: float,
    chunk: int | None,
) -> dict[str, ItemizedGradients]:
    levels = [Level(p.linearize(), p.entering_h, p.entering_c) for p in stack]
    steps = stack[0].outputs.shape[0]
    lags = steps if horizon is None else min(steps, horizon + 1)
    chunk = default_chunk([level.cell for level in levels]) if chunk is None else chunk
    everything = lags == steps and tolerance == 0

    sums = _summed(levels) if everything else _summed_kept(levels, lags, tolerance, chunk)
    measures = [
        _Measure(level, total, lags, chunk) if layer_pass.tag in wanted else None
        for layer_pass, level, total in zip(stack, levels, sums, strict=True)
    ]
    for active in stream(levels, lags, tolerance, chunk):
        measure = measures[active.level]
        if measure is not None:
            measure.add(active)
    return {
        layer_pass.tag: _result(layer_pass, measure, lags, everything)
        for layer_pass, measure in zip(stack, measures, strict=True)
        if measure is not None
    }


def _result(
    layer_pass: LayerPass, measure: _Measure, lags: int, everything: bool
) -> ItemizedGradients:
    steps = layer_pass.outputs.shape[0]
    weight_grad = measure.weight_grad
    return ItemizedGradients(
        tag=layer_pass.tag,
        cell=layer_pass.kind,
        hidden_size=layer_pass.hidden_size,
        lags=torch.arange(lags, device="cpu"),
        metrics=measure.by_name(),
        lengths=torch.full((len(layer_pass.sequences),), steps, device="cpu"),
        weight_grad=weight_grad.cpu(),
        sequences=layer_pass.sequences,
        batch_size=layer_pass.batch_size,
        batch_first=layer_pass.batch_first,
        lags_omitted=lags < steps,
        completeness_error=_completeness(layer_pass, weight_grad) if everything else None,
    )


def check_options(horizon: int | None, tolerance: float) -> tuple[int | None, float]:
    """The settings, or an `RnnbowError` that names what is wrong with them."""
    if horizon is not None:
        try:
            horizon = operator.index(horizon)
        except TypeError:
            raise RnnbowError(f"horizon is {horizon!r}: give an integer >= 0, or None") from None
        if horizon < 0:
            raise RnnbowError(
                f"horizon is {horizon}: give the largest lag to keep, an integer >= 0, or None "
                "for all lags"
            )
    given = tolerance
    try:
        tolerance = float(tolerance)
    except (TypeError, ValueError):
        tolerance = math.nan
    if not 0 <= tolerance < 1:
        raise RnnbowError(
            f"tolerance is {given!r}: give a number in [0, 1), the fraction of its own start at "
            "which a source's gradient is no longer carried; 0 is exact"
        )
    return horizon, tolerance


def _summed(levels: list[Level]) -> list[Tensor]:
    """`a` summed over all sources, `[T, N, G*H]` per layer: ordinary BPTT, as all is linear."""
    sums: list[Tensor] = []
    from_above: Tensor | None = None
    for place, level in enumerate(levels):
        cell, entering_h, entering_c = level.cell, level.entering_h, level.entering_c
        steps, n, outputs = entering_h.shape
        h = entering_h.new_zeros(1, n, outputs)
        c = h.new_zeros(1, n, cell.width) if cell.has_cell_state else None
        total = entering_h.new_empty(steps, n, cell.gates * cell.width)
        spare = torch.empty_like(total[:1])
        to_below = None
        if place + 1 < len(levels):
            to_below = entering_h.new_empty(steps, n, cell.weight_ih.shape[1])
        for j in range(steps - 1, -1, -1):
            h += entering_h[j]
            if from_above is not None:
                h += from_above[j]
            if c is not None and entering_c is not None:
                c += entering_c[j]
            rows = Rows(h, c, total[j : j + 1], spare)
            cell.activate(j, rows)
            if to_below is not None:
                cell.to_input(j, rows, to_below[j : j + 1])
            cell.carry(j, rows)
        sums.append(total)
        from_above = to_below
    return sums


def _summed_kept(levels: list[Level], lags: int, tolerance: float, chunk: int) -> list[Tensor]:
    """The same over the items that are kept: no way is shorter than to go through all of them."""
    sums = [
        level.entering_h.new_zeros(*level.cell.before.shape[:2], level.cell.weight_hh.shape[0])
        for level in levels
    ]
    for active in stream(levels, lags, tolerance, chunk):
        sums[active.level][active.j] += torch.einsum("rng,rn->ng", active.rows.a, active.scale)
    return sums


class _Measure:
    """All metrics of all items of one layer.

    Args:
        level: the layer.
        sums: `a` summed over the sources that are kept, `[T, N, G*H]`.
        lags: K.
        chunk: at most so many rows come at once.
    """

    def __init__(self, level: Level, sums: Tensor, lags: int, chunk: int) -> None:
        cell = level.cell
        self.weight_grad = sums.flatten(0, 1).T @ cell.before.flatten(0, 1)
        self._metrics = [m for m in METRICS if cell.has_cell_state or not m.needs_cell_state]
        self._prepared = [m.prepare(cell.before, self.weight_grad).unbind(0) for m in self._metrics]
        steps, n, _ = cell.before.shape
        self._items = cell.before.new_zeros(len(self._metrics), n, steps, lags)
        self._room = cell.before.new_empty(len(self._metrics), min(chunk, steps), n)

    def add(self, active: Active) -> None:
        """Measure the active rows at one cell."""
        j, out = active.j, self._room[:, : len(active.sources)]
        for m, metric in enumerate(self._metrics):
            metric.measure(active.rows, self._prepared[m][j], out[m])
        out.mul_(active.scale)
        self._items[:, :, j, active.lags] = out.transpose(1, 2)

    def by_name(self) -> dict[str, Tensor]:
        """From metric name to `[N, T, K]`, on the CPU."""
        values = self._items.cpu()
        return {m.name: value for m, value in zip(self._metrics, values, strict=True)}


def _completeness(layer_pass: LayerPass, weight_grad: Tensor) -> float | None:
    expected = layer_pass.parameter_grad
    if expected is None:
        return None
    # In float64, because the square of a small gradient is not a float32.
    total, expected = weight_grad.cpu().double(), expected.cpu().double()
    error, size = float((total - expected).norm()), float(expected.norm())
    if size == 0:
        return 0.0 if error == 0 else math.inf
    return error / size
