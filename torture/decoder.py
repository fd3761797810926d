"""The decoders of Python and of the page, over records that are not as they were written."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .mutants import Mutants
from .row import Row

COUNT = 100_000
ROOT = Path(__file__).parents[1]
PAGE = ("node", str(ROOT / "frontend/scripts/decode-batch.mjs"))
PYTHON = (sys.executable, "-m", "torture.decode_batch")

# MiB beyond what a decoder takes at rest: a payload of 64 MiB, what is parsed of it, and the items.
MEMORY = {"Python": 1024, "page": 2048}
# Seconds for the slowest: a bomb that holds the 64 MiB that it claims.
SLOWEST = 20.0


@dataclass(frozen=True)
class Decoded:
    """What a decoder made of many blobs."""

    verdicts: list[str]  # "read" with what is in it, or the reason for which it is refused
    slowest: float  # seconds
    memory: float  # MiB, at the peak


def packed(blobs: Iterable[bytes]) -> bytes:
    """Blobs one after the other, each behind its size."""
    return b"".join(struct.pack("<I", len(blob)) + blob for blob in blobs)


def decoded(path: Path) -> dict[str, Decoded]:
    """Both decoders at once over the blobs of a file, each in a process of its own."""
    commands = {"Python": PYTHON, "page": PAGE}
    running = {
        name: subprocess.Popen(
            [*command, str(path)], stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT
        )
        for name, command in commands.items()
    }
    found = {}
    # The page is the slower one: nothing waits for it with a full pipe.
    for name, process in running.items():
        lines = process.communicate()[0].splitlines()
        if process.returncode:
            raise RuntimeError(f"the decoder of {name} ended with {process.returncode}")
        found[name] = Decoded(lines[:-1], **json.loads(lines[-1]))
    return found


def rows(seed: int, share: float) -> list[Row]:
    """By kind of mutant, then what both took for the worst of all."""
    count = int(COUNT * share)
    mutants = list(Mutants(seed).take(count))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blobs"
        path.write_bytes(packed(blob for _, blob in mutants))
        found = decoded(path)
    python, page = found["Python"].verdicts, found["page"].verdicts
    table = []
    for kind in dict.fromkeys(sorted(kind for kind, _ in mutants)):
        pairs = [
            (one, other)
            for (its, _), one, other in zip(mutants, python, page, strict=True)
            if its == kind
        ]
        read = sum(one.startswith("read") for one, _ in pairs)
        reasons = Counter(one for one, _ in pairs if not one.startswith("read"))
        apart = sum(one != other for one, other in pairs)
        why = ", ".join(f"{reason} {n:,}" for reason, n in reasons.most_common())
        happened = f"read {read:,}; refused: {why or 'none'}; Python and page differ on {apart:,}"
        table.append(Row(f"records: {kind}", len(pairs), happened, apart == 0))
    table += [
        Row(
            f"the worst of them, {name}",
            count,
            f"{one.slowest:.2f} s and {one.memory:,.0f} MiB beyond the process at rest; "
            f"bound {MEMORY[name]:,} MiB",
            one.slowest < SLOWEST and one.memory < MEMORY[name],
        )
        for name, one in found.items()
    ]
    return table
