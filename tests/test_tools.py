"""The tools behind the make targets."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def stub(directory: Path, name: str, body: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def ensure_chromium(path: Path) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / "tools/chromium.sh")]
    return subprocess.run(command, env={"PATH": str(path)}, capture_output=True, text=True)


def test_a_missing_chromium_fails_with_the_command_to_run(tmp_path: Path) -> None:
    stub(tmp_path, "id", "echo 1000")
    stub(tmp_path, "apt-get", "exit 9")
    done = ensure_chromium(tmp_path)
    assert done.returncode == 1
    assert "sudo apt-get install chromium" in done.stderr


def test_root_gets_it_from_the_distribution(tmp_path: Path) -> None:
    stub(tmp_path, "id", "echo 0")
    stub(tmp_path, "apt-get", f'echo "$@" >> {tmp_path}/asked')
    assert ensure_chromium(tmp_path).returncode == 0
    assert "install -y -qq chromium" in (tmp_path / "asked").read_text()


def test_a_chromium_that_is_there_is_taken(tmp_path: Path) -> None:
    stub(tmp_path, "chromium", "exit 0")
    assert ensure_chromium(tmp_path).returncode == 0


def test_make_installs_once() -> None:
    """With everything in place, no recipe of the demo installs anything."""
    environment = {**os.environ, "MAKEFLAGS": ""}
    done = subprocess.run(
        ["make", "--dry-run", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "char_rnn.py --serve" in done.stdout
    assert "pip install" not in done.stdout
