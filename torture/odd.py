"""Odd batches, gradients and labels: each step is recorded as it is, or is said to be left out.

The loss is the sum of all outputs times a scale, so that the gradient that enters at each step is
known: `scale` in each of H entries, and |scale| √H is the first item of each cell.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from rnnbow_plugin import Recorder, wire
from tests.backend.server import LOADERS, tensorboard
from tests.recorder.logs import records

from .children import MUCH, outcome
from .row import Row
from .trainings import digest, warned

TRAININGS, STEPS = 100, range(3)
SCALES = (float("nan"), float("inf"), -float("inf"), 0.0, 1e-38, 1e30, 1.0)
WIDE = 4096
CELLS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
# Of line breaks, control characters, right-to-left text and its marks, emoji with their joiners, a
# half of a pair, markup, and what a spreadsheet would compute.
LETTERS = [*"a \n\r\t\0\x07\x1b\x7f\x85\u2028אבשم‏‮⁦👩\u200d👧🌈\ud800<>&\"'=+@,;"]
LONG = 10_240


@dataclass(frozen=True)
class Drawn:
    """One training: its sizes, the scale of its losses, and the texts of its ids."""

    cell: str
    hidden: int
    steps: int
    sequences: int
    scale: float
    texts: tuple[str, ...] = field(repr=False)
    seed: int

    @property
    def tag(self) -> str:
        """Of its only layer."""
        return f"{self.cell.lower()}/l0"

    @property
    def recorded(self) -> list[int]:
        """The steps: an empty batch has no gradient."""
        return [step for step in STEPS if self.batch_size(step)]

    def batch_size(self, step: int) -> int:
        """At a step. The first is not empty: what is wrong there is raised."""
        return self.sequences or int(step == STEPS[0])


def rows(seed: int, share: float) -> list[Row]:
    """A row for the trainings, one for wide layers, one for each loader that reads them."""
    chance = random.Random(seed)
    count = max(8, round(TRAININGS * share))
    drawn = [draw(chance) for _ in range(count)]
    wide = [Drawn(cell, WIDE, 1, 1, 1.0, (), seed) for cell in CELLS][: max(1, round(3 * share))]
    with TemporaryDirectory() as folder:
        logdir = Path(folder)
        wrong = outcome(train_all, logdir, drawn, patience=MUCH)
        read = [_served(logdir, drawn, loader) for loader in LOADERS]
        wrong_wide = outcome(train_all, logdir / "wide", wide, patience=MUCH)
    empty = sum(not one.sequences for one in drawn)
    happened = (
        f"{empty} with empty batches: one warning for both; every other step is recorded, what "
        "enters is what went in (NaN and infinity too), each label is kept or "
        "stands as its id, long ones are cut and said; the weights are as without a recorder"
    )
    sizes = "T and H of 1 to 5, 0 to 3 sequences, gradients NaN, infinite, 0, 1e-38 to 1e30"
    return [
        Row(
            f"trainings of 3 steps: {sizes}, random labels",
            count,
            told(wrong) or happened,
            not wrong,
        ),
        Row(
            f"hidden size {WIDE:,}: {', '.join(one.cell for one in wide)}",
            len(wide),
            told(wrong_wide) or "recorded, and as without a recorder",
            not wrong_wide,
        ),
        *read,
    ]


def told(wrong: Sequence[str]) -> str:
    """The first few of what was wrong."""
    return "; ".join(wrong[:5])


def draw(chance: random.Random) -> Drawn:
    """Any of them, the odd ones often."""
    texts = ["".join(chance.choices(LETTERS, k=chance.choice((0, 1, 5, 60)))) for _ in range(4)]
    if chance.random() < 0.2:
        texts[-1] = "x" * LONG
    return Drawn(
        cell=chance.choice([*CELLS]),
        hidden=chance.choice((1, 1, 2, 5)),
        steps=chance.choice((1, 1, 2, 5)),
        sequences=chance.choice((0, 1, 1, 3)),
        scale=chance.choice(SCALES),
        texts=tuple(texts),
        seed=chance.randrange(2**31),
    )


def train_all(logdir: Path, drawn: Sequence[Drawn]) -> list[str]:
    """Each in a run of its own, named by its place; what was wrong."""
    wrong = []
    for number, one in enumerate(drawn):
        run = logdir / str(number)
        weights, said = train(one, run)
        problems = list(_problems(one, run, said))
        if weights != train(one, None)[0]:
            problems.append("other weights")
        wrong += [f"{one}: {problem}" for problem in problems]
    return wrong


def train(one: Drawn, directory: Path | None) -> tuple[str, list[str]]:
    """A digest of the weights in the end, and what the recorder said; without one for None."""
    torch.manual_seed(one.seed)
    model = CELLS[one.cell](1, one.hidden)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    writer = SummaryWriter(str(directory)) if directory else None
    with (
        warnings.catch_warnings(record=True) as caught,
        Recorder(
            model, writer, every=1, sequences=None, labels=one.texts, element_type="float32"
        ) as recorder,
    ):
        warnings.simplefilter("always")
        for step in STEPS:
            x = torch.randn(one.steps, one.batch_size(step), 1)
            (model(x)[0].sum() * one.scale).backward()
            recorder.step(step, inputs=ids_of(one, step))
            optimizer.step()
            optimizer.zero_grad()
    if writer is not None:
        writer.close()
    return digest(model), warned(caught)


def ids_of(one: Drawn, step: int) -> Tensor:
    """One after the other, the last of which has no text."""
    ids = torch.arange(one.steps * one.batch_size(step)) % (len(one.texts) + 1)
    return ids.view(one.steps, -1) if len(ids) else ids.view(one.steps, 0)


def _problems(one: Drawn, run: Path, said: list[str]) -> list[str]:
    found, wrong = records(run), []
    if [step for _, step in found] != one.recorded:
        wrong.append(f"records of {[*found]}, said: {said}")
    used = set(ids_of(one, STEPS[0]).flatten().tolist())
    is_cut = any(len(text) > wire.LABEL_LENGTH for n, text in enumerate(one.texts) if n in used)
    if len(said) != is_cut + (one.sequences == 0):
        wrong.append(f"said: {said}")
    for (_, step), record in found.items():
        wrong += _problems_of(one, step, record)
    return wrong


def _problems_of(one: Drawn, step: int, record: wire.Record) -> list[str]:
    wrong, ids = [], ids_of(one, step)
    hidden = [metric.name for metric in record.metrics].index("hidden")
    for n, sequence in enumerate(record.sequences):
        enters = sequence.items[hidden, 0]
        wanted = np.full_like(enters, abs(np.float32(one.scale)) * one.hidden**0.5)
        if not np.allclose(enters, wanted, rtol=1e-5, atol=0, equal_nan=True):
            wrong.append(f"{enters} enters")
        tokens = sequence.inputs
        if not isinstance(tokens, wire.Tokens):
            wrong.append("no labels")
            continue
        texts = [record.labels[place] for place in tokens.indices]
        if texts != [shown(one.texts, i) for i in ids[:, n].tolist()]:
            wrong.append(f"labels {ascii(texts)[:200]}")
    return wrong


def shown(texts: Sequence[str], number: int) -> str:
    """What stands for an id."""
    text = texts[number] if number < len(texts) else ""
    text = (text or str(number)).encode(errors="replace").decode()
    return text if len(text) <= wire.LABEL_LENGTH else text[: wire.LABEL_LENGTH - 1] + "…"


def _served(logdir: Path, drawn: Sequence[Drawn], loader: str) -> Row:
    runs = {str(number): one for number, one in enumerate(drawn)}
    with tensorboard(logdir, loader) as server:
        server.wait(
            "the last run", lambda: all(server.steps(run, one.tag) for run, one in runs.items())
        )
        missing = [run for run, one in runs.items() if server.steps(run, one.tag) != one.recorded]
        broken = [
            run
            for run, one in runs.items()
            for step in one.recorded
            if server.ask("record", {"run": run, "tag": one.tag, "step": step}).status != 200
        ]
    happened = f"{len(missing)} runs lack a step, {len(broken)} records are not served"
    count = sum(len(one.recorded) for one in drawn)
    return Row(f"reading them, {loader} loader", count, happened, not missing and not broken)
