"""What the page opens with, against the routes that it saves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.backend.conftest import ESCAPED_TAGS, HOSTILE_RUN, SPACING, STEPS
from tests.backend.server import Server


def opening(server: Server, **query: object) -> tuple[dict[str, Any], bytes]:
    """The line, and the record behind it."""
    reply = server.ask("opening", query)
    assert reply.status == 200, reply.text
    line, newline, record = reply.body.partition(b"\n")
    assert newline
    return json.loads(line), record


def of_routes(
    server: Server, run: str, tag: str, step: int | None = None
) -> tuple[dict[str, Any], bytes]:
    """The same, asked for one by one."""
    layer: dict[str, object] = {"run": run, "tag": tag}
    line = server.ask("tags").json() | layer | server.ask("steps", layer).json()
    if step is None:
        return line, b""
    return line | {"step": step}, server.ask("record", layer | {"step": step}).body


def test_the_newest_record_of_the_run_that_recorded_last(server: Server) -> None:
    runs = server.ask("tags").json()["runs"]
    newest = max(runs, key=lambda run: float(runs[run]["wall_time"]))

    line, record = opening(server)

    assert (line["run"], line["tag"]) == (newest, min(runs[newest]["tags"]))
    assert (line, record) == of_routes(server, newest, line["tag"], line["steps"][-1])


@pytest.mark.parametrize(
    ("asked", "step"), [(33, 32), (24, 16), (-5, 0), (10**9, (STEPS - 1) * SPACING), (48, 48)]
)
def test_the_record_nearest_to_the_step_of_a_layer(server: Server, asked: int, step: int) -> None:
    found = opening(server, run="lstm", tag="rnn/l0", step=asked)

    assert found == of_routes(server, "lstm", "rnn/l0", step)


def test_the_first_layer_of_a_run(server: Server) -> None:
    assert opening(server, run="custom", step=0) == of_routes(server, "custom", "encoder/l0", 0)


@pytest.mark.parametrize("query", [{"run": "none"}, {"run": "lstm", "tag": "none"}, {"tag": "no"}])
def test_what_does_not_exist_is_left_out(server: Server, query: dict[str, object]) -> None:
    assert opening(server, **query) == (server.ask("tags").json(), b"")


def test_a_record_that_cannot_be_read_is_left_out(server: Server) -> None:
    found = opening(server, run=HOSTILE_RUN, tag=ESCAPED_TAGS[0])

    readable = server.loader == "py"
    assert found == of_routes(server, HOSTILE_RUN, ESCAPED_TAGS[0], 7 if readable else None)


def test_a_step_that_is_none_is_refused(server: Server) -> None:
    reply = server.ask("opening", {"step": "x"})

    assert reply.status == 400
    assert "step='x' is not a whole number" in reply.text
