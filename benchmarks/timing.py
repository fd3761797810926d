"""Times that can be compared: everything is run in turn, in one process, again and again.

A machine with other work on it is slower for a while, and then faster again. What runs side by side
is slowed down alike, so that the ratio of a pair says more than the ratio of two medians.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from .row import Row

LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Times:
    """Seconds of several things, round by round; `by_name[a][i]` ran beside `by_name[b][i]`."""

    by_name: Mapping[str, Sequence[float]]

    def seconds(self, name: str) -> float:
        """The median."""
        return median(self.by_name[name])

    def row(
        self,
        group: str,
        name: str,
        what: str,
        bar: float | None = None,
        *,
        note: str = "",
        column: str = "",
    ) -> Row:
        """The milliseconds of `what`."""
        each = [1e3 * seconds for seconds in self.by_name[what]]
        low, high = spread(each)
        return Row(group, name, median(each), "ms", low, high, bar, note=note, column=column)

    def ratio(
        self,
        group: str,
        name: str,
        above: str,
        below: str,
        bar: float | None = None,
        *,
        at_least: bool = False,
        scale: float = 1.0,
        note: str = "",
        column: str = "",
    ) -> Row:
        """How many times as long `above` takes as `below`: the median over the rounds.

        Args:
            scale: from the part of `above` that was timed to all of it.
        """
        pairs = zip(self.by_name[above], self.by_name[below], strict=True)
        each = [scale * a / b for a, b in pairs]
        low, high = spread(each)
        return Row(group, name, median(each), "x", low, high, bar, at_least, note, column)


def interleaved(
    work: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    warm_up: int = 1,
    seconds: float = math.inf,
) -> Times:
    """Run everything in turn, `rounds` times, each round in the other order than the one before.

    Args:
        work: by name.
        rounds: at most; odd, so that medians are measured ones.
        warm_up: rounds before, that do not count.
        seconds: after which there are no more rounds, once there were three, and an odd number.
    """
    found: dict[str, list[float]] = {name: [] for name in work}
    end = time.perf_counter() + seconds
    for number in range(-warm_up, rounds):
        if number >= LEAST_ROUNDS and number % 2 and time.perf_counter() > end:
            break
        for name, call in list(work.items())[:: 1 if number % 2 else -1]:
            start = time.perf_counter()
            call()
            passed = time.perf_counter() - start
            if number >= 0:
                found[name].append(passed)
    return Times(found)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The quartiles."""
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high
