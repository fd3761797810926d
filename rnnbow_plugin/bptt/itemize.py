"""From the finished passes of a stack of layers to their itemized gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from ..errors import RnnbowError
from .both_ways import default_chunk_both_ways, first_lag, stream_both_ways
from .carrier import Active, Level
from .itemized import ItemizedGradients
from .measure import Measure, metrics_of
from .options import check_options
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
    return Itemization(passes, horizon, tolerance, chunk=chunk).measure()


class Itemization:
    """The same in two phases, between which the sums may be replaced by those of a larger whole.

    Of several processes that train on parts of one batch each knows its own items alone, but a
    share is of the whole gradient.

    Attributes:
        weight_grads: by tag, the sum of the items within the horizon, `[G*H, P]`.
    """

    @torch.no_grad()
    def __init__(
        self,
        passes: Iterable[LayerPass],
        horizon: int | None = None,
        tolerance: float = 0.0,
        *,
        chunk: int | None = None,
    ) -> None:
        horizon, tolerance = check_options(horizon, tolerance)
        if chunk is not None and (isinstance(chunk, bool) or chunk < 1):
            raise RnnbowError(f"chunk is {chunk!r}: give a number of sources >= 1, or None")
        passes = list(passes)
        self._tags = [p.tag for p in passes]
        self._stacks = [
            _Stack(_down_to(lowest), set(self._tags), horizon, tolerance, chunk)
            for lowest in _lowest(passes)
        ]
        sums = {tag: total for stack in self._stacks for tag, total in stack.weight_grads.items()}
        self.weight_grads = {tag: sums[tag] for tag in self._tags}
        self._errors = _completeness(passes, self.weight_grads) if self._is_everything else {}

    @property
    def _is_everything(self) -> bool:
        return all(stack.is_everything for stack in self._stacks)

    @torch.no_grad()
    def measure(self, whole: Mapping[str, Tensor] | None = None) -> dict[str, ItemizedGradients]:
        """The itemized gradients by tag.

        Args:
            whole: by tag, the sum that shares are parts of; None for that of the items.
        """
        totals = self.weight_grads if whole is None else whole
        found: dict[str, ItemizedGradients] = {}
        for stack in self._stacks:
            found |= stack.measure(totals, self._errors)
        return {tag: found[tag] for tag in self._tags}


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


_Stages: TypeAlias = Sequence[Sequence[Level]]


class _Stack:
    """The layers of one stack, from the top down, gone through together."""

    def __init__(
        self,
        stack: list[tuple[LayerPass, ...]],
        wanted: set[str],
        horizon: int | None,
        tolerance: float,
        chunk: int | None,
    ) -> None:
        self._passes, self._tolerance = stack, tolerance
        self._stages = stages = [[_level(p) for p in stage] for stage in stack]
        self._levels = levels = [level for stage in stages for level in stage]
        steps = len(levels[0].entering_h)
        self._lags = steps if horizon is None else min(steps, horizon + 1)
        self._lags_omitted = self._lags < steps
        self.is_everything = not self._lags_omitted and tolerance == 0
        self._both_ways = any(len(stage) > 1 for stage in stages)
        self._parts = [_part(stages, part) for part in self._divide()]
        self._chunk = chunk or self._default_chunk()
        # Rows that are dropped are small: shares are of the whole, and say what is missing.
        sums = self._summed_kept() if self._lags_omitted else summed(stages)
        flat = [p for stage in stack for p in stage]
        self.weight_grads = {
            p.tag: total.flatten(0, 1).T @ level.cell.before.flatten(0, 1)
            for p, level, total in zip(flat, levels, sums, strict=True)
            if p.tag in wanted
        }

    def _divide(self) -> list[slice]:
        """The sequences, in parts that are gone through one after another."""
        cells = [level.cell for level in self._levels]
        n = cells[0].before.shape[1]
        size = max(1, min(cell.together(self._lags) for cell in cells))
        return [slice(first, first + size) for first in range(0, n, size)]

    def _default_chunk(self) -> int:
        stages = self._parts[0]
        if self._both_ways:
            return default_chunk_both_ways(stages)
        return default_chunk([level.cell for stage in stages for level in stage])

    def _rows(self, stages: _Stages) -> Iterator[Active]:
        if self._both_ways:
            return stream_both_ways(stages, self._lags, self._tolerance, self._chunk)
        levels = [level for stage in stages for level in stage]
        return stream(levels, self._lags, self._tolerance, self._chunk)

    def _summed_kept(self) -> list[Tensor]:
        parts = [
            summed_kept([level for stage in part for level in stage], self._rows(part))
            for part in self._parts
        ]
        return [torch.cat(of_level, dim=1) for of_level in zip(*parts, strict=True)]

    def measure(
        self, totals: Mapping[str, Tensor], errors: Mapping[str, float]
    ) -> dict[str, ItemizedGradients]:
        """The items, whose shares are parts of `totals`."""
        found: dict[str, Tensor] = {}
        for p, level, lags in self._wanted():
            steps, n, _ = level.cell.before.shape
            shape = len(metrics_of(level.cell)), n, steps, len(lags)
            found[p.tag] = level.entering_h.new_zeros(shape)
        first = 0
        for part in self._parts:
            levels = [level for stage in part for level in stage]
            last = first + levels[0].entering_h.shape[1]
            measures = {
                self._levels.index(level): Measure(
                    levels[self._levels.index(level)],
                    totals[p.tag],
                    self._chunk,
                    found[p.tag][:, first:last],
                )
                for p, level, _ in self._wanted()
            }
            for active in self._rows(part):
                measure = measures.get(active.level)
                if measure is not None:
                    measure.add(active)
            first = last
        return {
            p.tag: self._result(p, level, lags, found[p.tag], errors.get(p.tag))
            for p, level, lags in self._wanted()
        }

    def _wanted(self) -> Iterator[tuple[LayerPass, Level, range]]:
        """The passes to itemize, and their lags in the level's own time."""
        levels = iter(self._levels)
        for number, stage in enumerate(self._passes):
            lags = range(first_lag(number, self._lags) if self._both_ways else 0, self._lags)
            for p in stage:
                level = next(levels)
                if p.tag in self.weight_grads:
                    yield p, level, lags

    def _result(
        self, p: LayerPass, level: Level, own_lags: range, items: Tensor, error: float | None
    ) -> ItemizedGradients:
        steps, n, _ = p.outputs.shape
        values, lags = items.cpu(), [*own_lags]
        if level.reverse:
            values, lags = values.flip(2, 3), [-lag for lag in reversed(lags)]
        names = [metric.name for metric in metrics_of(level.cell)]
        return ItemizedGradients(
            tag=p.tag,
            cell=p.kind,
            hidden_size=p.hidden_size,
            lags=torch.tensor(lags, device="cpu"),
            metrics=dict(zip(names, values, strict=True)),
            lengths=torch.tensor(p.lengths or [steps] * n, device="cpu"),
            total=self.weight_grads[p.tag].cpu(),
            sequences=p.sequences,
            batch_size=p.batch_size,
            batch_first=p.batch_first,
            lags_omitted=self._lags_omitted,
            completeness_error=error,
            micro_batches=p.micro_batches,
        )


def _part(stages: _Stages, sequences: slice) -> list[list[Level]]:
    n = stages[0][0].entering_h.shape[1]
    if sequences.start == 0 and sequences.stop >= n:
        return [[*stage] for stage in stages]
    return [[level.part(sequences) for level in stage] for stage in stages]


def _level(layer_pass: LayerPass) -> Level:
    at_h, at_c, mask = layer_pass.entering_h, layer_pass.entering_c, layer_pass.input_mask
    if layer_pass.reverse:
        at_h, at_c, mask = at_h.flip(0), _flipped(at_c), _flipped(mask)
    return Level(layer_pass.linearize(), at_h, at_c, layer_pass.reverse, mask)


def _flipped(values: Tensor | None) -> Tensor | None:
    return None if values is None else values.flip(0)


def _completeness(
    passes: Iterable[LayerPass], weight_grads: Mapping[str, Tensor]
) -> dict[str, float]:
    """How far the items of a parameter are from what the backward pass added to its gradient."""
    sharing: dict[int, list[LayerPass]] = {}
    for p in passes:
        sharing.setdefault(id(p.parameter_grad), []).append(p)
    errors: dict[str, float] = {}
    for together in sharing.values():
        grad = together[0].parameter_grad
        if grad is None or grad.passes != len(together):
            continue
        # In float64, because the square of a small gradient is not a float32.
        expected = grad.value.cpu().double()
        total = torch.stack([weight_grads[p.tag].cpu().double() for p in together]).sum(0)
        error, size = float((total - expected).norm()), float(expected.norm())
        relative = error / size if size else 0.0 if error == 0 else math.inf
        errors |= {p.tag: relative for p in together}
    return errors
