"""Put what was measured into the documents, between the marks that they have for it.

python -m benchmarks.documents benchmarks/results/bench.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import results, table
from .row import Row

MARKS = "<!-- {name}: begin -->", "<!-- {name}: end -->"
BEGIN, END = (mark.format(name="measured") for mark in MARKS)
ROOT = Path(__file__).parents[1]
README, DETAILS = Path("README.md"), Path("docs/benchmarks.md")
_SHOWN = ("processor", "cores", "python", "torch")


def replaced(document: str, measured: str, name: str = "measured") -> str:
    """A document with what stands between its marks of this name replaced.

    Raises:
        ValueError: it does not have each mark once, in their order.
    """
    first, last = (mark.format(name=name) for mark in MARKS)
    before, begin, rest = document.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end or first in after or last in before + after:
        raise ValueError(f"there is not one {first} with one {last} behind it")
    return f"{before}{first}\n{measured.strip()}\n{last}{after}"


def summary(about: Mapping[str, str], rows: Sequence[Row]) -> str:
    """What has a bar, for the README."""
    machine = ", ".join(f"{name} {about[name]}" for name in _SHOWN if name in about)
    details = f"[all of them]({DETAILS}) have their quartiles"
    head = f"Rows that have a bar, of one run ({machine}); {details}."
    return f"{head}\n\n{table.markdown(table.bars(rows))}"


def main() -> int:
    """Write the README's table, and all of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.documents", description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default="benchmarks/results/bench.json")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of README.md")
    options = parser.parse_args()
    about, rows = results.read(options.results)
    written = {README: summary(about, rows), DETAILS: results.markdown(about, rows)}
    for path, measured in written.items():
        file = options.root / path
        try:
            text = replaced(file.read_text(), measured)
        except ValueError as error:
            parser.error(f"{path}: {error}")
        file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
