"""How time and memory grow with T, H and sequences: itemizing, its bare products, the other ways.

python -m benchmarks.growth; then python -m benchmarks.growth_plot draws it.

The ways of a size run in turn, the slow ones over few losses, from which their time is scaled up to
all (see `ways.py`). Memory is measured over all losses, each way in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from . import growth_memory, machine
from .baselines import Work
from .grid import prepared
from .sizes import KINDS, Size
from .timing import interleaved, spread
from .ways import BATCHED, ITEMIZING, PER_LOSS, PRODUCTS, REPLAY, other_ways

WAYS = (ITEMIZING, PRODUCTS, PER_LOSS, BATCHED, REPLAY)
ANCHOR = {"steps": 100, "hidden": 128, "sequences": 1}
AXES: dict[str, tuple[int, ...]] = {
    "steps": (25, 100, 256, 512, 1024),
    "hidden": (64, 128, 256, 512, 1024),
    "sequences": (1, 2, 8, 32),
}
FILE = Path("benchmarks/results/growth.json")


@dataclass(frozen=True)
class Point:
    """One way at one size, of one layer and direction.

    Attributes:
        milliseconds: for all losses, the median.
        low, high: its quartiles.
        mib: the most memory that it takes, from a batch to the items; None where there is not as
            much, and so for the times of a way that cannot be gone at all.
    """

    kind: str
    steps: int
    hidden: int
    sequences: int
    way: str
    milliseconds: float | None
    low: float | None
    high: float | None
    mib: float | None


def sizes(kind: str, axis: str, quick: bool = False) -> list[Size]:
    """Along one axis, from the anchor's other values."""
    shapes = [ANCHOR | {axis: value} for value in AXES[axis][: 3 if quick else None]]
    return [Size(kind, shape["steps"], shape["hidden"], shape["sequences"]) for shape in shapes]


def points(kinds: Sequence[str], seconds: float, quick: bool = False) -> Iterator[Point]:
    """All of them; a size that lies on several axes is measured once."""
    every = [size for kind in kinds for axis in AXES for size in sizes(kind, axis, quick)]
    for size in dict.fromkeys(every):
        print(f"measuring {size} ...", file=sys.stderr, flush=True)
        times = dict(_milliseconds(Work(size), seconds))
        for way in WAYS:
            each = times.get(way)
            low, high = spread(each) if each else (None, None)
            yield Point(
                size.kind,
                size.steps,
                size.hidden,
                size.sequences,
                way,
                median(each) if each else None,
                low,
                high,
                growth_memory.of(size, way),
            )


def _milliseconds(work: Work, seconds: float) -> Iterator[tuple[str, list[float]]]:
    """Round by round. What is fast has the time to itself, and so more rounds."""
    fast = {ITEMIZING: work.itemize, PRODUCTS: work.floor()}
    ways = other_ways(work)
    slow = dict(prepared(work, ways))
    for calls, warm_up in ((fast, 1), (slow, 0)):
        times = interleaved(calls, rounds=15, seconds=seconds, warm_up=warm_up)
        for name, each in times.by_name.items():
            scale = ways[name].scale if name in ways else 1.0
            yield name, [1e3 * scale * one for one in each]


def write(path: Path, about: Mapping[str, str], found: Sequence[Point]) -> None:
    """The machine, and all points."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"machine": dict(about), "points": [asdict(point) for point in found]}
    path.write_text(json.dumps(whole, indent=1) + "\n")


def read(path: Path) -> tuple[dict[str, str], list[Point]]:
    """What `write` wrote."""
    whole = json.loads(path.read_text())
    return whole["machine"], [Point(**point) for point in whole["points"]]


def main() -> int:
    """Measure, and write the points."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    unknown = sorted({*options.kinds} - {*KINDS})
    if unknown:
        parser.error(f"no kind {', '.join(unknown)}; there are {', '.join(KINDS)}")
    about = machine.describe()
    kinds = options.kinds or [*KINDS]
    found = list(points(kinds, 0.5 if options.quick else 2.0, options.quick))
    write(options.out, about, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
