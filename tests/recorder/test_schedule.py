"""When to record, with a clock of the test's own: no machine is slow or fast here."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnbow_plugin.schedule import Schedule


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)


def steps_recorded(schedule: Schedule, clock: Clock, *, count: int, cost: float) -> list[int]:
    """Which of `count` steps of one second each record, at `cost` seconds a record."""
    recorded, due = [], True
    for step in range(count):
        schedule.begin()
        if due:
            clock.now += cost
            schedule.spent(cost)
            recorded.append(step)
        due = schedule.next_is_due()
        clock.now += 1
    return recorded


def test_every_nth_step_from_the_first_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    assert steps_recorded(Schedule(4, None), clock, count=10, cost=0.1) == [0, 4, 8]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(budget=st.floats(0.005, 0.5), cost=st.floats(0.001, 5))
def test_a_budget_bounds_the_share_of_time(
    budget: float, cost: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first record, which comes before there is a time to compare with."""
    with monkeypatch.context() as patched:
        schedule = Schedule(100, budget)
        recorded = steps_recorded(schedule, Clock(patched), count=300, cost=cost)
    spent, elapsed = schedule.statistics.seconds, schedule.statistics.elapsed
    assert recorded[0] == 0
    assert schedule.statistics.share == spent / elapsed
    assert len(recorded) == 1 or spent <= budget * elapsed + 1e-9
    # Nor is it miserly: it records most of what would fit.
    assert len(recorded) >= 0.8 * min(300, budget * elapsed / cost) - 3
