"""Measure, print one table, and write it as JSON and Markdown.

Each group is a module of this package with a function `rows(quick)`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from . import cuda, machine, results, table
from .row import Row

GROUPS = (
    "exactness",
    "itemization",
    "tolerance",
    "memory",
    "training",
    "arming",
    "record",
    "backend",
    "page",
    "cuda",
)


def main() -> int:
    """Run the groups that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; all")
    parser.add_argument("--quick", action="store_true", help="fewer sizes, fewer rounds")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    unknown = sorted({*options.groups} - {*GROUPS})
    if unknown:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    about = machine.describe()
    groups = options.groups or GROUPS
    if "cuda" in groups and not cuda.is_there():
        about["GPU"] = cuda.NOT_RUN
    rows: list[Row] = []
    for group in groups:
        print(f"measuring {group} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{group}").rows(options.quick)
    print(table.text(about, rows))
    results.write(options.out, about, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
