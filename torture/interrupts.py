"""Ctrl-C at each line of our code while it records: what is left, what is written, what goes on.

The weights stay as they are in these trainings, so that the record of a step is the same whatever
came before it: each record on disk has to be that of a training that nobody interrupted.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, run_log, wire
from rnnbow_plugin.write_queue import SMALL, WriteQueue
from tests.recorder.logs import records

from .children import MUCH, outcome
from .leftovers import Around, left_behind
from .row import Row
from .tracing import Place, lines
from .trainings import INPUTS, batch, warned

STEPS = range(2)
RESUMED = range(2, 4)
LENGTH = 4

Records = dict[tuple[str, int], bytes]


class Layer(nn.Module):
    """Layers in one call."""

    def __init__(self) -> None:
        super().__init__()
        self.core = nn.LSTM(INPUTS, 4, 2, batch_first=True, dropout=0.2)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of its output."""
        return self.core(x)[0].sum()  # type: ignore[no-any-return]


class Loop(nn.Module):
    """A cell in a loop, with a parametrization."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = parametrizations.weight_norm(nn.GRUCell(INPUTS, 4), "weight_hh")

    def forward(self, x: Tensor) -> Tensor:
        """The sum of its states."""
        h, total = x.new_zeros(len(x), 4), x.new_zeros(())
        with torch.nn.utils.parametrize.cached():
            for step in x.unbind(1):
                h = self.cell(step, h * 0.5)
                total = total + h.sum()
        return total


# By name: the model, and the payload up to which a record is written at once, not by the thread.
MODELS: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "two layers with dropout": (Layer, SMALL),
    "a loop over a cell, records by the thread": (Loop, 0),
}


@dataclass
class Came:
    """Of the interrupts of one model: how many there were, and what was wrong after them."""

    places: set[Place]
    tried: int
    wrong: list[str]


def rows(seed: int, share: float) -> list[Row]:
    """A row for each model."""
    found, known = [], set[Place]()
    for name in MODELS:
        came = outcome(interrupted, name, seed, share, known, patience=MUCH)
        known |= came.places
        happened = (
            "; ".join(came.wrong[:5])
            or "close() left nothing behind, training went on, every record on disk is right, one "
            "that is missing afterwards was told of, and the next one is there"
        )
        tried = f"KeyboardInterrupt at lines of our code ({len(came.places):,} of them), {name}"
        found.append(Row(tried, came.tried, happened, not came.wrong))
    return found


def interrupted(name: str, seed: int, share: float, known: set[Place]) -> Came:
    """Interrupt the training of a model: at each line that is not known, in one of its visits."""
    seen = dict[tuple[str, int], Place]()
    train(name, None, lambda place: None)  # imports, and caches

    def note(place: Place) -> None:
        seen[place.file, place.line] = place

    reference = train(name, None, note)
    assert reference.wrong == []
    chance = random.Random(seed)
    places = {place._replace(visit=0) for place in seen.values()} - known
    wanted = [
        place._replace(visit=chance.choice((1, place.visit)))
        for place in seen.values()
        if place._replace(visit=0) in places
    ]
    chosen = chance.sample(wanted, max(1, round(len(wanted) * share)))
    wrong = []
    for place in chosen:
        came = train(name, place, lambda place: None)
        wrong += [f"{place}: {problem}" for problem in came.wrong]
        for key, blob in came.records.items():
            if reference.records.get(key) != blob:
                wrong.append(f"{place}: another record of step {key[1]}")
        missing = set(reference.records) - set(came.records)
        if any(step >= RESUMED[0] for _, step in missing) and not came.said:
            wrong.append(f"{place}: a record after it is missing, and nothing was said")
        if any(step > RESUMED[0] for _, step in missing):
            wrong.append(f"{place}: no record of step {RESUMED[-1]}, {came.said}")
    return Came(places, len(chosen), wrong)


@dataclass
class Trained:
    """What is on disk after a training, and what is wrong besides."""

    records: Records
    said: list[str]
    wrong: list[str]


def train(name: str, place: Place | None, note: Callable[[Place], None]) -> Trained:
    """Some steps, one of which is interrupted; a few more; and the end."""
    torch.manual_seed(0)
    make, small = MODELS[name]
    model, done = make(), False

    def reached(here: Place) -> None:
        nonlocal done
        note(here)
        if here == place and not done:
            done = True
            raise KeyboardInterrupt

    with TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        writer = SummaryWriter(folder)
        before = Around.now()
        with mock.patch.object(run_log, "WriteQueue", partial(WriteQueue, small=small)):
            recorder = Recorder(model, writer, every=1)

        def step(number: int) -> None:
            torch.manual_seed(number)  # of the dropout
            x, _ = batch(number, LENGTH)
            model(x).backward()
            recorder.step(number, inputs=x)

        with lines(reached):
            for number in STEPS:
                with suppress(KeyboardInterrupt):
                    step(number)
            if not done:
                with suppress(KeyboardInterrupt):
                    recorder.flush()
        for number in RESUMED:
            step(number)
        with lines(reached), suppress(KeyboardInterrupt):
            recorder.close()
        recorder.close()
        wrong = [*left_behind(model, before)]
        writer.close()
        found = on_disk(Path(folder))
    return Trained(found, warned(caught), wrong)


def on_disk(directory: Path) -> Records:
    """The records of a run, but for what they say of earlier rounds.

    A step that was interrupted or failed may be a round of its own, and the next record says so.
    """
    return {
        key: wire.encode(replace(record, micro_batches=1))
        for key, record in records(directory).items()
    }
