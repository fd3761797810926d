"""The tables as text and Markdown.

A group whose rows have columns gets a line per size; all others get a line per row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .row import Row

_HEAD = ("measured", "quartiles", "bar", "reached")
_VERDICTS = {True: "yes", False: "NO", None: ""}


@dataclass(frozen=True)
class Table:
    """A head and lines of as many cells."""

    head: tuple[str, ...]
    lines: Sequence[tuple[str, ...]]


def number(value: float) -> str:
    """Three digits that count; around 1, where ratios are told apart by little, four."""
    if not math.isfinite(value):
        return "-"
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e6):
        return f"{value:.1e}"
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    digits += 1 <= abs(value) < 1.1
    return f"{value:,.{min(max(digits, 0), 4)}f}"


def tables(rows: Iterable[Row]) -> Iterator[Table]:
    """Of each group those that it needs, in the order in which they come."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    for group, members in groups.items():
        with_columns = [row for row in members if row.column]
        if with_columns:
            yield _by_size(group, with_columns)
        alone = [row for row in members if not row.column]
        if alone:
            yield Table((group, *_HEAD), [line_of(row) for row in alone])


def line_of(row: Row) -> tuple[str, ...]:
    """A row as a line of its own."""
    spread = "" if math.isnan(row.low) else f"{number(row.low)} – {number(row.high)}"
    name = f"{row.title} ({row.note})" if row.note else row.title
    return name, value_of(row), spread, bar_of(row), _VERDICTS[row.holds]


def value_of(row: Row) -> str:
    """The median with its unit."""
    return f"{number(row.value)} {row.unit}".strip()


def bar_of(row: Row) -> str:
    """The bar, nothing where there is none."""
    return "" if row.bar is None else f"{'≥' if row.at_least else '≤'} {number(row.bar)}"


def bars(rows: Iterable[Row]) -> Table:
    """The rows that have a bar, of all groups."""
    lines = [
        (f"{row.group}: {row.title}", value_of(row), bar_of(row), _VERDICTS[row.holds])
        for row in rows
        if row.bar is not None
    ]
    return Table(("what", "measured", "bar", "reached"), lines)


def _by_size(group: str, rows: Sequence[Row]) -> Table:
    columns = list(dict.fromkeys(row.column for row in rows))
    lines: dict[str, dict[str, str]] = {}
    for row in rows:
        lines.setdefault(row.name, {})[row.column] = _cell(row)
    return Table(
        (group, *columns),
        [(name, *(cells.get(column, "") for column in columns)) for name, cells in lines.items()],
    )


def _cell(row: Row) -> str:
    """The median, how far the quartiles are apart, and how it stands to its bar."""
    parts = [value_of(row)]
    if not math.isnan(row.low) and row.value:
        parts.append(f"±{50 * (row.high - row.low) / row.value:.0f} %")
    if row.bar is not None:
        parts.append(f"({bar_of(row)}: {_VERDICTS[row.holds]})")
    return " ".join(parts)


def text(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """For a terminal."""
    lines = [f"{name:>12}: {value}" for name, value in machine.items()]
    for table in tables(rows):
        whole = [table.head, *table.lines]
        widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
        lines.append("")
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in whole
        ]
    return "\n".join(lines)


def markdown(table: Table) -> str:
    """For a page."""
    lines = [table.head, ("---",) * len(table.head), *table.lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
