"""A process that ends without `close`: its last records are in the log all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing import event_file_loader, io_wrapper
from tensorboard.backend.event_processing.directory_watcher import DirectoryWatcher

from tests.recorder.test_write_queue import PATIENCE, steps_in

TRAINING = """
import atexit, os, signal, sys, threading, torch
from torch import nn
from {module} import SummaryWriter
from rnnbow_plugin import Recorder

def no_more_threads():
    # What Python does from 3.12 on, once the last line of the program has run.
    def refuse(thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")
    threading.Thread.start = refuse

# A shell that starts the tests in its background has them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

def main():
    model = nn.RNN(2, 3)
    writer = SummaryWriter(sys.argv[1])
    recorder = Recorder(model, writer, every=1)
    for step in range(4):
        model(torch.randn(300, 1, 2))[0].sum().backward()
        recorder.step(step)
    {end}
    return recorder

{call}
"""

# How a training ends: the last line of it, how it is called, and the exit status.
ENDS = {
    "without close": ("pass", "kept = main()", 0),
    "with everything out of scope": ("pass", "main()", 0),
    "by an exception": ("raise RuntimeError('CUDA out of memory')", "main()", 1),
    "by sys.exit": ("sys.exit(3)", "main()", 3),
    "by Ctrl-C": ("os.kill(os.getpid(), signal.SIGINT)", "main()", -2),
    "with the writer closed": ("writer.close()", "kept = main()", 0),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_process_that_ends_without_close_leaves_every_record(end: str, tmp_path: Path) -> None:
    last, call, status = ENDS[end]
    done = run("torch.utils.tensorboard", last, call, tmp_path)

    assert done.returncode == status, done.stderr
    assert steps_in(tmp_path) == [0, 1, 2, 3]


@pytest.mark.parametrize("module", ["torch.utils.tensorboard", "tensorboardX"])
def test_a_closed_writer_that_can_begin_no_file_gets_one_at_the_end(
    module: str, tmp_path: Path
) -> None:
    last = "writer.close(); atexit.register(no_more_threads)"
    done = run(module, last, "kept = main()", tmp_path)

    assert done.stderr == ""
    assert steps_in(tmp_path) == [0, 1, 2, 3]
    assert len(list(tmp_path.glob("*.rnnbow0"))) == 1
    # TensorBoard's own reader goes from file to file in the order of their names.
    tensors = DirectoryWatcher(
        str(tmp_path), event_file_loader.EventFileLoader, io_wrapper.IsTensorFlowEventsFile
    ).Load()
    assert sorted({event.step for event in tensors if event.summary.value}) == [0, 1, 2, 3]


def run(module: str, last: str, call: str, directory: Path) -> subprocess.CompletedProcess[str]:
    script = TRAINING.format(module=module, end=last, call=call)
    return subprocess.run(
        [sys.executable, "-c", script, str(directory)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
