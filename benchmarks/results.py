"""What was measured, as files: JSON to compare and to draw, Markdown to read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import table
from .row import Row


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


def markdown(machine: Mapping[str, str], rows: Sequence[Row]) -> str:
    """The machine, and all tables."""
    about = "; ".join(f"{name}: {value}" for name, value in machine.items())
    return "\n".join([f"{about}.\n", *map(table.markdown, table.tables(rows))])


def _plain(row: Row) -> dict[str, Any]:
    """JSON has no NaN."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(row).items()
    }
