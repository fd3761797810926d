"""Event files that were damaged: what each of TensorBoard's loaders still shows of them."""

from __future__ import annotations

import struct
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tensorboard import errors
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.context import RequestContext
from tensorboard.data import server_ingester

from rnnbow_plugin import wire
from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.errors import RnnbowError
from tests.backend.events import START, RunWriter, small_record
from tests.backend.server import LOADERS

from .apps import application
from .row import Row

COUNTS = {
    "one byte changed": 1000,
    "cut": 150,
    "bytes left out": 50,
    "garbage behind it": 50,
    "garbage": 50,
}
# With this one TensorBoard's own reading ends, of all runs: it is tried alone.
HUGE = "a length of 2^40 bytes, checksum right"
TAG, STEPS = "rnn/l0", (0, 16, 32, 48)
SOUND = "sound"
_SOUND_EVERY = 20  # damaged runs from one that is not to the next


@dataclass(frozen=True)
class Damaged:
    """A file, and which of its records are as they were written, by their places."""

    kind: str
    content: bytes
    whole: frozenset[int]
    before: frozenset[int]  # those ahead of the damage


class Files:
    """Damaged copies of one event file; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            with RunWriter(Path(folder), "run") as run:
                self.blobs = []
                for step in STEPS:
                    record = small_record(step)
                    self.blobs.append(wire.encode(record))
                    layer = wire.layer_metadata(record)
                    run.blobs(TAG, step, self.blobs[-1:], layer, START + step)
            (path,) = (Path(folder) / "run").iterdir()
            self.content = path.read_bytes()
        # Where each event ends: the first says the version, each other one is a record.
        self._ends = [0]
        while self._ends[-1] < len(self.content):
            (length,) = struct.unpack_from("<Q", self.content, self._ends[-1])
            self._ends.append(self._ends[-1] + length + 16)

    def make(self, kind: str) -> Damaged:
        """One of a kind."""
        draw, content = self._random, self.content
        at = draw.randrange(len(content))
        if kind == "one byte changed":
            changed = bytearray(content)
            changed[at] ^= draw.randrange(1, 256)
            return self._damaged(kind, bytes(changed), at, at + 1)
        if kind == "cut":
            return self._damaged(kind, content[:at], at, len(content))
        if kind == "bytes left out":
            end = min(len(content), at + draw.randrange(1, 100))
            return self._damaged(kind, content[:at] + content[end:], at, end)
        noise = draw.randbytes(draw.randrange(1, 2000))
        if kind == "garbage behind it":
            return self._damaged(kind, content + noise, len(content), len(content))
        if kind == "garbage":
            return self._damaged(kind, noise[:: draw.choice((1, 2000))], 0, len(content))
        huge = struct.pack("<Q", 2**40)
        start = draw.choice(self._ends[:-1])
        header = huge + struct.pack("<I", masked_crc32c(huge))
        return self._damaged(kind, content[:start] + header + content[start:], start, start)

    def _damaged(self, kind: str, content: bytes, start: int, end: int) -> Damaged:
        """With the bytes from `start` to `end` no longer what they were."""
        records = list(zip(self._ends[1:], self._ends[2:], strict=False))
        before = [place for place, (_, stop) in enumerate(records) if stop <= start]
        behind = [place for place, (first, _) in enumerate(records) if first >= end]
        return Damaged(kind, content, frozenset(before + behind), frozenset(before))


def rows(seed: int, share: float) -> list[Row]:
    """For each loader and kind, what was shown; then the runs beside them."""
    files = Files(seed)
    made = [files.make(kind) for kind, n in COUNTS.items() for _ in range(max(1, int(n * share)))]
    with tempfile.TemporaryDirectory() as folder:
        logdir, sound = Path(folder), 0
        for number, one in enumerate(made):
            _write(logdir / f"damaged {number}", one.content)
            if number % _SOUND_EVERY == 0:
                _write(logdir / f"{SOUND} {sound}", files.content)
                sound += 1
        table = []
        for loader in LOADERS:
            with application(
                logdir, loader, lambda reader: _sound(reader, files, sound) == sound
            ) as app:
                table += _shown(app.reader, loader, files, made)
                seen = _sound(app.reader, files, sound)
            table.append(
                Row(f"runs beside them, {loader} loader", sound, f"{seen} whole", seen == sound)
            )
        shown = _shown_with_huge(files)
    return [*table, *shown]


def _shown_with_huge(files: Files) -> list[Row]:
    """A file that claims what no machine has, beside one that is sound."""
    table = []
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / "damaged", files.make(HUGE).content)
        _write(Path(folder) / f"{SOUND} 0", files.content)
        for loader in LOADERS:
            try:
                with application(
                    Path(folder), loader, lambda reader: bool(_sound(reader, files, 1))
                ):
                    happened = "the run beside it is whole"
            except (server_ingester.DataServerStartupError, MemoryError):
                happened = "TensorBoard's own reader asks for that memory, and all its reading ends"
            table.append(Row(f"{HUGE}, {loader} loader", 1, happened))
    return table


def _write(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "events.out.tfevents.1789000000.machine").write_bytes(content)


def _shown(reader: Reader, loader: str, files: Files, made: list[Damaged]) -> list[Row]:
    with ThreadPoolExecutor(32) as pool:
        names = [f"damaged {number}" for number in range(len(made))]
        found = list(pool.map(lambda run: _records(reader, run), names))
    table = []
    for kind in COUNTS:
        counts: Counter[str] = Counter()
        for one, records in zip(made, found, strict=True):
            if one.kind != kind:
                continue
            whole = {p for p, step in enumerate(STEPS) if records.get(step) == files.blobs[p]}
            counts["before"] += len(one.before)
            counts["shown before"] += len(whole & one.before)
            counts["behind"] += len(one.whole - one.before)
            counts["shown behind"] += len(whole & (one.whole - one.before))
            counts["hit"] += len(STEPS) - len(one.whole)
            for step, blob in records.items():
                place = STEPS.index(step) if step in STEPS else -1
                if place in one.whole and blob == files.blobs[place]:
                    continue
                counts[_judged(step, blob, files)] += 1
        happened = (
            "of {before:,} records before the damage {shown before:,} are shown, of {behind:,} "
            "behind it {shown behind:,}; of {hit:,} that were hit {refused:,} stand as damaged, "
            "{whole:,} are whole (the hit is beside them), {moved:,} stand at another step, "
            "{false:,} are read as what they are not"
        ).format_map(counts)
        holds = counts["before"] == counts["shown before"] and not counts["false"]
        number = sum(one.kind == kind for one in made)
        table.append(Row(f"{kind}, {loader} loader", number, happened, holds))
    return table


def _judged(step: int, blob: bytes, files: Files) -> str:
    if blob in files.blobs:
        return "whole" if STEPS[files.blobs.index(blob)] == step else "moved"
    try:
        wire.decode(blob)
    except RnnbowError:
        return "refused"
    return "false"


def _records(reader: Reader, run: str) -> dict[int, bytes]:
    """The blobs of a run by their steps; none where there is no such run."""
    source = Source(RequestContext(), "")
    try:
        entries = reader.entries(source, run, TAG)
        return {step: reader.blob(source, run, TAG, entry) for step, entry in entries.items()}
    except errors.NotFoundError:
        return {}


def _sound(reader: Reader, files: Files, count: int) -> int:
    """How many of the sound runs are whole."""
    whole = dict(zip(STEPS, files.blobs, strict=True))
    with ThreadPoolExecutor(32) as pool:
        names = [f"{SOUND} {number}" for number in range(count)]
        return sum(found == whole for found in pool.map(lambda run: _records(reader, run), names))
