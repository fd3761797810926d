"""When to record, and what recording has cost so far."""

from __future__ import annotations

import operator
import time
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import SupportsIndex

from rnnbow_plugin.errors import RnnbowError


@dataclass
class Statistics:
    """What a recorder has written and spent; see `Recorder.stats`."""

    records: int = 0
    bytes: int = 0
    seconds: float = 0.0  # wall time for which the training waited, in `step` and for its hooks
    in_passes: float = 0.0  # the part of it that forward and backward passes took longer
    elapsed: float = 0.0  # since the first call of `step`, wall time

    @property
    def share(self) -> float:
        """Its part of the wall time since the first call of `step`, 0 to 1."""
        return self.seconds / self.elapsed if self.elapsed > 0 else 0.0


class Schedule:
    """Decides, at the end of each call of `step`, whether the next one records.

    With `every`, calls 0, every, 2 * every, ... record. With `budget`, a call records when the
    time spent so far plus that of one more record, as long as the slowest of the last few, stays
    within `budget` of the wall time that will have passed by then, and never two calls in a row.
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
        self._recent: deque[float] = deque(maxlen=4)
        # Seconds from one call to the next, where that one records and where it does not.
        self._due = True
        self._end: float | None = None  # of the last call
        self._recorded: deque[float] = deque(maxlen=9)
        self._bare: deque[float] = deque(maxlen=31)
        self.statistics = Statistics()

    def begin(self) -> None:
        """A call of `step` begins."""
        self._calls += 1
        now = time.perf_counter()
        if self._start is None:
            self._start = now
        if self._end is not None:
            (self._recorded if self._due else self._bare).append(now - self._end)

    @property
    def calls(self) -> int:
        """Calls of `step` so far, the present one counted."""
        return self._calls

    def spent(self, seconds: float) -> None:
        """The present call recorded, and took this long."""
        in_passes = self._in_passes()
        self.statistics.seconds += seconds + in_passes
        self.statistics.in_passes += in_passes
        self._recent.append(seconds + in_passes)

    def _in_passes(self) -> float:
        """How much longer a step takes with hooks in its passes than without.

        Between two calls there may also be an evaluation or a wait for data, and no clock can tell
        them from hooks: so it is the difference of the medians, 0 until there are a few of each.
        """
        if len(self._recorded) < 3 or len(self._bare) < 3:
            return 0.0
        return max(0.0, median(self._recorded) - median(self._bare))

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
        self._end = time.perf_counter()
        self.statistics.elapsed = self._end - self._start
        self._due = self._decide()
        return self._due

    def _decide(self) -> bool:
        if self._budget is None:
            return self._calls % self._every == 0
        # Never two in a row: what hooks cost is known only beside steps without them.
        if self._due:
            return False
        # The first record of a process pays for allocations that no later one repeats; a second
        # sample comes soon enough, because elapsed time grows.
        next_cost = max(self._recent, default=0.0)
        return self.statistics.seconds + next_cost <= self._budget * self.statistics.elapsed
