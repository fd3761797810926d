"""Itemizing on a GPU: against the same baselines, in a training, and whether it waits.

`RNNBOW_CUDA_DEVICE=cpu` runs the same on the CPU. That proves the code, and says nothing of CUDA.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import torch

from . import training
from .baselines import Work
from .device import activity, memory_above, synchronizations
from .grid import QUICK, Effort, columns
from .row import Row
from .sizes import Size

# T, H, N
_SHAPES = (
    (128, 256, 1),
    (128, 1024, 1),
    (512, 512, 1),
    (1024, 256, 1),
    (1024, 2048, 1),
    (128, 512, 32),
)
SIZES = [Size(kind, *shape) for kind in ("LSTM", "GRU") for shape in _SHAPES]
TRAINED = [
    Size("LSTM", 128, 512, 32),
    Size("LSTM", 512, 1024, 32),
    Size("GRU", 128, 512, 32),
]
NOT_RUN = 'no CUDA device: the group "cuda" was not run'


def device() -> str:
    """Where the group runs."""
    return os.environ.get("RNNBOW_CUDA_DEVICE", "cuda")


def is_there() -> bool:
    """Whether there is such a device."""
    return device() != "cuda" or torch.cuda.is_available()


def rows(quick: bool) -> Iterator[Row]:
    """The table's rows; without a device none, and a line that says so."""
    if not is_there():
        print(NOT_RUN, file=sys.stderr)
        return
    # Figures of a CPU do not go by the name of CUDA.
    group = "cuda" if device() == "cuda" else f"cuda, tried on a {device()}"
    effort = QUICK if quick else Effort()
    for size in SIZES[:1] if quick else SIZES:
        work = Work(size, device())
        yield from columns(group, work, effort)
        yield from _on_the_device(group, work)
    for size in TRAINED[:1] if quick else TRAINED:
        yield from training.measured(group, size, device(), 5 if quick else 21)
        yield from _waits(group, size)


def _on_the_device(group: str, work: Work) -> Iterator[Row]:
    """Its memory, and for how much of the time it computes, of that in which kernels come in."""
    name = str(work.size)
    memory = memory_above(work.device, work.itemize)
    yield Row(group, name, memory, "MiB", column="peak memory")
    seen = activity(work.device, work.itemize)
    yield Row(group, name, seen.kernels, "", column="kernels")
    yield Row(group, name, 100 * seen.share, "%", column="share of the time in kernels")


def _waits(group: str, size: Size) -> Iterator[Row]:
    """How much more often than without a recorder a step of training waits for the device."""
    counts = []
    for every in (None, 10**9, 1):
        loop = training.Loop(size, every, device())
        for _ in range(3):  # the first step is recorded in any case
            loop.timed_step()
        counts.append(synchronizations(device(), loop.step))
        loop.close()
    bare, idle, recorded = counts
    name = f"synchronisations that a step {{}} has more than a bare one, {size}"
    yield Row(group, name.format("that is not recorded"), idle - bare, "", bar=0)
    yield Row(group, name.format("that is recorded"), recorded - bare, "")
