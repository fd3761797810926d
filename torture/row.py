"""One thing that was tried: a line of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was tried, how often, and what happened.

    Attributes:
        tried: in a few words, with the sizes that matter.
        count: how many times.
        happened: what was seen, in the words of a reader who was not there, with its figures.
        holds: whether that is what is promised.
    """

    tried: str
    count: int
    happened: str
    holds: bool = True


def markdown(rows: Sequence[Row]) -> str:
    """A table of them."""
    lines = ["| tried | how often | what happened | as promised |", "|---|---|---|---|"]
    lines += [
        f"| {row.tried} | {row.count:,} | {row.happened} | {'yes' if row.holds else 'NO'} |"
        for row in rows
    ]
    return "\n".join(lines)
