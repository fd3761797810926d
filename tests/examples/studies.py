"""Running a study as a person does, and reading what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_quick(name: str, logdir: Path) -> str:
    """What examples/NAME.py prints with --quick."""
    script = ROOT / f"examples/{name}.py"
    command = [sys.executable, str(script), "--quick", "--logdir", str(logdir)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(markdown: str) -> list[dict[str, str]]:
    """The lines of the first table, by the names of its columns."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    head, _, *rest = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, line, strict=True)) for line in rest]


def figures(name: str) -> str:
    """What stands between the marks in the page of a study."""
    page = (ROOT / f"docs/studies/{name}.md").read_text()
    return page.split("<!-- figures: begin -->")[1].split("<!-- figures: end -->")[0]
