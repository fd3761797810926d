"""Answers that are asked after: what is sent, and what the asking must not change."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from tensorboard import errors

from rnnbow_plugin.backend.prompt import Prompt


class Provider:
    """Holds its answer back until it is asked something else, so often."""

    def __init__(self, until: int = 0, metadata: Exception | None = None) -> None:
        self.until, self.metadata = until, metadata
        self.asked: list[str] = []
        self.answer = Event()
        self.after = Event()

    def experiment_metadata(self, context: Any, *, experiment_id: str) -> None:
        self.asked.append(f"{context} {experiment_id}")
        self.after.set()
        if len(self.asked) >= self.until:
            self.answer.set()
        if self.metadata:
            raise self.metadata

    def read_blob(self, context: Any, *, blob_key: str) -> bytes:
        assert self.until == 0 or self.answer.wait(10)
        return f"{context} {blob_key}".encode()

    def read_tensors(self, context: Any, *, experiment_id: str, downsample: int) -> int:
        assert self.answer.wait(10)
        raise errors.NotFoundError(experiment_id)


def test_an_answer_that_is_held_back_is_asked_after() -> None:
    provider = Provider(until=3)
    assert Prompt(provider).read_blob("context", blob_key="key") == b"context key"
    assert provider.asked[:3] == ["context "] * 3


def test_its_error_is_that_of_what_was_asked_for() -> None:
    provider = Provider(until=1)
    with pytest.raises(errors.NotFoundError, match="mine"):
        Prompt(provider).read_tensors("context", experiment_id="mine", downsample=1)
    assert set(provider.asked) == {"context mine"}


def test_that_asking_after_it_fails_is_nobodys_concern() -> None:
    provider = Provider(until=1, metadata=RuntimeError("no"))
    assert Prompt(provider).read_blob("context", blob_key="key") == b"context key"
    assert len(provider.asked) == 1


def test_nobody_asks_any_more_once_it_is_there() -> None:
    provider = Provider(until=2)
    Prompt(provider).read_blob("context", blob_key="key")
    provider.after.clear()
    # The question that was on its way, and none after it.
    provider.after.wait(0.05)
    assert len(provider.asked) <= 3


def test_one_asks_for_all() -> None:
    provider = Provider(until=5)
    prompt = Prompt(provider)
    before = threading.active_count()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(prompt.read_blob, "context", blob_key=str(i)) for i in range(8)]
        provider.after.wait(10)
        assert threading.active_count() - before <= 8 + 1
        assert [one.result() for one in waiting] == [f"context {i}".encode() for i in range(8)]
    # And again, once all of them are there.
    provider.answer.clear()
    provider.asked.clear()
    assert prompt.read_blob("later", blob_key="key") == b"later key"
    assert provider.asked[:5] == ["later "] * 5
