"""Whether a picture is the one that it should be.

Every pixel counts. Where letters and icons stand, only as much difference is let pass as another
way of smoothing their edges makes: they may be drawn by another version of the browser.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]

# Of 255, in any of red, green and blue. What is no letter may differ by the rounding of a colour.
ROUNDING = 2
# Less than a third of the way from the background to the faintest text: no stroke comes or goes.
SMOOTHING = 40
# Pixels by which smoothed letters reach out of their box.
AROUND = 1
# What differs is red, the rest a pale picture of what was expected.
MARK = (255, 0, 0)


@dataclass(frozen=True)
class Difference:
    """Where two pictures differ, `[height, width]`."""

    where: NDArray[np.bool_]
    expected: Pixels

    def __str__(self) -> str:
        rows, columns = np.nonzero(self.where)
        box = f"{columns.min()}-{columns.max()} across, {rows.min()}-{rows.max()} down"
        return f"{rows.size} pixels differ: {box}"

    @property
    def picture(self) -> Pixels:
        """To look at."""
        grey = self.expected.mean(axis=2, keepdims=True).repeat(3, axis=2)
        return np.where(self.where[..., None], MARK, 170 + grey / 3).astype(np.uint8)


def compare(actual: Pixels, expected: Pixels, text: Iterable[Box] = ()) -> Difference | None:
    """Compare two pictures; `text` are the boxes of letters: left, top, right, bottom."""
    if actual.shape != expected.shape:
        return _other_size(actual, expected)
    allowed = np.full(actual.shape[:2], ROUNDING)
    for left, top, right, bottom in text:
        rows = slice(_at_least_0(top - AROUND), _at_least_0(bottom + AROUND))
        columns = slice(_at_least_0(left - AROUND), _at_least_0(right + AROUND))
        allowed[rows, columns] = SMOOTHING
    where = np.abs(actual.astype(np.int16) - expected).max(axis=2) > allowed
    return Difference(where, expected) if where.any() else None


def _at_least_0(edge: float) -> int:
    return max(0, round(edge))


def _other_size(actual: Pixels, expected: Pixels) -> Difference:
    """Everything that only one of the two has differs."""
    height, width = np.maximum(actual.shape[:2], expected.shape[:2])
    where = np.ones((height, width), bool)
    shared = tuple(slice(size) for size in np.minimum(actual.shape[:2], expected.shape[:2]))
    where[shared] = (actual[shared] != expected[shared]).any(axis=2)
    canvas = np.full((height, width, 3), 255, np.uint8)
    canvas[: expected.shape[0], : expected.shape[1]] = expected
    return Difference(where, canvas)
