"""Running an example as a person does, and reading what a study prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BETWEEN = re.compile(r"(?<!\\)\|")  # cells; not a bar that is escaped
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def run(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A script in a process of its own."""
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)


def run_quick(name: str, logdir: Path) -> str:
    """What examples/NAME.py prints with --quick."""
    done = run(ROOT / f"examples/{name}.py", "--quick", "--logdir", logdir)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(markdown: str) -> list[dict[str, str]]:
    """The lines of the one table in it, by the names of its columns."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    head, _, *rest = [[cell.strip() for cell in _BETWEEN.split(line.strip("|"))] for line in lines]
    return [dict(zip(head, line, strict=True)) for line in rest]


def tables(markdown: str) -> list[list[dict[str, str]]]:
    """The same of each table."""
    return [rows(part) for part in markdown.split("\n\n") if part.startswith("|")]


def figures(name: str) -> str:
    """What stands between the marks in the page of a study."""
    page = (ROOT / f"docs/studies/{name}.md").read_text()
    return page.split("<!-- figures: begin -->")[1].split("<!-- figures: end -->")[0]
