"""Times that can be compared: everything is run in turn, in one process, again and again.

A machine with other work on it is slower for a while, and then faster again. What runs side by side
is slowed down alike, so that the ratio of a pair says more than the ratio of two medians.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from .row import Row


@dataclass(frozen=True)
class Times:
    """Seconds of several things, round by round; `by_name[a][i]` ran beside `by_name[b][i]`."""

    by_name: Mapping[str, Sequence[float]]

    def seconds(self, name: str) -> float:
        """The median."""
        return median(self.by_name[name])

    def row(
        self, group: str, name: str, what: str, bar: float | None = None, note: str = ""
    ) -> Row:
        """The milliseconds of `what`."""
        each = [1e3 * seconds for seconds in self.by_name[what]]
        low, high = spread(each)
        return Row(group, name, median(each), "ms", low, high, bar, note=note)

    def ratio(
        self,
        group: str,
        name: str,
        above: str,
        below: str,
        bar: float | None = None,
        *,
        at_least: bool = False,
        note: str = "",
    ) -> Row:
        """How many times as long `above` takes as `below`: the median over the rounds."""
        each = [a / b for a, b in zip(self.by_name[above], self.by_name[below], strict=True)]
        low, high = spread(each)
        return Row(group, name, median(each), "x", low, high, bar, at_least, note)


def interleaved(
    work: Mapping[str, Callable[[], object]], *, rounds: int, warm_up: int = 1
) -> Times:
    """Run everything in turn, `rounds` times, each round in the other order than the one before.

    Args:
        work: by name.
        rounds: odd, so that medians are measured ones.
        warm_up: rounds before, that do not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for number in range(-warm_up, rounds):
        for name, call in list(work.items())[:: 1 if number % 2 else -1]:
            start = time.perf_counter()
            call()
            passed = time.perf_counter() - start
            if number >= 0:
                seconds[name].append(passed)
    return Times(seconds)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The quartiles."""
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high
