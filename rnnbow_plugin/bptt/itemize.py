"""From the finished passes of a stack of layers to their itemized gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor

from ..errors import RnnbowError
from .both_ways import default_chunk_both_ways, first_lag, stream_both_ways
from .carrier import Active, Level
from .itemized import ItemizedGradients
from .measure import Measure
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
        weight_grads: by tag, the sum of the items, `[G*H, P]`.
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
        if chunk is None and self._both_ways:
            chunk = default_chunk_both_ways(stages)
        elif chunk is None:
            chunk = default_chunk([level.cell for level in levels])
        self._chunk = chunk
        sums = summed(stages) if self.is_everything else summed_kept(levels, self._rows())
        flat = [p for stage in stack for p in stage]
        self.weight_grads = {
            p.tag: total.flatten(0, 1).T @ level.cell.before.flatten(0, 1)
            for p, level, total in zip(flat, levels, sums, strict=True)
            if p.tag in wanted
        }

    def _rows(self) -> Iterator[Active]:
        if self._both_ways:
            return stream_both_ways(self._stages, self._lags, self._tolerance, self._chunk)
        return stream(self._levels, self._lags, self._tolerance, self._chunk)

    def measure(
        self, totals: Mapping[str, Tensor], errors: Mapping[str, float]
    ) -> dict[str, ItemizedGradients]:
        """The items, whose shares are parts of `totals`."""
        measures: list[Measure | None] = []
        for number, stage in enumerate(self._passes):
            first = first_lag(number, self._lags) if self._both_ways else 0
            for p in stage:
                level = self._levels[len(measures)]
                lags = range(first, self._lags)
                known = totals.get(p.tag) if p.tag in self.weight_grads else None
                measures.append(None if known is None else Measure(level, known, lags, self._chunk))
        for active in self._rows():
            measure = measures[active.level]
            if measure is not None:
                measure.add(active)
        flat = [p for stage in self._passes for p in stage]
        return {
            p.tag: self._result(p, measure, errors.get(p.tag))
            for p, measure in zip(flat, measures, strict=True)
            if measure is not None
        }

    def _result(
        self, layer_pass: LayerPass, measure: Measure, error: float | None
    ) -> ItemizedGradients:
        steps, n, _ = layer_pass.outputs.shape
        return ItemizedGradients(
            tag=layer_pass.tag,
            cell=layer_pass.kind,
            hidden_size=layer_pass.hidden_size,
            lags=torch.tensor(measure.lags, device="cpu"),
            metrics=measure.by_name(),
            lengths=torch.tensor(layer_pass.lengths or [steps] * n, device="cpu"),
            total=self.weight_grads[layer_pass.tag].cpu(),
            sequences=layer_pass.sequences,
            batch_size=layer_pass.batch_size,
            batch_first=layer_pass.batch_first,
            lags_omitted=self._lags_omitted,
            completeness_error=error,
            micro_batches=layer_pass.micro_batches,
        )


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
