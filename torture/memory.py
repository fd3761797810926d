"""What memory processes have, and the most that this one has had."""

from __future__ import annotations

import re
from pathlib import Path


def peak() -> float:
    """MiB, since the process began or since `forget`."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


def forget() -> None:
    """Begin anew, with what the process has now."""
    Path("/proc/self/clear_refs").write_text("5")


def resident(pid: int) -> list[float]:
    """MiB that a process holds now, then those of the processes that it started."""
    children = " ".join(
        path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")
    ).split()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return [int(kilobytes) / 1024, *(each for child in children for each in resident(int(child)))]
