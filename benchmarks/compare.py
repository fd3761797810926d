"""Compare two tables: what got slower, faster, or fell below its bar.

python -m benchmarks.compare before.json after.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .results import read
from .row import Row
from .table import number


def changes(before: list[Row], after: list[Row]) -> list[tuple[Row, Row, str]]:
    """The rows that both tables have, with what became of them.

    A row has changed where the quartiles of the two do not meet.
    """
    earlier = {row.key: row for row in before}
    found = []
    for row in after:
        old = earlier.get(row.key)
        if old is not None:
            found.append((old, row, _verdict(old, row)))
    return found


def _verdict(old: Row, new: Row) -> str:
    if old.holds and new.holds is False:
        return "MISSES ITS BAR NOW"
    # NaN, of rows without a spread, compares as no overlap being known: the values decide.
    apart = not (new.low <= old.high and old.low <= new.high)
    if new.value == old.value or not apart:
        return ""
    better = new.value > old.value if new.at_least else new.value < old.value
    return "better" if better else "worse"


def main() -> int:
    """Print the comparison; the exit code is 1 where a bar is missed that was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args()
    about_before, before = read(options.before)
    about_after, after = read(options.after)
    for name in {*about_before, *about_after}:
        if about_before.get(name) != about_after.get(name):
            print(f"{name}: {about_before.get(name)} -> {about_after.get(name)}")
    found = changes(before, after)
    for old, new, verdict in found:
        ratio = f"{new.value / old.value:.2f}" if old.value else "-"
        print(
            f"{new.group}: {new.title}: {number(old.value)} -> {number(new.value)} "
            f"{new.unit} ({ratio}) {verdict}".rstrip()
        )
    keys = {old.key for old, _, _ in found}
    for row in before:
        if row.key not in keys:
            print(f"{row.group}: {row.title}: gone")
    return int(any(verdict.isupper() for _, _, verdict in found))


if __name__ == "__main__":
    sys.exit(main())
