"""How far back the gradient of the kernel's study reaches: what its records say, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from study import Array, by_lag, half_life, table

from rnnbow_plugin import wire

NEAR = 3  # lags 0 to 2
PAPER_LAGS = 5  # what the paper follows a loss back over
REACH = [
    *("records", "loss", "maximum gradient", "lags 0 to 2", "of the paper's five lags"),
    "beyond these five",
    *("90 % within lag", "halves every (decay a step)", "by the paper's five lags"),
]
SEEDS = [
    *("initial weights", "maximum at step 0", "plateau", "plateau : step 0"),
    *("half of it from step", "lags 0 to 2 at step 0", "early", "late", "lighter"),
    *("of five lags, early", "of five lags, late"),
]


@dataclass(frozen=True)
class Reach:
    """Of some records, of each by itself: how large the gradient is, and how far back it comes."""

    maximum: Array  # the paper's overview: the largest item
    horizon: Array  # lags within which 90 % of the gradient lies
    near: Array  # part of the gradient at lags 0 to 2
    near_of_five: Array  # the same, had only the paper's lags been followed
    beyond: Array  # part of the gradient that these leave out
    half: Array  # lags in which the gradient halves
    half_of_five: Array
    loss: Array


def reach(records: Sequence[wire.Record]) -> Reach:
    """Of each record, [R]."""
    lags = [by_lag(record) for record in records]
    overviews = [wire.overview_vector(record) for record in records]

    def statistic(name: str) -> Array:
        found = zip(records, overviews, strict=True)
        return np.array([wire.statistic(*one, "weight", name) for one in found])

    def near(among: int | None) -> Array:
        return np.array([sums[:NEAR].sum() / sums[:among].sum() for sums, _ in lags])

    def half(among: int | None) -> Array:
        return np.array([half_life(sums[:among], counts[:among]) for sums, counts in lags])

    return Reach(
        *(statistic("maximum"), statistic("effective_horizon"), near(None), near(PAPER_LAGS)),
        np.array([1 - sums[:PAPER_LAGS].sum() / sums.sum() for sums, _ in lags]),
        *(half(None), half(PAPER_LAGS), np.array([record.loss for record in records])),
    )


def between(records: Sequence[wire.Record], first: float, end: float) -> list[wire.Record]:
    """The records of the steps from `first` to before `end`."""
    return [record for record in records if first <= record.step < end]


def halves(half_lives: Array) -> str:
    """The median, and the decay a step that it means; of records that have one."""
    found = half_lives[np.isfinite(half_lives)]
    return (
        f"{np.median(found):.2f} (× {2 ** (-1 / np.median(found)):.2f})" if len(found) else "none"
    )


def reach_row(name: str, records: Sequence[wire.Record]) -> list[str]:
    """What a stretch of training is like."""
    of = reach(records)
    return [
        *(name, f"{len(records):,}", f"{of.loss.mean():.2f}", f"{np.median(of.maximum):.2g}"),
        *(f"{of.near.mean():.1%}", f"{of.near_of_five.mean():.1%}", f"{of.beyond.mean():.1%}"),
        *(f"{np.median(of.horizon):.0f}", halves(of.half), halves(of.half_of_five)),
    ]


def over_training(records: Sequence[wire.Record], paper: int) -> str:
    """How one run changes."""
    edges = [0, 1, paper // 30, paper // 6, paper // 2, paper, 2 * paper]
    rows = [
        reach_row(f"{first:,}" + (f" to {end - 1:,}" if end > 1 else ""), found)
        for first, end in pairwise(edges)
        if (found := between(records, first, end))
    ]
    return table(["steps", *REACH], rows)


def over_seeds(
    runs: Sequence[Sequence[wire.Record]], name: str, beginning: int, steps: int
) -> list[str]:
    """Burn-in, and the share of near lags, early against late, of several trainings."""
    first, early, late = (
        [reach(between(records, *span)) for records in runs]
        for span in ((0, 1), (0, beginning), (0.75 * steps, steps))
    )

    def spread(of: Sequence[Reach], what: str) -> str:
        each = np.array([getattr(one, what).mean() for one in of])
        return f"{each.mean():.1%} ± {each.std(ddof=1):.1%}"

    starts, plateaus = (np.array([np.median(r.maximum) for r in of]) for of in (first, late))
    lighter = sum(a.near.mean() > b.near.mean() for a, b in zip(early, late, strict=True))
    return [
        *(name, f"{starts.min():.2g} to {starts.max():.2g}"),
        f"{plateaus.min():.2g} to {plateaus.max():.2g}",
        f"{(plateaus / starts).min():,.1f} to {(plateaus / starts).max():,.1f}",
        *(half_of_plateau(runs, plateaus), spread(first, "near"), spread(early, "near")),
        *(spread(late, "near"), f"{lighter} of {len(runs)}"),
        *(spread(early, "near_of_five"), spread(late, "near_of_five")),
    ]


def half_of_plateau(runs: Sequence[Sequence[wire.Record]], plateaus: Array) -> str:
    """The first step of three records in a row whose maximum is half of the plateau or more."""
    steps = []
    for records, plateau in zip(runs, plateaus, strict=True):
        high = reach(records).maximum >= plateau / 2
        at = np.flatnonzero(high[:-2] & high[1:-1] & high[2:])
        steps.append(records[at[0]].step if len(at) else records[-1].step)
    return f"{min(steps):,} to {max(steps):,}"
