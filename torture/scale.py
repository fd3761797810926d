"""Many runs, long records and many people at once, before a real TensorBoard."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from statistics import median

from tests.backend.server import LOADERS, Server, tensorboard

from .clients import ROUTES, Answer, Client, together
from .memory import resident
from .row import Row
from .scale_log import Log, Size, is_read, write

# Bounds of what is promised: MiB of TensorBoard with all of it read, seconds of any reply.
MEMORY, SLOWEST = 4096, 30.0
# Seconds until all is read: the Python loader makes checksums in Python, 25 ms for a long record.
_PATIENCE = 400.0


def rows(seed: int, share: float) -> list[Row]:
    """For each loader: what it takes to hold all of it, each route, and all clients together."""
    return measured(seed, Size().part(share))


def measured(seed: int, size: Size, loaders: tuple[str, ...] = LOADERS) -> list[Row]:
    """The same for any size."""
    with tempfile.TemporaryDirectory() as folder:
        log = write(Path(folder), size)
        return [row for loader in loaders for row in _served(log, loader, seed)]


def _served(log: Log, loader: str, seed: int) -> list[Row]:
    started = time.monotonic()
    with tensorboard(log.logdir, loader) as server:
        server.wait("all of the log", lambda: is_read(server, log), _PATIENCE)
        return [
            _held(server, log, time.monotonic() - started),
            _alone(server, log, Random(seed)),
            _together(server, log, seed),
        ]


def _held(server: Server, log: Log, seconds: float) -> Row:
    processes = resident(server.pid)
    size, total = log.size, sum(processes)
    each = " and ".join(f"{memory:,.0f}" for memory in processes)
    return Row(
        f"{size.runs} runs x 3 layers x {size.steps} records, one run of {size.records:,} records "
        f"of T={size.length} ({log.megabytes:.0f} MB on disk), {server.loader} loader",
        3 * size.runs * size.steps + size.records,
        f"all are listed {seconds:.0f} s after TensorBoard was started, and its memory is then "
        f"{total:,.0f} MiB (of its processes {each}; bound {MEMORY:,})",
        total < MEMORY,
    )


def _alone(server: Server, log: Log, random: Random) -> Row:
    """Each route asked by one client, one request after the other."""
    client = Client(server, log, random)
    answers = {route: [client.ask(route) for _ in range(log.size.alone)] for route in ROUTES}
    times = ", ".join(
        f"{route} {1e3 * median(one.seconds for one in of):.0f} ms" for route, of in answers.items()
    )
    return _row(
        f"each route, {server.loader} loader",
        [one for of in answers.values() for one in of],
        f"medians: {times}",
    )


def _together(server: Server, log: Log, seed: int) -> Row:
    """All clients, each asking again as soon as it was answered."""
    size = log.size
    answers = together(server, log, size.clients, size.seconds, seed)
    half, most = _within(answers)
    records = _within([one for one in answers if one.route == "record"])
    return _row(
        f"{size.clients} clients for {size.seconds:.0f} s, each asking again at once, "
        f"{server.loader} loader",
        answers,
        f"{len(answers) / size.seconds:.0f} replies a second, p50 {half:.2f} s and p99 "
        f"{most:.2f} s (of records {records[0]:.2f} s and {records[1]:.2f} s), the slowest "
        f"{max(one.seconds for one in answers):.1f} s; memory then "
        f"{sum(resident(server.pid)):,.0f} MiB",
    )


def _within(answers: list[Answer]) -> tuple[float, float]:
    """Seconds that half of them and that 99 of 100 took at most; 0 where there are none."""
    seconds = sorted(one.seconds for one in answers) or [0.0]
    return seconds[(len(seconds) - 1) // 2], seconds[99 * (len(seconds) - 1) // 100]


def _row(tried: str, answers: list[Answer], happened: str) -> Row:
    problems = Counter(f"{one.route}: {one.problem}" for one in answers if one.problem)
    said = "; ".join(f"{n} times {problem}" for problem, n in problems.most_common(5))
    slowest = max(one.seconds for one in answers)
    holds = not problems and slowest < SLOWEST
    return Row(tried, len(answers), f"{said or 'no error'}; {happened}", holds)
