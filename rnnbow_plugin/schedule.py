"""When to record, and what recording has cost so far."""

from __future__ import annotations

import operator
import time
from dataclasses import dataclass
from typing import SupportsIndex

from rnnbow_plugin.errors import RnnbowError


@dataclass
class Statistics:
    """What a recorder has written and spent; see `Recorder.stats`."""

    records: int = 0
    bytes: int = 0
    seconds: float = 0.0  # wall time for which the training waited
    elapsed: float = 0.0  # since the first call of `step`, wall time

    @property
    def share(self) -> float:
        """Its part of the wall time since the first call of `step`, 0 to 1."""
        return self.seconds / self.elapsed if self.elapsed > 0 else 0.0


class Schedule:
    """Decides, at the end of each call of `step`, whether the next one records.

    With `every`, calls 0, every, 2 * every, ... record. With `budget`, a call records when the
    time spent so far plus that of one more record, as long as the slowest of the last few, stays
    within `budget` of the wall time that will have passed by then.
    """

    def __init__(self, every: SupportsIndex, budget: float | None) -> None:
        try:
            steps = 0 if isinstance(every, bool) else operator.index(every)
        except TypeError:
            steps = 0
        if steps < 1:
            raise RnnbowError(
                f"every={every!r}; supported is a whole number from 1 on: record every N-th step."
            )
        if budget is not None and not (isinstance(budget, float | int) and 0 < budget < 1):
            raise RnnbowError(
                f"budget={budget!r}; supported is a share of the wall time between 0 and 1, "
                "say 0.01 for one percent, or None."
            )
        self._every, self._budget = steps, budget
        self._calls = 0
        self._start: float | None = None
        self._recent: list[float] = []
        self.statistics = Statistics()

    def begin(self) -> None:
        """A call of `step` begins."""
        self._calls += 1
        if self._start is None:
            self._start = time.perf_counter()

    @property
    def calls(self) -> int:
        """Calls of `step` so far, the present one counted."""
        return self._calls

    def spent(self, seconds: float) -> None:
        """The present call recorded, and took this long."""
        self.statistics.seconds += seconds
        self._recent = [*self._recent[-3:], seconds]

    def waited(self, seconds: float) -> None:
        """The training waited this long, in no call of `step`."""
        self.statistics.seconds += seconds
        if self._start is not None:
            self.statistics.elapsed = time.perf_counter() - self._start

    def written(self, records: int, size: int) -> None:
        """What is in the log by now, in bytes."""
        self.statistics.records, self.statistics.bytes = records, size

    def next_is_due(self) -> bool:
        """Whether the next call of `step` records."""
        assert self._start is not None
        self.statistics.elapsed = time.perf_counter() - self._start
        if self._budget is None:
            return self._calls % self._every == 0
        # The first record of a process pays for allocations that no later one repeats; a second
        # sample comes soon enough, because elapsed time grows.
        next_cost = max(self._recent, default=0.0)
        return self.statistics.seconds + next_cost <= self._budget * self.statistics.elapsed
