"""The most memory that one way takes from a batch to the items of all losses.

Each is measured in a process of its own, with its forward pass. What one backward pass per loss
gives is dropped after each: it takes as much memory as the last of them. A replay's memory is that
of its copies of the batch: it is measured over some of them, and scaled up.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace

from rnnbow_plugin.bptt import Itemization

from . import peak
from .baselines import Work
from .sizes import Size
from .ways import BATCHED, ITEMIZING, PER_LOSS, PRODUCTS, REPLAY

_SCRIPT = """
import sys
from benchmarks.growth_memory import measure
from benchmarks.sizes import Size
kind, steps, hidden, sequences, way = sys.argv[1:]
print(measure(Size(kind, int(steps), int(hidden), int(sequences)), way))
"""
# The first call of a size of products loads libraries and sets up their buffers, which stay.
_STEPS_BEFORE = 8
_COPIES = 128


def of(size: Size, way: str) -> float | None:
    """MiB; None where there is not as much."""
    try:
        return peak.run(_SCRIPT, size.kind, size.steps, size.hidden, size.sequences, way)
    except subprocess.CalledProcessError as error:
        if error.returncode < 0 or "not enough memory" in error.stderr:
            return None
        raise RuntimeError(f"{way}, {size}: {error.stderr}") from error


def measure(size: Size, way: str) -> float:
    """MiB, in this process."""
    _go(Work(replace(size, steps=min(size.steps, _STEPS_BEFORE))), way)
    work = Work(size)
    scale = size.steps / _copies(size) if way == REPLAY else 1.0
    return scale * peak.above(lambda: _go(work, way))


def _go(work: Work, way: str) -> object:
    """All of it, and what it gives."""
    if way == ITEMIZING:
        return Itemization(work.watch().passes.values()).measure()
    calls = {
        PRODUCTS: lambda: work.floor(),
        PER_LOSS: lambda: work.backward_per_loss(1),
        BATCHED: lambda: work.batched(work.size.steps),
        REPLAY: lambda: work.expanded_replay(_copies(work.size)),
    }
    return calls[way]()()


def _copies(size: Size) -> int:
    return min(_COPIES, size.steps)
