"""Who writes into a run: one recorder a tag, one process a run, and what comes after a writer."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import tensorboardX
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, RnnbowError, RnnbowWarning
from tests.recorder.logs import records

OTHER_PROCESS = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def record(recorder: Recorder, model: nn.RNN, step: int) -> None:
    model(torch.ones(5, 1, 2))[0].sum().backward()
    recorder.step(step)


def test_the_second_recorder_of_a_tag_is_refused_until_the_first_is_closed(tmp_path: Path) -> None:
    model = nn.RNN(2, 3)
    # Also by another writer of the same folder.
    with SummaryWriter(str(tmp_path)) as writer, SummaryWriter(str(tmp_path)) as other:
        first = Recorder(model, writer, every=1)
        record(first, model, 0)
        second = Recorder(model, other, every=1)
        with pytest.raises(RnnbowError, match="another Recorder writes 'rnn/l0' into this run"):
            record(second, model, 1)
        first.close()
        record(second, model, 2)
        second.close()
    assert [step for _, step in records(tmp_path)] == [0, 2]


def test_a_recorder_that_was_dropped_holds_nothing_back(tmp_path: Path) -> None:
    model = nn.RNN(2, 3)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder = Recorder(model, writer)
        record(recorder, model, 0)
        del recorder
        with Recorder(model, writer) as recorder:
            record(recorder, model, 1)
    assert [step for _, step in records(tmp_path)] == [0, 1]


def test_what_another_process_records_into_is_left_alone_and_said_once(tmp_path: Path) -> None:
    model = nn.RNN(2, 3)
    with SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer, every=1) as recorder:
        command = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path)]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, **pipes) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            with pytest.warns(RnnbowWarning, match="another process records into") as said:
                for step in range(3):
                    record(recorder, model, step)
            other.kill()  # which leaves no lock
        record(recorder, model, 3)
    assert len(said) == 1
    assert [step for _, step in records(tmp_path)] == [3]


def test_a_tensorboardx_writer_closed_within_the_second_keeps_its_file(tmp_path: Path) -> None:
    model = nn.RNN(2, 3)
    while time.time() % 1 > 0.5:
        time.sleep(0.01)
    writer = tensorboardX.SummaryWriter(str(tmp_path))
    recorder = Recorder(model, writer, every=1)
    record(recorder, model, 0)
    writer.close()
    record(recorder, model, 1)
    recorder.close()
    assert sorted(step for _, step in records(tmp_path)) == [0, 1]


def test_after_flush_a_tensorboardx_writer_has_all_on_disk(tmp_path: Path) -> None:
    model = nn.RNN(2, 3)
    with tensorboardX.SummaryWriter(str(tmp_path)) as writer, Recorder(model, writer) as recorder:
        record(recorder, model, 0)
        recorder.flush()
        assert len(records(tmp_path)) == 1
