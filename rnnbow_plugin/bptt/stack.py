"""One stack of layers: its sequences in parts, its rows through all layers, and their measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from .both_ways import default_chunk_both_ways, first_lag, stream_both_ways
from .carrier import Active, Level
from .itemized import ItemizedGradients
from .measure import Measure, metrics_of
from .passes import LayerPass
from .stream import default_chunk, stream
from .summed import summed, summed_kept

_Stages: TypeAlias = Sequence[Sequence[Level]]


class Stack:
    """The layers of one stack, gone through together.

    Args:
        stack: the passes, from the top layer down, each in one or two directions.
        wanted: tags of those to itemize.
        horizon, tolerance, chunk: as in `itemize`, checked.

    Attributes:
        is_everything: all items are there: no lag and no row is left out.
        weight_grads: by tag, the sum of the items within the horizon, `[G*H, P]`.
    """

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
        self._levels = levels = _flat(stages)
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
        return default_chunk([level.cell for level in _flat(stages)])

    def _rows(self, stages: _Stages) -> Iterator[Active]:
        if self._both_ways:
            return stream_both_ways(stages, self._lags, self._tolerance, self._chunk)
        return stream(_flat(stages), self._lags, self._tolerance, self._chunk)

    def _summed_kept(self) -> list[Tensor]:
        parts = [summed_kept(_flat(part), self._rows(part)) for part in self._parts]
        return [torch.cat(of_level, dim=1) for of_level in zip(*parts, strict=True)]

    def measure(
        self, totals: Mapping[str, Tensor], errors: Mapping[str, float]
    ) -> dict[str, ItemizedGradients]:
        """The items, whose shares are parts of `totals`."""
        wanted = list(self._wanted())
        found = []
        for place, _, lags in wanted:
            level = self._levels[place]
            steps, n, _ = level.cell.before.shape
            found.append(
                level.entering_h.new_zeros(len(metrics_of(level.cell)), n, steps, len(lags))
            )
        first = 0
        for part in self._parts:
            levels = _flat(part)
            last = first + levels[0].entering_h.shape[1]
            measures = {
                place: Measure(levels[place], totals[p.tag], self._chunk, items[:, first:last])
                for (place, p, _), items in zip(wanted, found, strict=True)
            }
            for active in self._rows(part):
                if active.level in measures:
                    measures[active.level].add(active)
            first = last
        return {
            p.tag: self._result(p, self._levels[place], lags, items, errors.get(p.tag))
            for (place, p, lags), items in zip(wanted, found, strict=True)
        }

    def _wanted(self) -> Iterator[tuple[int, LayerPass, range]]:
        """The passes to itemize, with their places and their lags in the level's own time."""
        place = 0
        for number, stage in enumerate(self._passes):
            lags = range(first_lag(number, self._lags) if self._both_ways else 0, self._lags)
            for p in stage:
                if p.tag in self.weight_grads:
                    yield place, p, lags
                place += 1

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
            tolerance=self._tolerance,
        )


def _part(stages: _Stages, sequences: slice) -> list[list[Level]]:
    n = stages[0][0].entering_h.shape[1]
    if sequences.start == 0 and sequences.stop >= n:
        return [[*stage] for stage in stages]
    return [[level.part(sequences) for level in stage] for stage in stages]


def _flat(stages: _Stages) -> list[Level]:
    return [level for stage in stages for level in stage]


def _level(layer_pass: LayerPass) -> Level:
    at_h, at_c, mask = layer_pass.entering_h, layer_pass.entering_c, layer_pass.input_mask
    if layer_pass.reverse:
        at_h, at_c, mask = at_h.flip(0), _flipped(at_c), _flipped(mask)
    return Level(layer_pass.linearize(), at_h, at_c, layer_pass.reverse, mask)


def _flipped(values: Tensor | None) -> Tensor | None:
    return None if values is None else values.flip(0)
