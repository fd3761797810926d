"""The table as text, Markdown and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .row import Row

_HEAD = ("what", "measured", "quartiles", "bar", "")


def number(value: float) -> str:
    """Three digits that count; around 1, where ratios are told apart by little, four."""
    if not math.isfinite(value):
        return "-"
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e6):
        return f"{value:.1e}"
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    digits += 1 <= abs(value) < 1.1
    return f"{value:,.{min(max(digits, 0), 4)}f}"


def cells_of(row: Row) -> tuple[str, ...]:
    """What stands in the columns of `_HEAD`."""
    bar = ""
    if row.bar is not None:
        bar = f"{'≥' if row.at_least else '≤'} {number(row.bar)}"
    spread = "" if math.isnan(row.low) else f"{number(row.low)} – {number(row.high)}"
    verdict = {True: "yes", False: "NO", None: ""}[row.holds]
    name = f"{row.name} ({row.note})" if row.note else row.name
    return name, f"{number(row.value)} {row.unit}".strip(), spread, bar, verdict


def groups_of(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """In the order in which they come."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return groups


def text(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """For a terminal."""
    lines = [f"{name:>12}: {value}" for name, value in machine.items()]
    table = [_HEAD, *(cells_of(row) for row in rows)]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(_HEAD))]
    for group, members in groups_of(rows).items():
        lines += ["", group]
        lines += [
            "  "
            + "  ".join(c.ljust(w) for c, w in zip(cells_of(row), widths, strict=True)).rstrip()
            for row in members
        ]
    return "\n".join(lines)


def markdown(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """For a page."""
    lines = ["; ".join(f"{name}: {value}" for name, value in machine.items()) + "."]
    for group, members in groups_of(rows).items():
        lines += [
            "",
            f"| {group} | measured | quartiles | bar | reached |",
            "|---|---|---|---|---|",
        ]
        lines += ["| " + " | ".join(cells_of(row)) + " |" for row in members]
    return "\n".join(lines) + "\n"


def write(folder: Path, machine: Mapping[str, str], rows: Sequence[Row]) -> None:
    """`bench.json` and `bench.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"machine": dict(machine), "rows": [_plain(row) for row in rows]}
    (folder / "bench.json").write_text(json.dumps(whole, indent=1) + "\n")
    (folder / "bench.md").write_text(markdown(machine, rows))


def read(path: Path) -> tuple[dict[str, str], list[Row]]:
    """What `write` wrote as JSON."""
    whole = json.loads(path.read_text())
    nan = {"low": math.nan, "high": math.nan}
    return whole["machine"], [
        Row(**(row | {name: nan[name] for name in nan if row[name] is None}))
        for row in whole["rows"]
    ]


def _plain(row: Row) -> dict[str, Any]:
    """JSON has no NaN."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(row).items()
    }
