"""What is kept of a tag until it changes, and what that saves."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from rnnbow_plugin import wire
from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.kept import Kept
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from tests.backend.events import small_record

SOURCE = Source(None, "")
ONE, TWO, THREE = (("e", "r", tag) for tag in ("one", "two", "three"))


def lists(most: int) -> Kept[list[int]]:
    return Kept(most, len)


def test_holds_what_is_of_a_state() -> None:
    kept = lists(9)
    kept.put(ONE, (1, 1.0), [1])

    assert kept.get(ONE) == [1]
    assert kept.get(ONE, (1, 1.0)) == [1]
    assert kept.get(ONE, (2, 1.0)) is None
    assert kept.get(TWO) is None
    assert kept.get(("other", "r", "one")) is None


def test_drops_what_was_used_longest_ago() -> None:
    kept = lists(4)
    kept.put(ONE, 1, [1, 2])
    kept.put(TWO, 1, [1, 2])
    kept.get(ONE)
    kept.put(THREE, 1, [1])

    assert kept.get(TWO) is None
    assert kept.get(ONE) is not None
    assert kept.get(THREE) is not None


def test_keeps_what_is_larger_than_all_it_may_keep() -> None:
    kept = lists(2)
    kept.put(ONE, 1, [1])
    kept.put(TWO, 1, [1, 2, 3])

    assert kept.get(ONE) is None
    assert kept.get(TWO) == [1, 2, 3]


def test_who_asks_at_the_same_time_has_it_made_once() -> None:
    kept, made, together = lists(9), Counter[str](), Barrier(4)

    def make() -> list[int]:
        made["made"] += 1
        return [1]

    def ask(_: int) -> list[int]:
        together.wait()
        return kept.get_or_make(ONE, 1, make)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [[1]] * 4
    assert made == {"made": 1}


def test_what_cannot_be_made_is_tried_again() -> None:
    kept = lists(9)

    def fail() -> list[int]:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        kept.get_or_make(ONE, 1, fail)
    assert kept.get_or_make(ONE, 1, lambda: [1]) == [1]


class Vectors:
    """A data provider with the overviews of one tag, that counts its calls."""

    def __init__(self, *steps: int) -> None:
        self.steps = list(steps)
        self.calls: Counter[str] = Counter()

    def list_tensors(self, *_: Any, **__: Any) -> dict[str, dict[str, Any]]:
        self.calls["list"] += 1
        last = max(self.steps)
        content = wire.overview_metadata(small_record(0))
        series = SimpleNamespace(max_step=last, max_wall_time=last, plugin_content=content)
        return {"r": {"t/overview": series}}

    def read_tensors(self, *_: Any, **__: Any) -> dict[str, dict[str, Any]]:
        self.calls["read"] += 1
        points = [
            SimpleNamespace(step=step, numpy=wire.overview_vector(small_record(step)))
            for step in self.steps
        ]
        return {"r": {"t/overview": points}}


def test_overviews_are_read_once_until_records_come_in() -> None:
    provider = Vectors(1, 2)
    reader = Reader(provider)

    def steps() -> list[int]:
        return list(pb.Overview.FromString(reader.overview(SOURCE, "r", "t", "weight")).steps)

    assert steps() == [1, 2]
    assert steps() == [1, 2]
    closer = reader.lags(SOURCE, "r", "t", "share", 9, 2, 3)
    assert list(pb.LagColumns.FromString(closer).first_steps) == [2]
    assert provider.calls == {"list": 3, "read": 1}
    provider.steps.append(3)
    assert steps() == [1, 2, 3]
    assert provider.calls == {"list": 4, "read": 2}
