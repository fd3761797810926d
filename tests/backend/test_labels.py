"""The route `labels`, and what it keeps between requests."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard import errors

from rnnbow_plugin import wire
from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.label_reply import describe
from rnnbow_plugin.backend.label_sums import LabelSums
from rnnbow_plugin.backend.labels import Labels, spread
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.backend.step_index import Entry
from tests.backend.conftest import SPACING, STEPS, Log
from tests.backend.label_cases import labelled
from tests.backend.server import Server

SOURCE = Source(None, "")
RUN: dict[str, object] = {"run": "lstm", "tag": "rnn/l0"}


@dataclass
class FakeReader:
    """Records in memory; counts what is read."""

    records: dict[int, bytes] = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)
    read: list[int] = field(default_factory=list)

    def put(self, step: int, *, time: float = 0.0, damaged: bool = False) -> None:
        record = labelled(np.random.default_rng(step), "abc", [4], 0, 4)
        blob = wire.encode(replace(record, step=step), "float32")
        self.records[step] = b"damaged" + blob if damaged else blob
        self.times[step] = time

    def entries(self, *_: object) -> dict[int, Entry]:
        return {step: Entry(str(step), self.times[step]) for step in sorted(self.records)}

    def blob(self, source: Source, run: str, tag: str, entry: Entry) -> bytes:
        step = int(entry.blob_key)
        if not self.records[step]:
            raise errors.NotFoundError("gone")
        self.read.append(step)
        return self.records[step]


def of_steps(steps: list[int]) -> FakeReader:
    reader = FakeReader()
    for step in steps:
        reader.put(step)
    return reader


def labels(reader: FakeReader, seconds: float = 60.0, **more: int) -> Labels:
    return Labels(cast(Reader, reader), slice_seconds=seconds, **more)


def ask(labels: Labels, *bounds: int | None, metric: str | None = "weight") -> dict[str, Any]:
    return labels.reply(SOURCE, "run", "tag", metric, *bounds)


def direct(reader: FakeReader, steps: list[int]) -> dict[str, Any]:
    sums = LabelSums()
    for step in steps:
        sums.add(wire.decode(reader.records[step]))
    return describe(sums, "weight")


def assert_sums(reply: dict[str, Any], expected: dict[str, Any]) -> None:
    assert reply["counts"] == expected["counts"]
    assert reply["sums"] == pytest.approx(expected["sums"], rel=1e-3)


def test_only_what_is_new_is_read() -> None:
    reader = of_steps([0, 10, 20])
    kept = labels(reader)
    assert ask(kept)["summed"] == 3
    reader.put(30)
    reply = ask(kept)

    assert sorted(reader.read) == [0, 10, 20, 30]
    assert (reply["summed"], reply["left"], reply["steps"]) == (4, 0, [0, 30])
    assert_sums(reply, direct(reader, [0, 10, 20, 30]))
    # Another metric is there already.
    assert ask(kept, metric="share")["metric"] == "share"
    assert len(reader.read) == 4


def test_a_record_that_stands_at_another_step_is_left_out_as_damaged() -> None:
    reader = of_steps([0, 10, 20])
    reader.records[20] = reader.records[0]
    reply = ask(labels(reader))

    assert (reply["summed"], reply["damaged"]) == (2, 1)
    assert_sums(reply, direct(reader, [0, 10]))


def test_who_waited_for_another_request_does_not_sum_as_long_again() -> None:
    reader = of_steps([0, 10])
    kept = labels(reader, 0.05)
    while ask(kept)["left"]:
        pass
    reader.put(20)
    with ThreadPoolExecutor(1) as pool:
        with kept._progress(("", "run", "tag", None, None)).lock:
            waiting = pool.submit(ask, kept)
            time.sleep(0.2)
        assert waiting.result()["left"] == 1
    assert ask(kept)["left"] == 0


def test_what_sampling_dropped_since_stays_in_the_sums() -> None:
    reader = of_steps([0, 10, 20])
    kept = labels(reader)
    expected = direct(reader, [0, 10, 20])
    ask(kept)
    del reader.records[10]

    assert_sums(ask(kept), expected)


def test_a_range_holds_its_steps_and_both_ends() -> None:
    reader = of_steps([0, 10, 20, 30])
    kept = labels(reader)

    assert_sums(ask(kept, 10, 20), direct(reader, [10, 20]))
    assert ask(kept, 20)["steps"] == [20, 30]
    assert ask(kept, None, 15)["steps"] == [0, 10]
    nothing = ask(kept, 11, 19)
    assert (nothing["summed"], nothing["left"], nothing["steps"]) == (0, 0, [])
    assert nothing["targets"] == nothing["inputs"] == nothing["lags"] == nothing["sums"] == []


def test_a_run_that_began_anew_is_summed_anew() -> None:
    reader = of_steps([0, 10])
    kept = labels(reader)
    ask(kept)
    reader.put(10, time=5.0)
    reply = ask(kept)

    assert sorted(reader.read) == [0, 0, 10, 10]
    assert reply["summed"] == 2
    assert_sums(reply, direct(reader, [0, 10]))


def test_a_request_ends_in_time_and_the_next_goes_on() -> None:
    reader = of_steps(list(range(0, 1000, 10)))
    kept = labels(reader, seconds=0.0)
    first = ask(kept)

    # What was on its way when the time was over counts, too. It lies all over training.
    assert 0 < first["summed"] < 100
    assert first["summed"] + first["left"] == 100
    assert min(reader.read) < 100
    assert max(reader.read) >= 900
    while (reply := ask(kept))["left"]:
        pass
    assert sorted(reader.read) == list(range(0, 1000, 10))
    assert_sums(reply, direct(reader, reader.read))


def test_damaged_records_are_skipped_counted_and_not_read_again() -> None:
    reader = of_steps([0, 20])
    reader.put(10, damaged=True)
    kept = labels(reader)
    for _ in range(2):
        reply = ask(kept)
        assert (reply["summed"], reply["left"], reply["damaged"]) == (2, 0, 1)
        assert_sums(reply, direct(reader, [0, 20]))
    assert sorted(reader.read) == [0, 10, 20]


def test_what_goes_away_while_it_is_read_is_left_out() -> None:
    reader = of_steps([0, 10])
    reader.records[10] = b""
    reply = ask(labels(reader))
    assert (reply["summed"], reply["left"]) == (1, 1)

    reader.records[0] = b""
    with pytest.raises(errors.NotFoundError, match="gone"):
        ask(labels(reader))


def test_an_unknown_metric_is_not_found() -> None:
    with pytest.raises(errors.NotFoundError, match="no metric 'nope'; found: 'weight', 'hidden'"):
        ask(labels(of_steps([0])), metric="nope")


def test_memory_is_bounded_by_letting_go_of_what_was_used_longest_ago() -> None:
    reader = of_steps([0, 10])
    kept = labels(reader, max_bytes=1)
    ask(kept, 0, 0)
    ask(kept, 10, 10)
    ask(kept, 10, 10)
    assert reader.read == [0, 10]
    ask(kept, 0, 0)
    assert reader.read == [0, 10, 0]


@given(st.integers(0, 300))
def test_every_beginning_of_the_order_is_spread_evenly(count: int) -> None:
    order = spread(range(count))
    assert sorted(order) == list(range(count))
    for first in range(1, count + 1):
        places = sorted(order[:first])
        widest = max(b - a for a, b in zip([0, *places], [*places, count - 1], strict=True))
        assert widest <= 4 * count / first + 1


def test_the_route_sums_what_was_logged(server: Server, log: Log) -> None:
    bounds = {"first": 16, "last": 16 * 40}
    reply: dict[str, Any] = {"left": 1}
    while reply["left"]:
        reply = server.ask("labels", {**RUN, "metric": "hidden", **bounds}).json()
    sums = LabelSums()
    for step in range(16, 16 * 40 + 1, SPACING):
        sums.add(wire.decode(log.blobs["lstm", "rnn/l0", step]))
    expected = describe(sums, "hidden")

    assert (reply["summed"], reply["damaged"], reply["steps"]) == (40, 0, [16, 640])
    assert_sums(reply, expected)
    assert {each["label"] for each in reply["targets"]} == set("abcde")


def test_the_route_sums_all_records_without_bounds(server: Server) -> None:
    reply: dict[str, Any] = {"left": 1}
    while reply["left"]:
        reply = server.ask("labels", RUN).json()
    assert (reply["summed"], reply["metric"]) == (STEPS, "weight")
    head = server.ask("labels", RUN, method="HEAD")
    assert (head.status, head.body) == (200, b"")


def test_the_route_skips_what_is_no_record(server: Server) -> None:
    reply = server.ask("labels", {"run": "damaged", "tag": "not a record"}).json()
    assert (reply["summed"], reply["left"], reply["damaged"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"run": "lstm"}, 400, "'tag' is missing"),
        ({**RUN, "first": "x"}, 400, "first='x' is not a whole number"),
        ({**RUN, "last": "1.5"}, 400, "last='1.5' is not a whole number"),
        ({**RUN, "run": "nope"}, 404, "'nope'"),
        (
            {**RUN, "metric": "nope"},
            404,
            "no metric 'nope'; found: 'weight', 'hidden', 'cell', 'share'",
        ),
    ],
)
def test_the_route_says_what_is_wrong(
    query: dict[str, object], status: int, says: str, server: Server
) -> None:
    reply = server.ask("labels", query)
    assert reply.status == status
    assert says in reply.text
