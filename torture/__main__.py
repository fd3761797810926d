"""Do what goes wrong for people, count what happens, and put it into docs/reliability.md.

Each group is a module of this package with a function `rows(seed, share)`: `share` is the part of
its full counts that is tried, more than 0 and at most 1. A test tries a few of each.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import random
import sys
import time
from pathlib import Path

from benchmarks.documents import replaced

from .row import Row, markdown

# Each has its place in the document, between marks with its name.
GROUPS: tuple[str, ...] = (
    "kills",
    "writers",
    "steps",
    "faults",
    "interrupts",
    "odd",
    "decoder",
    "routes",
    "damage",
    "scale",
)

DOCUMENT = Path(__file__).parents[1] / "docs/reliability.md"
# Seconds for all groups: what takes longer hangs, and shows where.
LIMIT = 15 * 60


def main() -> int:
    """Run the groups that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; all")
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts; prints alone")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    unknown = sorted({*options.groups} - {*GROUPS})
    if unknown:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    if not 0 < options.share <= 1:
        parser.error(f"--share {options.share}; supported are parts of 1")
    faulthandler.dump_traceback_later(LIMIT, exit=True, file=sys.__stderr__ or sys.stderr)
    print(f"seed {options.seed}", flush=True)
    holds = True
    for group in options.groups or GROUPS:
        started = time.monotonic()
        rows: list[Row] = importlib.import_module(f"torture.{group}").rows(
            options.seed, options.share
        )
        seconds = time.monotonic() - started
        text = f"{markdown(rows)}\n\nSeed {options.seed}, {seconds:.0f} s."
        print(f"\n{group}\n{text}", flush=True)
        if options.share == 1:
            DOCUMENT.write_text(replaced(DOCUMENT.read_text(), text, group))
        holds = holds and all(row.holds for row in rows)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
