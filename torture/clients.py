"""People who look at a log: what they ask, whether the answer is right, and how long it took."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from random import Random

from benchmarks import logs
from rnnbow_plugin import wire
from rnnbow_plugin.errors import RnnbowError
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from tests.backend.server import Reply, Server

from .scale_log import LONG, LOSS, TAGS, Log

# How often each is asked: a person walks through records, and opens other panels seldom.
ROUTES = {
    "record": 12,
    "steps": 2,
    "overview": 2,
    "lags": 2,
    "scalars": 2,
    "tags": 1,
    "opening": 1,
    "labels": 1,
}
COLUMNS = 2048


@dataclass(frozen=True)
class Answer:
    """To one request."""

    route: str
    seconds: float
    problem: str  # empty if there is none


class Client:
    """One person: half of the time at the long run, else at any of the others."""

    def __init__(self, server: Server, log: Log, random: Random) -> None:
        self._server, self._log, self._random = server, log, random

    def ask(self, route: str) -> Answer:
        """Ask a route for something that is there."""
        draw, log = self._random, self._log
        run, tag = LONG, logs.TAG
        if draw.random() < 0.5:
            run, tag = draw.choice(log.runs), draw.choice(TAGS)
        step = draw.choice(log.steps(run))
        query: dict[str, object] = {"run": run, "tag": LOSS if route == "scalars" else tag}
        if route in ("record", "opening"):
            query["step"] = step
        if route == "lags":
            query["columns"] = COLUMNS
        started = time.perf_counter()
        try:
            reply = self._server.ask(route, None if route == "tags" else query)
        except OSError as error:
            return Answer(route, time.perf_counter() - started, type(error).__name__)
        seconds = time.perf_counter() - started
        return Answer(route, seconds, _wrong(route, reply, log, (run, tag, step)))

    def ask_any(self) -> Answer:
        """Ask any of the routes, as often as people do."""
        (route,) = self._random.choices([*ROUTES], [*ROUTES.values()])
        return self.ask(route)


def together(server: Server, log: Log, clients: int, seconds: float, seed: int) -> list[Answer]:
    """Everything that some clients were answered; each asks again at once, until time is over."""
    answers: list[Answer] = []
    end = time.monotonic() + seconds

    def look(number: int) -> None:
        client = Client(server, log, Random(f"{seed} {number}"))
        while time.monotonic() < end:
            answers.append(client.ask_any())

    threads = [threading.Thread(target=look, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _wrong(route: str, reply: Reply, log: Log, asked: tuple[str, str, int]) -> str:
    """What is wrong with a reply; empty if nothing is."""
    run = asked[0]
    if reply.status != 200:
        return f"status {reply.status}"
    try:
        if route == "record":
            right = _is_record(reply.body, log, asked)
        elif route == "opening":
            line, _, record = reply.body.partition(b"\n")
            found = json.loads(line)
            right = (found["run"], found["tag"], found["step"]) == asked
            right &= found["steps"] == log.steps(run) and _is_record(record, log, asked)
        elif route == "overview":
            right = list(pb.Overview.FromString(reply.body).steps) == log.steps(run)
        elif route == "lags":
            lags = pb.LagColumns.FromString(reply.body)
            right = len(lags.records) <= COLUMNS and sum(lags.records) == len(log.steps(run))
        elif route == "tags":
            right = set(reply.json()["runs"]) == {*log.runs, LONG}
        elif route == "labels":
            sums = reply.json()
            right = sums["damaged"] == 0 and sums["summed"] + sums["left"] == len(log.steps(run))
        else:
            right = bool(reply.json()["steps"]) and (
                route == "scalars" or reply.json()["steps"] == log.steps(run)
            )
    except (RnnbowError, ValueError) as error:
        return type(error).__name__
    return "" if right else "an answer to something else"


def _is_record(blob: bytes, log: Log, asked: tuple[str, str, int]) -> bool:
    """Byte for byte, where what was written is still known.

    Raises:
        RnnbowError: it is no record, or one of another step.
    """
    known = log.blobs.get(asked)
    return blob == known if known is not None else bool(wire.decode(blob, asked[2]))
