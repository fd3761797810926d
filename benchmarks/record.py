"""What a record costs the training once its items are there, and whether a budget is kept."""

from __future__ import annotations

import tempfile
import time
import warnings
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import ItemizedGradients, Recorder, RnnbowWarning, capture
from rnnbow_plugin.summary import Entry, prepare
from rnnbow_plugin.write_queue import WriteQueue

from .row import Row
from .timing import Times

GROUP = "record"
BUDGET = 0.01
CLASSES = 90


def rows(quick: bool) -> list[Row]:
    """Building and handing over, at three sizes, and a budget over some seconds of training."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    # 32 sequences are a little more than a record holds, which it says.
    warnings.simplefilter("ignore", RnnbowWarning)
    found = _handed_over("T=100, 1 sequence", 100, 1, 51, time_bar=3.0, size_bar=32.0)
    found += _handed_over("T=1024, 1 sequence", 1024, 1, 5 if quick else 15)
    if not quick:
        found += _handed_over("T=256, 32 sequences", 256, 32, 7)
    found += _budget(4.0 if quick else 15.0)
    torch.set_num_threads(threads)
    return found


def _handed_over(
    sizes: str,
    steps: int,
    sequences: int,
    rounds: int,
    time_bar: float | None = None,
    size_bar: float | None = None,
) -> list[Row]:
    """How long the training waits: with the thread, without it, and as a recorder chooses."""
    items = _items(steps, sequences)
    ids = torch.randint(CLASSES, (items.batch_size, steps))
    given: dict[str, Any] = {
        "inputs": ids,
        "targets": ids,
        "predictions": torch.randn(items.batch_size, steps, CLASSES),
        "labels": [chr(33 + number) for number in range(CLASSES)],
        "loss": 1.0,
    }

    def entry() -> Entry:
        return prepare(items, 0, **given)

    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        queues = {
            "as recorded": WriteQueue(writer),
            "thread": WriteQueue(writer, small=0),
            "in place": WriteQueue(writer, small=2**40),
        }
        waited: dict[str, list[float]] = {name: [] for name in queues}
        for number in range(-2, rounds):
            for name, queue in list(queues.items())[:: 1 if number % 2 else -1]:
                start = time.perf_counter()
                queue.put(entry())
                # What the thread has done is given to the writer by a later step of the training.
                passed = time.perf_counter() - start
                while queue.is_waiting:
                    time.sleep(0.001)
                    start = time.perf_counter()
                    queue.deliver()
                    passed += time.perf_counter() - start
                queue.drain()
                if number >= 0:
                    waited[name].append(passed)
        usual = queues["as recorded"]
        size = usual.bytes / usual.records / 1024
    times = Times(waited)
    return [
        times.row(
            GROUP,
            f"build and queue, {sizes}",
            "as recorded",
            time_bar,
            note="what step() does after itemizing",
        ),
        times.row(GROUP, f"the same, encoded by the thread, {sizes}", "thread"),
        times.row(GROUP, f"the same, encoded in place, {sizes}", "in place"),
        Row(GROUP, f"size, {sizes}", size, "KB", bar=size_bar),
    ]


def _budget(seconds: float) -> list[Row]:
    """The share of a recorder with a budget: in its own words, and what recorded steps take longer.

    The latter holds the hooks inside the forward and backward pass, and all that the thread takes
    from the training's own processor.
    """
    torch.manual_seed(0)
    model = nn.LSTM(32, 128, batch_first=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x = torch.randn(32, 100, 32)
    took: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
        recorder = Recorder(model, writer, budget=BUDGET)
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            began, before = time.perf_counter(), recorder.stats.records
            model(x)[0].square().mean().backward()
            recorder.step(len(took[True]) + len(took[False]))
            optimizer.step()
            optimizer.zero_grad()
            took[recorder.stats.records > before].append(time.perf_counter() - began)
        whole = time.perf_counter() - start
        recorder.close()
        stats = recorder.stats
    # Medians: whatever else the machine does hits a few steps, and would be taken for the recorder.
    measured = len(took[True]) * (median(took[True]) - median(took[False]))
    what = f"budget={BUDGET}, LSTM H=128, T=100, batch 32, {stats.records} records"
    return [
        Row(
            GROUP,
            "share of the time of a recorder with a budget, by the clock",
            100 * measured / whole,
            "%",
            bar=100 * BUDGET,
            note=f"{what}: what its steps take longer",
        ),
        Row(
            GROUP,
            "the same, by recorder.stats",
            100 * stats.share,
            "%",
            bar=100 * BUDGET,
        ),
    ]


def _items(steps: int, sequences: int) -> ItemizedGradients:
    torch.manual_seed(0)
    model = nn.LSTM(32, 128, batch_first=True)
    with capture(model, sequences=sequences) as captured:
        model(torch.randn(max(sequences, 4), steps, 32))[0].square().mean().backward()
    return captured.itemize()["lstm/l0"]
