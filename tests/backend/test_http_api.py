"""The document of the routes, against the routes."""

from __future__ import annotations

import json
import math
import re
from argparse import Namespace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import rnnbow_plugin.backend
from rnnbow_plugin.backend.plugin import RnnbowPlugin
from rnnbow_plugin.wire import decode
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from tests.backend.server import Reply, Server

DOCUMENT = (Path(rnnbow_plugin.backend.__file__).parent / "http_api.md").read_text("utf-8")
SECTIONS = {
    part.split("\n", 1)[0]: part.split("\n", 1)[1]
    for part in re.split(r"^## ", DOCUMENT, flags=re.M)[1:]
}
ROUTES = {
    route.lstrip("/").split("/")[0]
    for route in RnnbowPlugin(Namespace(data_provider=None)).get_plugin_apps()
}


def ask(server: Server, section: str) -> Reply:
    """The reply to the request that a section gives as its example."""
    (path,) = re.findall(r"^`GET (data/plugin/rnnbow/\S+)`$", SECTIONS[section], re.M)
    parts = urlsplit(path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return server.ask(parts.path.removeprefix("data/plugin/rnnbow/"), dict(query))


def example(section: str) -> Any:
    """The JSON that a section gives as the reply."""
    (text,) = re.findall(r"```json\n(.*?)```", SECTIONS[section], re.S)
    return json.loads(text)


def test_every_route_is_documented_and_no_other() -> None:
    table = re.findall(r"^\| \[?`([a-z]+)[?/`[]", DOCUMENT, re.M)

    assert set(table) == ROUTES
    assert set(SECTIONS) == ROUTES


def test_the_example_of_opening_is_how_a_reply_begins(server: Server) -> None:
    line, _, record = ask(server, "opening").body.partition(b"\n")
    reply, expected = json.loads(line), example("opening")

    assert reply.keys() == expected.keys()
    (layer,) = expected["runs"]["lstm"]["tags"].items()
    assert layer in reply["runs"]["lstm"]["tags"].items()
    assert {name: reply[name] for name in ("run", "tag", "step")} == {
        name: expected[name] for name in ("run", "tag", "step")
    }
    for name in ("steps", "wall_times"):
        assert reply[name][:3] == expected[name]
    assert decode(record).step == expected["step"]


def test_the_example_of_tags_is_a_reply(server: Server) -> None:
    expected = example("tags")["runs"]

    assert {run: ask(server, "tags").json()["runs"][run] for run in expected} == expected


@pytest.mark.parametrize("section", ["steps", "scalars"])
def test_examples_of_series_are_how_replies_begin(server: Server, section: str) -> None:
    reply, expected = ask(server, section).json(), example(section)

    assert reply.keys() == expected.keys()
    for name, values in expected.items():
        for found, documented in zip(reply[name], values, strict=False):
            if isinstance(documented, str):
                assert found == documented
            else:
                assert found == pytest.approx(documented, rel=1e-6)
        assert len(reply[name]) >= len(values)


def test_the_example_of_labels_is_how_a_reply_begins(server: Server) -> None:
    reply, expected = ask(server, "labels").json(), example("labels")

    assert reply.keys() == expected.keys()
    for name, documented in expected.items():
        if isinstance(documented, list):
            assert reply[name][: len(documented)] == documented
        else:
            assert reply[name] == documented
    shape = (len(reply["targets"]) + 1, len(reply["inputs"]) + 1, len(reply["lags"]))
    assert len(reply["sums"]) == len(reply["counts"]) == math.prod(shape)


def test_the_example_of_overview_is_the_message(server: Server) -> None:
    message = pb.Overview.FromString(ask(server, "overview").body)

    assert [metric.name for metric in message.layout.metrics] == ["weight"]
    assert {len(column) for column in message.statistics} == {4 * len(message.steps)}


def test_the_example_of_lags_is_the_message(server: Server) -> None:
    message = pb.LagColumns.FromString(ask(server, "lags").body)

    # Steps 0, 16, ... 320: each has a column of its own.
    assert list(message.first_steps) == list(message.last_steps) == list(range(0, 321, 16))
    assert len(message.shares) == 4 * len(message.records) * message.bins


def test_the_example_of_record_is_a_record(server: Server) -> None:
    assert decode(ask(server, "record").body).step == 32


def test_links_lead_somewhere() -> None:
    folder = Path(rnnbow_plugin.backend.__file__).parent
    for target in re.findall(r"\]\(([^)]+)\)", DOCUMENT):
        assert target.removeprefix("#") in SECTIONS or (folder / target).is_file()
