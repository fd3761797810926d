"""Errors in our own code: each function that a step or a hook calls raises in turn."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder

from .children import MUCH, outcome
from .interrupts import LENGTH, Layer, Loop, Records, on_disk
from .leftovers import Around, left_behind
from .row import Row
from .tracing import Place, calls
from .trainings import batch, digest, warned

STEPS = range(3)
MODELS: dict[str, Callable[[], nn.Module]] = {
    "two layers with dropout": Layer,
    "a loop over a cell": Loop,
}


class Fault(Exception):  # noqa: N818
    """What no code of ours expects."""


@dataclass
class Came:
    """Of the faults of one model: how many there were, and what was wrong after them."""

    tried: int
    said: int  # most warnings of one fault
    wrong: list[str]


def rows(seed: int, share: float) -> list[Row]:
    """A row for each model."""
    found = []
    for name in MODELS:
        came = outcome(failing, name, seed, share, patience=MUCH)
        happened = "; ".join(came.wrong[:5]) or (
            "step() never raised, the weights are as without a recorder, each record that is "
            f"missing was warned of, by at most {came.said} warning(s) a fault; nothing left behind"
        )
        tried = f"functions of ours that raise in each step after the first, {name}"
        found.append(Row(tried, came.tried, happened, not came.wrong))
    return found


def failing(name: str, seed: int, share: float) -> Came:
    """Let each function fail in a training of its own."""
    seen = dict[Place, None]()
    train(name, None, lambda place: None)  # imports, and caches
    bare = train(name, None, lambda place: None, is_recorded=False)
    reference = train(name, None, lambda place: seen.setdefault(place))
    assert reference.wrong == []
    assert reference.weights == bare.weights
    chosen = random.Random(seed).sample([*seen], max(1, round(len(seen) * share)))
    wrong, most = [], 0
    for place in chosen:
        came = train(name, place, lambda place: None)
        most = max(most, len(came.said))
        problems = [*came.wrong]
        if came.weights != bare.weights:
            problems.append("other weights")
        if any(reference.records.get(key) != blob for key, blob in came.records.items()):
            problems.append("a record that is not right")
        may_be_silent = place.file.endswith("errors.py")  # what says it is what fails
        if len(came.records) < len(reference.records) and not came.said and not may_be_silent:
            problems.append("a record is missing without a word")
        if len(came.said) > 2:
            problems.append(f"{len(came.said)} warnings")
        wrong += [f"{place}: {problem}" for problem in problems]
    return Came(len(chosen), most, wrong)


@dataclass
class Trained:
    """What became of a training."""

    weights: str
    records: Records
    said: list[str]
    wrong: list[str]


def train(
    name: str, place: Place | None, note: Callable[[Place], None], *, is_recorded: bool = True
) -> Trained:
    """Some steps; from the second one on a function fails."""
    torch.manual_seed(0)
    model = MODELS[name]()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    wrong: list[str] = []

    def reached(here: Place) -> None:
        note(here)
        if here == place:
            raise Fault(str(place))

    with TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        writer = SummaryWriter(folder)
        before = Around.now()
        recorder = Recorder(model, writer if is_recorded else None, every=1)

        def step(number: int) -> None:
            torch.manual_seed(number)  # of the dropout
            x, _ = batch(number, LENGTH)
            model(x).backward()
            recorder.step(number, inputs=x)
            optimizer.step()
            optimizer.zero_grad()

        step(STEPS[0])
        try:
            for number in STEPS[1:]:
                with calls(reached):  # anew, as Python stops to trace where that raises
                    step(number)
            with calls(reached):
                recorder.close()
        except Exception as error:
            wrong.append(f"{type(error).__name__} came out of it")
        recorder.close()
        wrong += left_behind(model, before)
        writer.close()
        found = on_disk(Path(folder))
    return Trained(digest(model), found, warned(caught), wrong)
