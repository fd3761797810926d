"""The most memory that this process has had."""

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
