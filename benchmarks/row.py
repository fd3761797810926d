"""One measurement: a line of a table, or a cell of one with a line per size."""

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
        column: where several things are measured at each size, what this one is; the name is the
            size then, and the table has a line for it with a column for each thing.
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
    column: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached; None where there is none."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    @property
    def key(self) -> tuple[str, str, str]:
        """By which two tables are compared."""
        return self.group, self.name, self.column

    @property
    def title(self) -> str:
        """What was measured, in a line of its own."""
        return f"{self.column}, {self.name}" if self.column else self.name
