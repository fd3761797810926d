"""Itemizing against its bare matrix products, and against the other ways to the same numbers."""

from __future__ import annotations

from .baselines import Size, Work
from .row import Row
from .timing import interleaved

GROUP = "itemization"
# The two sizes that have a bar.
BARRED = (Size("LSTM", 256, 256, 1), Size("LSTM", 100, 128, 32))
SIZES = (
    Size("LSTM", 25, 64, 1),
    Size("LSTM", 100, 128, 1),
    Size("LSTM", 100, 512, 1),
    Size("LSTM", 100, 256, 8),
    Size("LSTM", 100, 1024, 1),
    Size("LSTM", 1024, 64, 1),
    Size("LSTM", 1024, 256, 1),
    Size("GRU", 256, 256, 1),
    Size("GRU", 100, 128, 32),
    Size("RNN", 256, 256, 1),
    Size("RNN", 100, 128, 32),
)
# Stacks have no one floor: these are set against their own training step.
STACKS = (
    Size("LSTM", 100, 128, 1, layers=3),
    Size("LSTM", 100, 128, 8, bidirectional=True),
    Size("GRU", 100, 128, 1, layers=3, bidirectional=True),
)
# Losses that the slow ways are timed over: each of them costs the same, or less the earlier it is.
_LOSSES = 8


def rows(quick: bool) -> list[Row]:
    """The table's rows."""
    rounds = 5 if quick else 15
    found = [_floor(size, rounds, bar=1.2) for size in BARRED]
    found += [
        _floor(size, rounds if size.steps < 1000 else 3) for size in SIZES[: 3 if quick else None]
    ]
    for size in (
        BARRED[:1] if quick else (*BARRED, Size("GRU", 256, 256, 1), Size("RNN", 256, 256, 1))
    ):
        found += _others(size, rounds=3)
    found += [_stack(size, rounds=3) for size in STACKS[: 1 if quick else None]]
    return found


def _floor(size: Size, rounds: int, bar: float | None = None) -> Row:
    work = Work(size)
    times = interleaved({"itemize": work.itemize, "floor": work.floor()}, rounds=rounds)
    note = f"{1e3 * times.seconds('itemize'):.0f} ms"
    return times.ratio(
        GROUP, f"time of its bare products, {size}", "itemize", "floor", bar, note=note
    )


def _others(size: Size, rounds: int) -> list[Row]:
    """How many times faster than the other ways, which are timed over few losses and scaled up."""
    work, steps = Work(size), size.steps
    # Loss t goes back t + 1 steps: over all losses, half of what the last ones cost.
    last = sum(range(steps - _LOSSES + 1, steps + 1))
    scale = steps * (steps + 1) / 2 / last
    copies = max(1, min(steps, 1024 // size.sequences))
    ways = {
        "one backward pass per loss": (work.backward_per_loss(_LOSSES), scale),
        "batched autograd": (work.batched(_LOSSES), steps / _LOSSES),
        "replay of the batch, once per loss": (work.expanded_replay(copies), steps / copies),
    }
    calls = {name: call for name, (call, _) in ways.items()}
    times = interleaved({"itemize": work.itemize, **calls}, rounds=rounds)
    found = []
    for name, (_, factor) in ways.items():
        bar = 20 if name.startswith("one") and size == BARRED[0] else None
        row = times.ratio(GROUP, f"faster than {name}, {size}", name, "itemize", bar, at_least=True)
        found.append(_scaled(row, factor))
    return found


def _scaled(row: Row, factor: float) -> Row:
    numbers = (factor * row.value, row.unit, factor * row.low, factor * row.high)
    return Row(row.group, row.name, *numbers, row.bar, row.at_least, row.note)


def _stack(size: Size, rounds: int) -> Row:
    work = Work(size)
    times = interleaved(
        {"itemize": work.itemize, "pass": lambda: work.loss().sum().backward()}, rounds=rounds
    )
    note = f"{1e3 * times.seconds('itemize'):.0f} ms"
    return times.ratio(
        GROUP, f"time of one forward and backward pass, {size}", "itemize", "pass", note=note
    )
