"""Writing beside the training: nothing is lost, whatever comes first, and nothing comes twice."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
import tensorboardX
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from rnnbow_plugin import Recorder, RnnbowError, RnnbowWarning
from rnnbow_plugin.summary import Entry, prepare
from rnnbow_plugin.wire import Values
from rnnbow_plugin.write_queue import WriteQueue
from tests.recorder.logs import records

PATIENCE = 60.0  # seconds; a test that waits so long has failed
T = 300  # long enough for a record to be written by the thread


class Kept:
    """A writer that keeps the steps it got."""

    def __init__(self) -> None:
        self.steps = list[int]()

    def _get_file_writer(self) -> Kept:
        return self

    def add_summary(self, summary: object, step: int) -> None:
        self.steps.append(step)


class Gated(Entry):
    """An event that the thread cannot encode before the gate of all of them is open."""

    gate: ClassVar[threading.Event]

    def summary(self) -> tuple[Any, int]:
        assert self.gate.wait(PATIENCE), "the gate stayed closed"
        return super().summary()


@pytest.fixture
def gate() -> threading.Event:
    Gated.gate = threading.Event()
    return Gated.gate


def entry(step: int) -> Entry:
    model = nn.RNN(2, 3)
    with rnnbow.capture(model) as captured:
        model(torch.randn(5, 1, 2))[0].sum().backward()
    made = prepare(captured.itemize()["rnn/l0"], step)
    return Gated(made.tag, made.record, made.draft)


def train(recorder: Recorder, model: nn.RNN, steps: range, length: int = T) -> None:
    for step in steps:
        model(torch.randn(length, 1, 2))[0].sum().backward()
        recorder.step(step)


def steps_in(directory: Path) -> list[int]:
    return [step for _, step in records(directory)]


@pytest.mark.parametrize("make", [SummaryWriter, tensorboardX.SummaryWriter])
def test_a_writer_that_is_closed_first_gets_them_all(
    make: Callable[[str], Any], tmp_path: Path
) -> None:
    model, writer = nn.RNN(2, 3), make(str(tmp_path))
    recorder = Recorder(model, writer, every=1)
    train(recorder, model, range(4))
    writer.close()
    # tensorboardX names its files by the second: within one, it would begin the same file anew.
    for file in tmp_path.iterdir():
        file.rename(tmp_path / "events.first")
    recorder.close()
    writer.close()

    assert sorted(steps_in(tmp_path)) == [0, 1, 2, 3]
    assert recorder.stats.records == 4


def test_after_flush_all_of_it_is_on_disk(tmp_path: Path) -> None:
    model = nn.RNN(2, 3)
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, every=1) as recorder:
        train(recorder, model, range(3))
        recorder.flush()

        found = records(tmp_path)
        assert [step for _, step in found] == [0, 1, 2]
        assert recorder.stats.records == 3
        assert recorder.stats.bytes > 3 * 10_000
        train(recorder, model, range(3, 5))
    assert steps_in(tmp_path) == [0, 1, 2, 3, 4]


def test_what_training_changes_afterwards_is_not_in_the_record(tmp_path: Path) -> None:
    model, x, loss = nn.RNN(2, 3), torch.ones(T, 1, 2), torch.ones(T, 1)
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer) as recorder:
        got = recorder._queue
        assert got is not None
        with got._changed:  # so that the thread cannot write yet
            model(x)[0].sum().backward()
            recorder.step(0, inputs=x, predictions=x, loss=loss)
            for tensor in (x, loss, *model.parameters()):
                tensor.data.zero_()
    (record,) = records(tmp_path).values()
    (sequence,) = record.sequences
    for series in (sequence.inputs, sequence.predictions):
        assert isinstance(series, Values)
        assert (series.values == 1).all()
    assert sequence.losses is not None
    assert sequence.losses.tolist() == [1.0] * T
    assert sequence.items[0].max() > 0


def test_a_full_queue_makes_the_training_wait(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Kept()
    queue = WriteQueue(writer, max_entries=2, small=0)
    wait = queue._changed.wait

    def waiting() -> bool:
        gate.set()  # opened by the wait alone: were there none, nothing would be written
        return wait()

    monkeypatch.setattr(queue._changed, "wait", waiting)
    for step in range(5):
        queue.put(entry(step))
        assert len(queue._waiting) <= 2
    queue.drain()

    assert writer.steps == [0, 1, 2, 3, 4]
    assert queue.problems() == []


def test_memory_bounds_the_queue_too_but_never_stops_it(gate: threading.Event) -> None:
    queue = WriteQueue(Kept(), max_bytes=1, small=0)
    queue.put(entry(0))

    assert queue._is_full(entry(1))
    gate.set()
    queue.put(entry(1))
    queue.drain()
    assert queue.records == 2


def test_an_interrupt_while_the_queue_is_full_loses_nothing(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Kept()
    queue = WriteQueue(writer, max_entries=1, small=0)
    queue.put(entry(0))

    def interrupted() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(queue._changed, "wait", interrupted)
        queue.put(entry(1))
    gate.set()
    queue.drain()

    assert writer.steps == [0, 1]


def test_what_fails_in_the_thread_costs_that_record_alone(gate: threading.Event) -> None:
    class Broken(Entry):
        def summary(self) -> tuple[Any, int]:
            raise MemoryError("no memory left")

    gate.set()
    writer, made = Kept(), entry(1)
    queue = WriteQueue(writer, small=0)
    for one in (entry(0), Broken(made.tag, made.record, made.draft), entry(2)):
        queue.put(one)
    queue.drain()

    assert writer.steps == [0, 2]
    assert [str(problem) for problem in queue.problems()] == ["no memory left"]
    assert queue.problems() == []


def test_an_error_of_the_writer_is_one_warning_of_the_recorder(tmp_path: Path) -> None:
    full = threading.Event()

    class Disk(SummaryWriter):
        def _get_file_writer(self) -> Any:
            if full.is_set():
                raise OSError(28, "No space left on device")
            return super()._get_file_writer()  # type: ignore[no-untyped-call]

    model = nn.RNN(2, 3)
    with Disk(str(tmp_path)) as writer:
        recorder = Recorder(model, writer, every=1)
        train(recorder, model, range(1))
        recorder.flush()
        full.set()
        with pytest.warns(RnnbowWarning, match="No space left on device") as said:
            train(recorder, model, range(1, 4))
            recorder.flush()
        full.clear()
        train(recorder, model, range(4, 5))
        recorder.close()

    assert len(said) == 1
    assert said[0].filename == __file__
    assert steps_in(tmp_path) == [0, 4]
    assert recorder.stats.records == 2


def test_the_first_call_still_raises(tmp_path: Path) -> None:
    model = nn.RNN(2, 3)
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer) as recorder:
        model(torch.randn(T, 1, 2))[0].sum().backward()
        with pytest.raises(RnnbowError, match="targets has shape"):
            recorder.step(0, targets=torch.zeros(1, T + 1, dtype=torch.int64))
    assert steps_in(tmp_path) == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_writes_its_own_and_not_what_waits(gate: threading.Event) -> None:
    writer = Kept()
    queue = WriteQueue(writer, small=0)
    own = entry(10)
    for step in range(3):
        queue.put(entry(step))
    child = os.fork()
    if child == 0:  # nothing may escape from here into the run of the tests
        status = 1
        try:
            queue.drain()  # nothing is here to be waited for
            Gated.gate = threading.Event()
            Gated.gate.set()
            queue.put(own)
            queue.drain()
            status = 0 if writer.steps == [10] and queue.problems() == [] else 2
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    gate.set()
    queue.drain()

    assert os.waitstatus_to_exitcode(status) == 0
    assert writer.steps == [0, 1, 2]


def test_a_recorder_that_is_dropped_is_gone_and_its_records_are_written(tmp_path: Path) -> None:
    model, writer = nn.RNN(2, 3), SummaryWriter(str(tmp_path))
    recorder = Recorder(model, writer, every=2)
    train(recorder, model, range(3))
    gone = weakref.ref(recorder)
    del recorder
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "rnnbow-writer":
            thread.join(PATIENCE)

    assert gone() is None
    assert steps_in(tmp_path) == [0, 2]  # and nobody has flushed the writer
    writer.close()


def test_small_records_need_no_thread_and_others_can_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start(thread: threading.Thread) -> None:
        started.append(thread.name)
        raise RuntimeError("can't start new thread")

    model = nn.RNN(2, 3)
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, every=1) as recorder:
        monkeypatch.setattr(threading.Thread, "start", start)
        train(recorder, model, range(2), length=50)
        assert started == []
        train(recorder, model, range(2, 4))
        assert started == ["rnnbow-writer"] * 2
        monkeypatch.undo()
    assert steps_in(tmp_path) == [0, 1, 2, 3]
