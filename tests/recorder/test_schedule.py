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


def steps_recorded(
    schedule: Schedule, clock: Clock, *, count: int, cost: float, hooks: float = 0.0
) -> list[int]:
    """Which of `count` steps of one second each record, at `cost` seconds a record.

    A pass that is recorded takes `hooks` seconds longer, and every 50th an evaluation longer.
    """
    recorded, due = [], True
    for step in range(count):
        schedule.begin()
        if due:
            clock.now += cost
            schedule.spent(cost)
            recorded.append(step)
        due = schedule.next_is_due()
        clock.now += 1 + (hooks if due else 0) + (60 if hooks and step % 50 == 49 else 0)
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
    assert len(recorded) >= 0.8 * min(150, budget * elapsed / cost) - 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hooks=st.floats(0.01, 2), cost=st.floats(0.001, 2), every=st.integers(2, 20))
def test_what_hooks_cost_in_the_passes_is_counted(
    hooks: float, cost: float, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An evaluation now and then between two steps is not."""
    with monkeypatch.context() as patched:
        schedule = Schedule(every, None)
        recorded = steps_recorded(schedule, Clock(patched), count=300, cost=cost, hooks=hooks)
    statistics = schedule.statistics
    assert statistics.seconds == pytest.approx(len(recorded) * cost + statistics.in_passes)
    # All but those before there were a few to compare.
    assert (len(recorded) - 4) * hooks <= statistics.in_passes + 1e-6
    assert statistics.in_passes <= len(recorded) * hooks + 1e-6


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hooks=st.floats(0.01, 2), budget=st.floats(0.01, 0.3))
def test_a_budget_bounds_hooks_and_records_together(
    hooks: float, budget: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        schedule, clock = Schedule(100, budget), Clock(patched)
        began = clock.now
        recorded = steps_recorded(schedule, clock, count=1000, cost=0.05, hooks=hooks)
        elapsed = clock.now - began
    really = len(recorded) * (0.05 + hooks)
    # The first few come before their hooks can be told; each of them once.
    assert really <= budget * elapsed + 5 * (0.05 + hooks)


def test_every_step_recorded_leaves_nothing_to_compare_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedule = Schedule(1, None)
    steps_recorded(schedule, Clock(monkeypatch), count=20, cost=0.1, hooks=0.5)
    assert schedule.statistics.in_passes == 0
