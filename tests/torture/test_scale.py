"""A sample of many runs and many clients, and that what is wrong would be seen."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.backend.server import Reply
from torture import scale
from torture.clients import ROUTES, Client
from torture.scale_log import Size, write


def test_many_runs_and_several_clients_at_once() -> None:
    size = Size(runs=40, steps=2, records=40, length=64, alone=3, clients=8, seconds=2.0)
    rows = scale.measured(1, size, ("fast",))
    assert [row.count for row in rows[:2]] == [280, 3 * len(ROUTES)]
    assert rows[2].count > 8
    for row in rows:
        assert row.holds, row


def test_a_part_of_it_has_as_long_records() -> None:
    part = Size().part(0.1)
    assert (part.runs, part.records, part.length, part.clients, part.seconds) == (
        *(20, 200, 256, 5, 6.0),
    )


class Confused:
    """A server that replies one thing to everything."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def ask(self, route: str, query: object) -> Reply:
        return self.reply


def test_a_wrong_answer_would_be_seen(tmp_path: Path) -> None:
    log = write(tmp_path, Size(runs=2, steps=2, records=2, length=5))
    blob = log.blobs["run 000", "rnn/l2", 1]
    for reply, problem in (
        (Reply(500, {}, b""), "status 500"),
        (Reply(200, {}, b"{}"), "RnnbowError"),
        (Reply(200, {}, blob), "an answer to something else"),
    ):
        client = Client(Confused(reply), log, Random(0))  # type: ignore[arg-type]
        found = {client.ask("record").problem for _ in range(20)}
        assert problem in found
