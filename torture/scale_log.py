"""A log directory of many runs, beside one with many long records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import logs
from tests.backend.events import RunWriter, small_record
from tests.backend.server import Server

TAGS = ("rnn/l0", "rnn/l1", "rnn/l2")
LONG = "long"
LOSS = logs.LOSS


@dataclass(frozen=True)
class Size:
    """How much of everything there is."""

    runs: int = 200
    steps: int = 10  # recorded, of each layer of each of them
    records: int = 2000  # of the long run
    length: int = 256  # T, of each of these
    alone: int = 20  # requests to each route before there are many clients
    clients: int = 50
    seconds: float = 60.0

    def part(self, share: float) -> Size:
        """The same with fewer of everything but what one record holds."""
        return replace(
            self,
            runs=max(2, int(self.runs * share)),
            records=max(2, int(self.records * share)),
            clients=max(2, int(self.clients * share)),
            seconds=self.seconds * share,
        )


@dataclass(frozen=True)
class Log:
    """What was written: the blobs of the short runs, by run, tag and step."""

    logdir: Path
    size: Size
    blobs: dict[tuple[str, str, int], bytes]

    @property
    def runs(self) -> list[str]:
        """Names of the short runs."""
        return [f"run {number:03}" for number in range(self.size.runs)]

    @property
    def megabytes(self) -> float:
        """On the disk."""
        files = (path for path in self.logdir.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files) / 1e6

    def steps(self, run: str) -> list[int]:
        """Those recorded."""
        if run == LONG:
            return [logs.EVERY * number for number in range(self.size.records)]
        return list(range(self.size.steps))


def write(logdir: Path, size: Size) -> Log:
    """The short runs, each record of which has a loss of its own, and the long one."""
    log = Log(logdir, size, {})
    for number, name in enumerate(log.runs):
        with RunWriter(logdir, name) as run:
            for step in range(size.steps):
                for place, tag in enumerate(TAGS):
                    record = replace(small_record(step), loss=float(3 * number + place))
                    log.blobs[name, tag, step] = run.record(tag, step, record)
                run.scalar(LOSS, step, 1.0)
    logs.write_records(logdir / LONG, size.records, size.length)
    return log


def is_read(server: Server, log: Log) -> bool:
    """Whether TensorBoard has all of it."""
    runs = server.ask("tags").json()["runs"]
    if set(runs) != {*log.runs, LONG} or any(set(runs[run]["tags"]) != {*TAGS} for run in log.runs):
        return False
    # Loaders read a run in one go. The long one takes longest; of the others a few are looked at.
    looked = [
        (LONG, logs.TAG),
        *((run, TAGS[-1]) for run in log.runs[:: max(1, log.size.runs // 8)]),
    ]
    return all(
        server.ask("steps", {"run": run, "tag": tag}).json()["steps"] == log.steps(run)
        for run, tag in looked
    )
