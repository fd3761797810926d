"""TensorBoard's side: what the plugin adds to its start, one record over HTTP, and memory."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tests.backend.server import LOADERS, Server, tensorboard

from .logs import EVERY, LOSS, TAG, write_records
from .row import Row
from .timing import Times, interleaved, spread

GROUP = "backend"
STEPS = 100  # of the sequence in each record
RECORD_BARS = {"py": 10.0, "fast": 60.0}  # ms
_RUN = "lstm"

# What TensorBoard imports when it starts; the second is what it loads of a plugin beside that.
_ALONE = "from tensorboard import default, main, program; default.get_static_plugins()"
_WITH = _ALONE + "; from rnnbow_plugin.backend import loader, plugin"


def rows(quick: bool) -> list[Row]:
    """The start of TensorBoard, then each of its loaders over a log."""
    count = 300 if quick else 2000
    found = _start(5 if quick else 15)
    with tempfile.TemporaryDirectory() as folder:
        records, bare = Path(folder) / "records", Path(folder) / "bare"
        write_records(records / _RUN, count, STEPS)
        _write_losses(bare / _RUN, count)
        for loader in LOADERS:
            found += _served(loader, records, bare, count, 1 if quick else 3)
    return found


def _start(rounds: int) -> list[Row]:
    """Fresh processes in turn, one of which imports the plugin too."""

    def process(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    times = interleaved({"alone": process(_ALONE), "with": process(_WITH)}, rounds=rounds)
    more = [
        1e3 * (both - alone)
        for both, alone in zip(times.by_name["with"], times.by_name["alone"], strict=True)
    ]
    return [
        Row(
            GROUP,
            "start of TensorBoard with the plugin, more than without",
            median(more),
            "ms",
            *spread(more),
            bar=50.0,
            note="imports, in fresh processes",
        ),
        times.row(GROUP, "start of TensorBoard without the plugin", "alone"),
    ]


def _served(loader: str, records: Path, bare: Path, count: int, rounds: int) -> list[Row]:
    """One record out of `count`, warm, and the memory then; beside it that without records.

    Last the sums by label of all of them, `rounds` times.
    """
    with tensorboard(bare, loader) as server:
        server.wait("the losses", lambda: _has_losses(server))
        without = _resident(server.pid)
    with tensorboard(records, loader) as server:
        server.wait("all records", lambda: _steps_read(server) == count)
        rng, seconds = random.Random(0), []
        for number in range(-5, 51):
            query = {"run": _RUN, "tag": TAG, "step": EVERY * rng.randrange(count)}
            start = time.perf_counter()
            reply = server.ask("record", dict(query))
            passed = time.perf_counter() - start
            if reply.status != 200:
                raise RuntimeError(f"{query}: {reply.status} {reply.text}")
            if number >= 0:
                seconds.append(passed)
        memory = _resident(server.pid)
        summed = _label_sums(server, count, rounds)
    what = f"{count} records of T={STEPS}, {loader} loader"
    return [
        Times({"record": seconds}).row(
            GROUP,
            f"one record out of {what}",
            "record",
            RECORD_BARS[loader],
            note="a whole request, warm, any step",
        ),
        Row(GROUP, f"memory of TensorBoard, {what}", memory, "MiB"),
        Row(GROUP, f"memory of TensorBoard without records, {loader} loader", without, "MiB"),
        summed.row(
            GROUP,
            f"what learns from what, {what}",
            "first",
            note="the route labels, asked until nothing is left; it replies every half second",
        ),
        summed.row(GROUP, f"the same once it is summed, {what}", "again", note="a whole request"),
    ]


def _label_sums(server: Server, count: int, rounds: int) -> Times:
    """Summing all records by label, and asking for that once more."""
    found: dict[str, list[float]] = {"first": [], "again": []}
    for number in range(rounds):
        # Sums are kept for each range: this one has all records in it, and nobody has asked for it.
        query: dict[str, object] = {"run": _RUN, "tag": TAG, "last": EVERY * count + number}
        for seconds in found.values():
            start, left = time.perf_counter(), count
            while left > 0:
                reply = server.ask("labels", query).json()
                left = reply["left"]
            seconds.append(time.perf_counter() - start)
            if reply["summed"] != count:
                raise RuntimeError(f"{reply['summed']} of {count} records are summed")
    return Times(found)


def _write_losses(folder: Path, count: int) -> None:
    writer = EventFileWriter(str(folder))
    for number in range(count):
        summary = Summary(value=[Summary.Value(tag=LOSS, simple_value=1.0)])
        writer.add_event(Event(wall_time=1789000000.0, step=EVERY * number, summary=summary))
    writer.close()


def _has_losses(server: Server) -> bool:
    return LOSS in server.raw("/data/plugin/scalars/tags").text


def _steps_read(server: Server) -> int:
    reply = server.ask("steps", {"run": _RUN, "tag": TAG})
    return len(reply.json()["steps"]) if reply.status == 200 else 0


def _resident(pid: int) -> float:
    """MiB of a process and all that it started, which is TensorBoard's data server."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:  # it ended meanwhile
            continue
        size = fields.get("VmRSS", "0 kB").split()[0]
        parents[int(status.parent.name)] = int(fields["PPid"]), int(size)
    wanted, total = {pid}, 0
    while wanted:
        total += sum(parents[each][1] for each in wanted if each in parents)
        wanted = {each for each, (parent, _) in parents.items() if parent in wanted}
    return total / 1024
