"""The index from steps to blob keys, and what it saves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from tensorboard import errors
from tensorboard.data.provider import (
    BlobReference,
    BlobSequenceDatum,
    BlobSequenceTimeSeries,
)

from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.reader import Reader
from tests.backend.conftest import Log
from tests.backend.server import Server

SOURCE = Source(None, "")


@dataclass
class CountingProvider:
    """A data provider with one tag, that counts its calls."""

    blobs: dict[int, bytes]
    calls: Counter[str] = field(default_factory=Counter)
    failure: Callable[[], Exception] | None = None

    def list_blob_sequences(self, *_: Any, **__: Any) -> dict[str, dict[str, Any]]:
        """Steps and times of the last record."""
        self.calls["list"] += 1
        last = max(self.blobs)
        series = BlobSequenceTimeSeries(
            max_step=last,
            max_wall_time=float(last),
            max_length=1,
            plugin_content=b"",
            description="",
            display_name="",
        )
        return {"r": {"t": series}}

    def read_blob_sequences(self, *_: Any, **__: Any) -> dict[str, dict[str, Any]]:
        """Keys of all steps."""
        self.calls["keys"] += 1
        return {
            "r": {
                "t": [
                    BlobSequenceDatum(
                        step=step,
                        wall_time=float(step),
                        values=(BlobReference(blob_key=str(step)),),
                    )
                    for step in self.blobs
                ]
            }
        }

    def read_blob(self, *_: Any, blob_key: str) -> bytes:
        """One blob."""
        self.calls["blob"] += 1
        if self.failure is not None:
            raise self.failure()
        if int(blob_key) not in self.blobs:
            raise errors.NotFoundError(blob_key)
        return self.blobs[int(blob_key)]


def test_a_known_step_costs_one_call() -> None:
    provider = CountingProvider({1: b"one", 2: b"two"})
    reader = Reader(provider)

    assert reader.record(SOURCE, "r", "t", 1) == b"one"
    assert provider.calls == {"list": 1, "keys": 1, "blob": 1}
    assert reader.record(SOURCE, "r", "t", 2) == b"two"
    assert provider.calls == {"list": 1, "keys": 1, "blob": 2}


def test_the_index_is_read_anew_only_when_records_came_in() -> None:
    provider = CountingProvider({1: b"one"})
    reader = Reader(provider)

    assert reader.steps(SOURCE, "r", "t")["steps"] == [1]
    assert reader.steps(SOURCE, "r", "t")["steps"] == [1]
    assert provider.calls == {"list": 2, "keys": 1}
    provider.blobs[2] = b"two"
    assert reader.steps(SOURCE, "r", "t")["steps"] == [1, 2]
    assert reader.record(SOURCE, "r", "t", 2) == b"two"
    assert provider.calls == {"list": 3, "keys": 2, "blob": 1}


def test_a_record_that_sampling_dropped_is_not_found() -> None:
    provider = CountingProvider({1: b"one", 2: b"two"})
    reader = Reader(provider)
    reader.record(SOURCE, "r", "t", 1)
    del provider.blobs[1]
    provider.blobs[3] = b"three"

    with pytest.raises(errors.NotFoundError, match=r"no record of step 1 .* steps 2 to 3"):
        reader.record(SOURCE, "r", "t", 1)


@pytest.mark.parametrize(
    "failure", [lambda: KeyError("r"), lambda: errors.InvalidArgumentError("bad key")]
)
def test_a_key_that_is_refused_is_not_found(failure: Callable[[], Exception]) -> None:
    provider = CountingProvider({1: b"one"}, failure=failure)

    with pytest.raises(errors.NotFoundError):
        Reader(provider).record(SOURCE, "r", "t", 1)


def test_requests_side_by_side_get_their_own_records(server: Server, log: Log) -> None:
    wanted = [step for run, tag, step in log.blobs if (run, tag) == ("lstm", "rnn/l0")][:60]

    def ask(step: int) -> bytes:
        return server.ask("record", {"run": "lstm", "tag": "rnn/l0", "step": step}).body

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(ask, wanted))

    assert replies == [log.blobs["lstm", "rnn/l0", step] for step in wanted]
