"""From the finished passes of a stack of layers to their itemized gradients."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from ..errors import RnnbowError
from .both_ways import default_chunk_both_ways, first_lag, stream_both_ways
from .carrier import Active, Level
from .itemized import ItemizedGradients
from .metrics import METRICS
from .passes import LayerPass
from .stream import default_chunk, stream
from .summed import summed, summed_kept


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
        horizon: the largest lag, so that K = horizon + 1 lags are kept; None for all T. Lags are
            negative in a reverse direction, and of both signs (2 K - 1 of them) below a layer of
            two directions.
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
    found: dict[str, ItemizedGradients] = {}
    for lowest in _lowest(passes):
        found |= _itemize_stack(_down_to(lowest), wanted, horizon, tolerance, chunk)
    return {p.tag: found[p.tag] for p in passes}


def _lowest(passes: list[LayerPass]) -> list[tuple[LayerPass, ...]]:
    """Of each stack its lowest layer. Directions with nothing above go their ways alone."""
    seen_from_below = {id(above) for p in passes for above in p.above}
    lowest: dict[int, tuple[LayerPass, ...]] = {}
    for p in passes:
        if id(p) not in seen_from_below:
            key = id(p.above[0] if p.above else p)
            lowest[key] = (*lowest.get(key, ()), p)
    return list(lowest.values())


def _down_to(lowest: tuple[LayerPass, ...]) -> list[tuple[LayerPass, ...]]:
    """The stack that ends with this layer, from the top down."""
    stack = [lowest]
    while stack[-1][0].above:
        stack.append(stack[-1][0].above)
    return stack[::-1]


def _itemize_stack(
    stack: list[tuple[LayerPass, ...]],
    wanted: set[str],
    horizon: int | None,
    tolerance: float,
    chunk: int | None,
) -> dict[str, ItemizedGradients]:
    stages = [[_level(p) for p in stage] for stage in stack]
    levels = [level for stage in stages for level in stage]
    steps = len(levels[0].entering_h)
    lags = steps if horizon is None else min(steps, horizon + 1)
    everything = lags == steps and tolerance == 0
    both_ways = any(len(stage) > 1 for stage in stages)
    if chunk is None and both_ways:
        chunk = default_chunk_both_ways(stages)
    elif chunk is None:
        chunk = default_chunk([level.cell for level in levels])

    def rows() -> Iterator[Active]:
        if both_ways:
            return stream_both_ways(stages, lags, tolerance, chunk)
        return stream(levels, lags, tolerance, chunk)

    sums = summed(stages) if everything else summed_kept(levels, rows())
    measures: list[_Measure | None] = []
    for number, stage in enumerate(stack):
        first = first_lag(number, lags) if both_ways else 0
        for layer_pass in stage:
            place = len(measures)
            is_wanted = layer_pass.tag in wanted
            measures.append(
                _Measure(levels[place], sums[place], range(first, lags), chunk)
                if is_wanted
                else None
            )
    for active in rows():
        measure = measures[active.level]
        if measure is not None:
            measure.add(active)
    return {
        layer_pass.tag: _result(layer_pass, measure, lags < steps, everything)
        for layer_pass, measure in zip((p for stage in stack for p in stage), measures, strict=True)
        if measure is not None
    }


def _level(layer_pass: LayerPass) -> Level:
    at_h, at_c, mask = layer_pass.entering_h, layer_pass.entering_c, layer_pass.input_mask
    if layer_pass.reverse:
        at_h, at_c, mask = at_h.flip(0), _flipped(at_c), _flipped(mask)
    return Level(layer_pass.linearize(), at_h, at_c, layer_pass.reverse, mask)


def _flipped(values: Tensor | None) -> Tensor | None:
    return None if values is None else values.flip(0)


def _result(
    layer_pass: LayerPass, measure: _Measure, lags_omitted: bool, everything: bool
) -> ItemizedGradients:
    steps = layer_pass.outputs.shape[0]
    weight_grad = measure.weight_grad
    return ItemizedGradients(
        tag=layer_pass.tag,
        cell=layer_pass.kind,
        hidden_size=layer_pass.hidden_size,
        lags=torch.tensor(measure.lags, device="cpu"),
        metrics=measure.by_name(),
        lengths=torch.full((len(layer_pass.sequences),), steps, device="cpu"),
        weight_grad=weight_grad.cpu(),
        sequences=layer_pass.sequences,
        batch_size=layer_pass.batch_size,
        batch_first=layer_pass.batch_first,
        lags_omitted=lags_omitted,
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


class _Measure:
    """All metrics of all items of one layer.

    Args:
        level: the layer.
        sums: `a` summed over the sources that are kept, `[T, N, G*H]`.
        lags: the K lags, in the level's own time.
        chunk: at most so many rows come at once.
    """

    def __init__(self, level: Level, sums: Tensor, lags: range, chunk: int) -> None:
        cell = level.cell
        self.weight_grad = sums.flatten(0, 1).T @ cell.before.flatten(0, 1)
        self._metrics = [m for m in METRICS if cell.has_cell_state or not m.needs_cell_state]
        self._prepared = [m.prepare(cell.before, self.weight_grad).unbind(0) for m in self._metrics]
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
