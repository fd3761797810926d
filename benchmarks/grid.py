"""One size, all columns: itemizing beside its floor, a training's pass, and the other ways."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .baselines import Work
from .row import Row
from .timing import interleaved
from .ways import BATCHED, ITEMIZING, PER_LOSS, REPLAY, Way, other_ways

OF_FLOOR = "time of its bare products"
OF_PASS = "time of a forward and backward pass"
FASTER = {name: f"faster than {name}" for name in (PER_LOSS, BATCHED, REPLAY)}


@dataclass(frozen=True)
class Effort:
    """How long one size is measured: at least three rounds, then until the time is over.

    Attributes:
        rounds: of what is fast, at most.
        seconds: for what is fast, and again for the slow ways.
    """

    rounds: int = 15
    seconds: float = 1.5


QUICK = Effort(5, 0.5)
# Where a bar is held, more rounds.
BARRED = Effort(seconds=4.0)


def columns(
    group: str, work: Work, effort: Effort, bars: Mapping[str, float] | None = None
) -> Iterator[Row]:
    """The rows of one size.

    Args:
        group: they belong to.
        work: of that size.
        effort: spent.
        bars: by column.
    """
    name, bars = str(work.size), bars or {}
    times = interleaved(
        {"itemize": work.itemize, "floor": work.floor(), "pass": work.train},
        rounds=effort.rounds,
        seconds=effort.seconds,
    )
    yield times.row(group, name, "itemize", column=ITEMIZING)
    for column, below in ((OF_FLOOR, "floor"), (OF_PASS, "pass")):
        yield times.ratio(group, name, "itemize", below, bars.get(column), column=column)
    ways = other_ways(work)
    calls = dict(prepared(work, ways))
    times = interleaved(
        {"itemize": work.itemize, **calls}, rounds=effort.rounds, warm_up=0, seconds=effort.seconds
    )
    for way in calls:
        yield times.ratio(
            group,
            name,
            way,
            "itemize",
            bars.get(FASTER[way]),
            at_least=True,
            scale=ways[way].scale,
            column=FASTER[way],
        )


def prepared(work: Work, ways: Mapping[str, Way]) -> Iterator[tuple[str, Callable[[], None]]]:
    """Those that this device can do, run once. The cell of another one stays empty.

    Not every kernel of a device can be batched, and some ways take more memory than there is.
    """
    for name, way in ways.items():
        try:
            call = way.make(way.losses)
            call()
        except RuntimeError as error:
            first, *_ = str(error).splitlines() or [type(error).__name__]
            print(f"{work.size} on {work.device}: no {name}: {first}", file=sys.stderr)
        else:
            yield name, call
