"""Itemizing against its bare matrix products, and against the other ways to the same numbers."""

from __future__ import annotations

from collections.abc import Iterator

from .baselines import Work
from .grid import BARRED, FASTER, OF_FLOOR, QUICK, Effort, columns
from .row import Row
from .sizes import KINDS, Size
from .ways import PER_LOSS

GROUP = "itemization"
# T, H, N, and what else. Each kind is measured at all of them.
_SHAPES: tuple[tuple[int, int, int, int, bool], ...] = (
    (256, 256, 1, 1, False),
    (100, 128, 32, 1, False),
    (25, 64, 1, 1, False),
    (100, 128, 1, 1, False),
    (100, 512, 1, 1, False),
    (100, 1024, 1, 1, False),
    (1024, 64, 1, 1, False),
    (1024, 256, 1, 1, False),
    (100, 256, 8, 1, False),
    (100, 128, 1, 3, False),
    (100, 128, 8, 1, True),
    (100, 128, 1, 3, True),
)
SIZES = [Size(kind, *shape) for kind in reversed(KINDS) for shape in _SHAPES]
BARS = {
    Size("LSTM", 256, 256, 1): {OF_FLOOR: 1.2, FASTER[PER_LOSS]: 20.0},
    Size("LSTM", 100, 128, 32): {OF_FLOOR: 1.2},
}
QUICK_SIZES = [SIZES[0], SIZES[2], SIZES[3], SIZES[9]]


def rows(quick: bool) -> Iterator[Row]:
    """The table's rows."""
    for size in QUICK_SIZES if quick else SIZES:
        effort = QUICK if quick else BARRED if size in BARS else Effort()
        yield from columns(GROUP, Work(size), effort, BARS.get(size))
