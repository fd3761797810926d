"""One log directory, and a TensorBoard with each loader over it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from rnnbow_plugin import wire
from tests.backend.events import START, RunWriter, small_record
from tests.backend.server import LOADERS, Server, tensorboard

STEPS = 300
SPACING = 16
HOSTILE_RUN = "a b/<script>alert(1)</script>&?=#%41;é日本"
# TensorBoard's fast loader cannot read back its own keys of blobs under these.
ESCAPED_TAGS = ('"quoted"/l0', "back\\slash/l0", "new\nline/l0")
HOSTILE_TAGS = (
    "../../etc/passwd",
    "<img src=x onerror=alert(1)>/l0",
    "a b&run=lstm?#%2F;ü/l0",
    "🌈/l0",
    "",
)


@dataclass
class Log:
    """What was written, to compare replies with."""

    logdir: Path
    blobs: dict[tuple[str, str, int], bytes] = field(default_factory=dict)


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Runs of every kind: long, with odd names, restarted, damaged, of varying lags, without."""
    log = Log(tmp_path_factory.mktemp("logs"))
    _long_run(log)
    _hostile_run(log)
    with RunWriter(log.logdir, "varying") as run:
        for step, (length, first_lag) in enumerate([(3, -2), (6, 0), (8, -7), (4, 0)]):
            run.record("gru/l0", step, small_record(step, length=length, first_lag=first_lag))
    with RunWriter(log.logdir, "custom") as run:
        for step in (0, 10):
            record = small_record(step, first_lag=-2, cell="custom")
            log.blobs["custom", "encoder/l0", step] = run.record("encoder/l0", step, record)
    with RunWriter(log.logdir, "restarted") as run:
        for number, step in enumerate([0, 10, 20, 25, 10, 20, 30]):
            wall_time = START + number
            record = small_record(1000 * number)
            log.blobs["restarted", f"write {number}", step] = run.record(
                "rnn/l0", step, record, wall_time=wall_time
            )
            run.scalar("loss", step, number, wall_time)
    _damaged_run(log)
    with RunWriter(log.logdir, "scalars only") as run:
        run.scalar("loss", 0, 1.0)
    return log


def _long_run(log: Log) -> None:
    wall_times = [START, START + 1.5, START + 3.1]
    with RunWriter(log.logdir, "lstm") as run:
        for number in range(STEPS):
            step = number * SPACING
            wall_time = wall_times[number] if number < 3 else START + number
            blob = run.record("rnn/l0", step, wall_time=wall_time)
            log.blobs["lstm", "rnn/l0", step] = blob
            run.scalar("rnnbow/rnn/l0/effective_horizon", step, 3.0)
            run.scalar("rnnbow/rnn/l0/maximum", step, 100.0 + step)
        for step, value in enumerate([4.61, 4.55, math.nan, math.inf, -math.inf, 4.0]):
            run.scalar("loss/train", step, value)


def _hostile_run(log: Log) -> None:
    with RunWriter(log.logdir, HOSTILE_RUN) as run:
        for tag in HOSTILE_TAGS + ESCAPED_TAGS:
            log.blobs[HOSTILE_RUN, tag, 7] = run.record(tag, 7)


def _damaged_run(log: Log) -> None:
    record = small_record(0)
    layout, vector = wire.overview_metadata(record), wire.overview_vector(record)
    spoilt = vector.copy()
    spoilt[0] = 1e30
    with RunWriter(log.logdir, "damaged") as run:
        run.record("rnn/l0", 0, content=b"\xff\xff\xff")
        run.vector("rnn/l0", 1, vector[:-1], layout, START)
        run.vector("rnn/l0", 2, spoilt, layout, START)
        run.vector("rnn/l0", 3, np.zeros(0, np.float32), layout, START)
        run.record("rnn/l0", 4)
        run.vector("no layout", 0, vector, b"\xff\xff\xff", START)
        run.vector("empty layout", 0, vector, b"", START)
        run.blobs("not a record", 3, [b"\xff not a record"], b"", START)
        run.record("no time", 0, wall_time=math.inf)


@pytest.fixture(scope="session", params=LOADERS)
def server(request: pytest.FixtureRequest, log: Log) -> Iterator[Server]:
    """TensorBoard over `log`, everything read; once with each loader."""
    with tensorboard(log.logdir, request.param) as server:
        server.wait("all of the log", lambda: _is_read(server))
        yield server


def _is_read(server: Server) -> bool:
    found = server.ask("tags").json()["runs"]
    if not {"lstm", HOSTILE_RUN, "varying", "custom", "restarted", "damaged"} <= set(found):
        return False
    steps = server.ask("steps", {"run": "lstm", "tag": "rnn/l0"}).json()["steps"]
    loss = server.ask("scalars", {"run": "lstm", "tag": "loss/train"})
    return len(steps) == STEPS and loss.status == 200 and len(loss.json()["steps"]) == 6
