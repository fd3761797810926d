"""The routes under requests that nobody should send, over logs that nobody should have written."""

from __future__ import annotations

import gzip
import re
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tensorboard.context import RequestContext
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from rnnbow_plugin import wire
from rnnbow_plugin.backend import assets
from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.wire.envelope import MAX_PAYLOAD, seal
from tests.backend.events import START, RunWriter, small_record
from tests.backend.server import Reply

from .apps import App, application
from .memory import forget, peak
from .requests import Asked, Requests
from .row import Row

COUNTS = {"py": 10_000, "fast": 1_500}
# MiB beyond the process before: a bomb of 64 MiB, and the sums by label.
MEMORY = 1024
SLOWEST = 10.0  # seconds
DAMAGED = "bombs"
RUNS = ("lstm", "a b/<script>alert(1)</script>&?=#%41;é日本", "hostile")
TYPES = dict.fromkeys(("opening", "overview", "lags", "record"), "application/octet-stream")
STEPS = (0, 16, 32, 48)


def write_log(logdir: Path) -> None:
    """Sound records under odd names; and blobs, metadata and vectors that are none."""
    for name in RUNS:
        with RunWriter(logdir, name) as run:
            for step in STEPS:
                run.record("rnn/l0", step)
                run.scalar("<b>loss</b>", step, 1.0)
    bomb = zlib.compress(b"\x4a\0" * (MAX_PAYLOAD // 2), 9)
    with RunWriter(logdir, DAMAGED) as run:
        vector = wire.overview_vector(small_record(0))
        for step, blob in enumerate((b"", b"RNBW", bytes(99), seal(1, bomb, MAX_PAYLOAD))):
            run.blobs("rnn/l0", step, [blob], b"\xff" * 9, START)
            run.vector("rnn/l0", step, vector, b"\x1a\x00" * 9999, START)
            run.blobs("none", step, [], b"", START)


def series() -> dict[tuple[str, str], tuple[int, ...]]:
    """What of it can be asked for."""
    damaged = {(DAMAGED, tag): tuple(range(4)) for tag in ("rnn/l0", "none")}
    return damaged | {(run, "rnn/l0"): STEPS for run in RUNS}


def ask(app: App, asked: Asked) -> Reply:
    """Send a request as it is; what the application raises, this raises."""
    environ = EnvironBuilder(method="GET", headers=Headers(asked.headers)).get_environ()
    environ["REQUEST_METHOD"] = asked.method
    environ["PATH_INFO"] = unquote_to_bytes(asked.path).decode("latin-1")
    environ["QUERY_STRING"] = asked.query
    body, status, headers = run_wsgi_app(app.wsgi, environ, buffered=True)
    return plain(Reply(int(status.split()[0]), dict(headers), b"".join(body)))


def plain(reply: Reply) -> Reply:
    """The same, not compressed."""
    if not reply.body or reply.headers.get("Content-Encoding") != "gzip":
        return reply
    return replace(reply, body=gzip.decompress(reply.body))


def wrong(asked: Asked, reply: Reply) -> str:
    """What is wrong with a reply; empty if nothing is."""
    kind = reply.headers.get("Content-Type", "")
    if reply.status not in (200, 304, 400, 404, 405):
        return f"status {reply.status}"
    if reply.status != 304 and reply.headers.get("X-Content-Type-Options") != "nosniff":
        return "no nosniff"
    if asked.method not in ("GET", "HEAD") and reply.status not in (404, 405):
        return f"status {reply.status} of {asked.method[:10]}"
    if asked.method == "HEAD" and reply.body:
        return "a body of HEAD"
    if asked.sound and reply.status != 200:
        return f"status {reply.status} of a sound request"
    if reply.status in (400, 404, 405):
        if not kind.startswith("text/plain") or len(reply.body) > 4000:
            return f"an error of {len(reply.body)} bytes, {kind}"
        if re.search(rb"[<>]", reply.body):
            return "markup in an error"
        named = re.search(
            rb"run '|parameter '|is not a whole|metric '|static file |Method|^Not found$",
            reply.body,
        )
        return (
            "" if named or asked.method == "HEAD" else "an error that does not say what is missing"
        )
    if reply.status == 200 and asked.route == "static":
        files = {path.read_bytes() for path in assets.STATIC.iterdir()}
        return "" if asked.method == "HEAD" or reply.body in files else "not a file of the page"
    if reply.status == 200 and kind != TYPES.get(asked.route, "application/json"):
        return f"type {kind}"
    return ""


def rows(seed: int, share: float) -> list[Row]:
    """For each loader: what was replied, and what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        logdir = Path(folder)
        write_log(logdir)
        return [
            _row(logdir, loader, seed, max(1, int(count * share)))
            for loader, count in COUNTS.items()
        ]


def _row(logdir: Path, loader: str, seed: int, count: int) -> Row:
    found: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    slowest = 0.0
    with application(logdir, loader, is_read) as app:
        forget()
        before = peak()
        for asked in Requests(seed, series(), ("weight", "share"), DAMAGED).take(count):
            started = time.perf_counter()
            try:
                reply = ask(app, asked)
                problem = wrong(asked, reply)
                found[str(reply.status)] += 1
            except Exception as error:  # TensorBoard's server makes a 500 of it
                problem = f"500: {type(error).__name__}: {str(error)[:80]}"
            slowest = max(slowest, time.perf_counter() - started)
            if problem:
                problems[f"{asked.route}: {problem}"] += 1
        memory = peak() - before
    statuses = ", ".join(f"{status}: {n:,}" for status, n in sorted(found.items()))
    said = (
        "; ".join(f"{n} times {problem}" for problem, n in problems.most_common(9)) or "none wrong"
    )
    return Row(
        f"requests, {loader} loader",
        count,
        f"{statuses}; {said}; slowest {slowest:.1f} s, {memory:.0f} MiB more than before "
        f"(bound {MEMORY})",
        not problems and slowest < SLOWEST and memory < MEMORY,
    )


def is_read(reader: Reader) -> bool:
    """Whether all of the log is read."""
    source = Source(RequestContext(), "")
    runs = reader.tags(source)
    return {*RUNS, DAMAGED} <= set(runs) and all(
        list(reader.entries(source, run, tag)) == list(steps)
        for (run, tag), steps in series().items()
        if tag != "none"
    )
