"""The most memory that a call takes, of which the machine knows: Linux keeps a peak for a process.

What a call frees and takes again counts once, and what was free before it would not count at all:
the allocator gives that back first. A process that measures lets it keep nothing: `environment`.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def above(call: Callable[[], object]) -> float:
    """MiB by which the process grows while this runs. What it returns is kept as long."""
    give_back()
    _CLEAR.write_text("5")  # the peak from here on, VmHWM
    start = _status("VmRSS")
    kept = call()
    most = _status("VmHWM")
    del kept
    return max(0.0, most - start)


def give_back() -> None:
    """What the allocator holds and nobody uses, to the system; glibc's, others are left alone."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def run(script: str, *arguments: object) -> float:
    """The number that a script prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        env=environment(),
    )
    return float(done.stdout)


def environment() -> dict[str, str]:
    """Of a process in which freed memory goes back at once, by glibc's allocator."""
    return {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}


def _status(name: str) -> float:
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))
