"""What every script here does: train with a recorder and without, and read the log back."""

from __future__ import annotations

import contextlib
import io
import logging
import random
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import rnnbow_plugin as rnnbow
from rnnbow_plugin.wire import Record
from tests.recorder.logs import records

# Of float32: rounding of sums over the time steps and the batch.
BOUND = 1e-5

Train = Callable[[Path | None], nn.Module]


@contextlib.contextmanager
def recording(model: nn.Module, log: Path | None) -> Iterator[rnnbow.Recorder]:
    """A recorder of all sequences at every step, for loops that no callback is needed for."""
    writer = None if log is None else SummaryWriter(str(log))
    with rnnbow.Recorder(model, writer, every=1, sequences=None) as recorder:
        yield recorder
    if writer is not None:
        writer.close()


def check(title: str, train: Train, tags: Collection[str], bound: float = BOUND) -> bool:
    """Train twice from the same seeds, print a table, and say whether all is as it should be.

    Args:
        title: of the table.
        train: a whole training, which records every step of the optimizer and all sequences into a
            log directory, or does not record where that is None. It returns what it trained.
        tags: that are to be in the log, all of them and no others.
        bound: of the completeness error.
    """
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        recorded, alone = (_quietly(train, directory) for directory in (log, None))
        found = records(log)
    by_tag: dict[str, list[Record]] = {}
    for (tag, _), record in sorted(found.items()):
        by_tag.setdefault(tag, []).append(record)
    print(f"\n{title}\n{'tag':<44}{'cell':<10}{'T':>8}{'sequences':>11}{'records':>9}{'error':>10}")
    for tag, own in by_tag.items():
        steps, sequences = _range(r.cells for r in own), _range(len(r.sequences) for r in own)
        name, error = own[0].layer.cell, max(map(_error, own))
        print(f"{tag:<44}{name:<10}{steps:>8}{sequences:>11}{len(own):>9}{error:>10.1e}")
    problems = []
    if set(by_tag) != set(tags):
        problems.append(f"the log has {sorted(by_tag)}, expected are {sorted(tags)}")
    if any(not _error(record) <= bound for record in found.values()):
        problems.append(f"a completeness error is above {bound:.0e}, or unknown")
    if not _are_equal(recorded, alone):
        problems.append("the weights differ from those of a training that was not recorded")
    print("\n".join(f"FAILED: {problem}" for problem in problems) or "weights equal bit for bit")
    return not problems


def _quietly(train: Train, log: Path | None) -> nn.Module:
    """Train in a scratch directory, from the same seeds, and without what packages have to say."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    logging.disable(logging.WARNING)
    with (
        TemporaryDirectory() as scratch,
        warnings.catch_warnings(),
        contextlib.ExitStack() as stack,
    ):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", rnnbow.RnnbowWarning)
        stack.enter_context(contextlib.chdir(scratch))
        said = io.StringIO()
        stack.enter_context(contextlib.redirect_stdout(said))
        stack.enter_context(contextlib.redirect_stderr(said))
        return train(log)


def _error(record: Record) -> float:
    return float("nan") if record.completeness_error is None else record.completeness_error


def _range(numbers: Iterable[int]) -> str:
    ordered = sorted(numbers)
    low, high = ordered[0], ordered[-1]
    return str(low) if low == high else f"{low}-{high}"


def _are_equal(one: nn.Module, other: nn.Module) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return list(ours) == list(theirs) and all(torch.equal(ours[k], theirs[k]) for k in ours)
