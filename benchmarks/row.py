"""One line of the table."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured, and the bar that it is held to.

    Attributes:
        group: of rows that belong together, such as "itemization".
        name: what was measured, with the sizes that it was measured at.
        value: the median.
        unit: "x" for a ratio, else "ms", "MiB", "KB" and the like.
        low, high: the quartiles, of ratios those of the pairs that were measured side by side.
        bar: the value to reach, None where there is none.
        at_least: the bar is a floor and not a ceiling.
        note: what a reader has to know, in a few words.
    """

    group: str
    name: str
    value: float
    unit: str
    low: float = math.nan
    high: float = math.nan
    bar: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached; None where there is none."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    @property
    def key(self) -> tuple[str, str]:
        """By which two tables are compared."""
        return self.group, self.name
