"""SIGKILL at random moments of a training that writes fast: what is in the log afterwards."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnbow_plugin import Recorder, wire
from tests.backend.server import LOADERS, Server, tensorboard
from tests.recorder.logs import records

from .children import CONTEXT
from .row import Row
from .trainings import LONG, SHORT, TAG, WRITERS, batch, new_model

TRIALS = 100
# Steps from one flush to the next, and what may be lost since: all of these, or what waits in the
# queues of recorder and writer.
FLUSH_EVERY = 5
# A training is killed behind a step up to this one, and within these seconds: some three steps.
LAST = 24
WITHIN = 0.05


@dataclass
class Killed:
    """How far a training came: its last step, and the last one before a flush; -1 for none."""

    run: str
    stepped: int = -1
    flushed: int = -1


def rows(seed: int, share: float) -> list[Row]:
    """A row for each of the writers and loaders, and one of the files themselves."""
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        logdir = Path(folder)
        trials = max(2, round(TRIALS * share))
        kinds = [list(WRITERS)[n % len(WRITERS)] for n in range(trials)]
        killed = [kill(logdir / f"{kind}{n}", kind, chance) for n, kind in enumerate(kinds)]
        found = [_files(logdir, killed)]
        for loader in LOADERS:
            with tensorboard(logdir, loader) as server:
                found.append(_served(server, killed))
    return found


def kill(directory: Path, kind: str, chance: random.Random) -> Killed:
    """Start a training, and kill it in the midst of it."""
    here, there = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_train, args=(directory, kind, there), daemon=True)
    child.start()
    there.close()
    trial = Killed(directory.name)
    last = chance.randint(0, LAST)
    with suppress(EOFError, OSError):
        while True:
            what, step = here.recv()
            setattr(trial, what, step)
            if trial.stepped == last and child.is_alive():
                time.sleep(chance.uniform(0, WITHIN))
                child.kill()
                child.join()
    return trial


def _train(directory: Path, kind: str, pipe: Connection) -> None:
    model, writer = new_model(), WRITERS[kind](str(directory))
    recorder = Recorder(model, writer, every=1)
    for step in count():
        x, y = batch(step, LONG if step % 4 == 3 else SHORT)
        model.loss(x, y).backward()
        recorder.step(step, inputs=x, targets=y)
        pipe.send(("stepped", step))
        if step % FLUSH_EVERY == FLUSH_EVERY - 1:
            recorder.flush()
            pipe.send(("flushed", step))


def _files(logdir: Path, killed: list[Killed]) -> Row:
    """What the event files hold: whole records, from the first step on."""
    lost, broken, steps = [], 0, 0
    for trial in killed:
        found = [step for _, step in records(logdir / trial.run)]
        steps += len(found)
        broken += found != list(range(len(found))) or len(found) <= trial.flushed
        lost.append(trial.stepped + 1 - len(found))
    tried = f"SIGKILL in the first {LAST + 3} steps of a training that records each of them"
    flushed = sum(trial.flushed + 1 for trial in killed)
    mean = sum(lost) / len(lost)
    happened = (
        f"{flushed:,} records flushed, {steps:,} on disk, all whole; {broken} runs lack a record "
        f"from before their last flush; lost since then: {mean:.1f} on average, at most {max(lost)}"
    )
    return Row(tried, len(killed), happened, broken == 0 and max(lost) <= 8 + 20)


def _served(server: Server, killed: list[Killed]) -> Row:
    """What TensorBoard makes of them."""
    missing = {trial.run: trial for trial in killed if trial.flushed >= 0}

    def all_there() -> bool:
        for trial in list(missing.values()):
            if len(server.steps(trial.run, TAG)) > trial.flushed:
                del missing[trial.run]
        return not missing

    with suppress(AssertionError):
        server.wait("what was flushed", all_there)
    bad = 0
    for trial in killed:
        found = server.steps(trial.run, TAG)
        bad += found != list(range(len(found)))
        if found:
            reply = server.ask("record", {"run": trial.run, "tag": TAG, "step": found[-1]})
            bad += wire.decode(reply.body).step != found[-1]
    tried = f"reading them, {server.loader} loader"
    happened = f"{len(missing)} runs lack a flushed record, {bad} have a gap or a damaged record"
    return Row(tried, len(killed), happened, not missing and bad == 0)
