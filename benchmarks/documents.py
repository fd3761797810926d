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

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ROOT = Path(__file__).parents[1]
README, DETAILS = Path("README.md"), Path("docs/benchmarks.md")
_SHOWN = ("processor", "cores", "python", "torch")


def replaced(document: str, measured: str) -> str:
    """A document with what stands between its marks replaced.

    Raises:
        ValueError: it does not have each mark once, in their order.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in before + after:
        raise ValueError(f"there is not one {BEGIN} with one {END} behind it")
    return f"{before}{BEGIN}\n{measured.strip()}\n{END}{after}"


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
