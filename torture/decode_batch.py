"""Decodes the blobs of a file, in a process of its own: `python -m torture.decode_batch FILE`.

A blob stands behind its size in four bytes. Printed is a line for each: what it says, as letters,
or the reason for which it is refused; and a last one with the slowest in seconds and the memory in
MiB beyond that before. `frontend/scripts/decode-batch.mjs` does the same with the page's decoder.
"""

from __future__ import annotations

import json
import struct
import sys
import time
from pathlib import Path

from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import decode
from rnnbow_plugin.wire.envelope import refusal_reason

from .content import digest
from .memory import peak


def verdict(blob: bytes) -> str:
    """What a blob is read as, or why it is refused."""
    try:
        return f"read {digest(decode(blob))}"
    except RnnbowError as error:
        return refusal_reason(error)


def main() -> None:
    """Decode what the file holds."""
    data = Path(sys.argv[1]).read_bytes()
    verdict(b"")  # imports
    before, at, slowest = peak(), 0, 0.0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        blob = data[at + 4 : at + 4 + size]
        at += 4 + size
        started = time.perf_counter()
        print(verdict(blob))
        slowest = max(slowest, time.perf_counter() - started)
    print(json.dumps({"slowest": slowest, "memory": peak() - before}))


if __name__ == "__main__":
    main()
