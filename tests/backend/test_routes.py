"""The routes against a real TensorBoard, with each loader."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbow_plugin import wire
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from rnnbow_plugin.wire.names import PLUGIN_NAME
from tests.backend.conftest import ESCAPED_TAGS, HOSTILE_RUN, HOSTILE_TAGS, SPACING, STEPS, Log
from tests.backend.events import START, small_record
from tests.backend.overview_reply import SENT, overview_of, statistics_of, written
from tests.backend.server import Reply, Server

STEP_NUMBERS = [number * SPACING for number in range(STEPS)]
LAGS: dict[str, object] = {"run": "lstm", "tag": "rnn/l0", "columns": 5}


def test_lists_the_runs_that_hold_records_and_no_others(server: Server) -> None:
    runs = server.ask("tags").json()["runs"]

    assert set(runs) == {"lstm", HOSTILE_RUN, "varying", "custom", "restarted", "damaged"}
    assert runs["restarted"] == {
        "tags": {"rnn/l0": {"cell": "LSTM", "hidden_size": 128, "description": ""}},
        "scalars": ["loss"],
        "wall_time": START + 6,
    }
    assert runs["damaged"]["tags"]["rnn/l0"]["cell"] == ""


def test_a_run_says_when_its_latest_record_was_written(server: Server) -> None:
    runs = server.ask("tags").json()["runs"]

    assert runs["lstm"]["wall_time"] == START + STEPS - 1
    # Of all its tags, but for an event that is of no time.
    assert runs["damaged"]["wall_time"] == START + 4


def test_an_event_of_no_time_is_at_0(server: Server) -> None:
    steps = server.ask("steps", {"run": "damaged", "tag": "no time"})

    if server.loader == "py":
        assert steps.json() == {"steps": [0], "wall_times": [0.0]}
    else:  # fast drops it
        assert steps.status == 404


def test_keeps_every_recorded_step(server: Server) -> None:
    steps = server.ask("steps", {"run": "lstm", "tag": "rnn/l0"}).json()
    message = overview_of(server, "lstm", "rnn/l0")

    assert steps["steps"] == STEP_NUMBERS
    assert len(steps["wall_times"]) == STEPS
    assert list(message.steps) == STEP_NUMBERS
    maxima = statistics_of(message)["weight/maximum"]
    assert maxima.tolist() == [100 + step for step in STEP_NUMBERS]


def test_serves_each_record_byte_for_byte(server: Server, log: Log) -> None:
    # Twice, as the second time the step's place is known.
    for step in (STEP_NUMBERS[0], STEP_NUMBERS[137], STEP_NUMBERS[-1], STEP_NUMBERS[137]):
        reply = server.ask("record", {"run": "lstm", "tag": "rnn/l0", "step": step})

        assert reply.status == 200
        assert reply.headers["Content-Type"] == "application/octet-stream"
        assert reply.body == log.blobs["lstm", "rnn/l0", step]
        assert wire.decode(reply.body).step == step


def test_passes_on_a_record_that_it_could_not_read(server: Server) -> None:
    reply = server.ask("record", {"run": "damaged", "tag": "not a record", "step": 3})

    assert reply.body == b"\xff not a record"


def test_overview_holds_what_was_written(server: Server) -> None:
    message = overview_of(server, "lstm", "rnn/l0")
    record = small_record(STEP_NUMBERS[1])
    layout = pb.OverviewLayout.FromString(wire.overview_metadata(record))

    assert message.layout.layer == layout.layer
    assert message.layout.metrics == layout.metrics
    assert tuple(message.layout.record_statistics) == SENT
    assert (message.first_bin, message.bins) == (0, 5)
    found = {name: column[1] for name, column in statistics_of(message).items()}
    np.testing.assert_equal(found, written(record))


def test_overview_of_one_metric_is_cut_from_that_of_all(server: Server) -> None:
    everything = overview_of(server, "lstm", "rnn/l0")
    names = [metric.name for metric in everything.layout.metrics]
    S = len(everything.layout.metric_statistics)

    for place, name in enumerate(names):
        message = overview_of(server, "lstm", "rnn/l0", metric=name)

        assert [metric.name for metric in message.layout.metrics] == [name]
        start = len(SENT) + place * S
        own = everything.statistics[start : start + S]
        assert message.statistics == everything.statistics[: len(SENT)] + own


def test_serves_a_layer_that_has_no_weight_metric(server: Server, log: Log) -> None:
    series: dict[str, object] = {"run": "custom", "tag": "encoder/l0"}
    message = overview_of(server, "custom", "encoder/l0")
    alone = overview_of(server, "custom", "encoder/l0", metric="hidden")
    blob = server.ask("record", {**series, "step": 10}).body
    refused = server.ask("overview", {**series, "metric": "weight"})

    layers = server.ask("tags").json()["runs"]["custom"]["tags"]
    assert layers["encoder/l0"]["cell"] == message.layout.layer.cell == "custom"
    assert [metric.name for metric in message.layout.metrics] == ["hidden", "cell"]
    assert [metric.name for metric in alone.layout.metrics] == ["hidden"]
    assert (message.first_bin, alone.first_bin) == (-2, -2)
    own = written(small_record(10, first_lag=-2, cell="custom"))
    for reply in (message, alone):
        for name, column in statistics_of(reply).items():
            np.testing.assert_equal(column[1], own[name])
    assert blob == log.blobs["custom", "encoder/l0", 10]
    assert (refused.status, "found: 'hidden', 'cell'" in refused.text) == (404, True)


def test_overview_leaves_out_vectors_that_do_not_fit(server: Server) -> None:
    message = overview_of(server, "damaged", "rnn/l0")

    assert list(message.steps) == [0, 4]
    assert statistics_of(message)["weight/maximum"].tolist() == [100, 104]


def test_a_step_written_twice_stands_once(server: Server, log: Log) -> None:
    # Step 25 of the first try was overtaken when the second began at 10.
    message = overview_of(server, "restarted", "rnn/l0", metric="weight")
    reply = server.ask("steps", {"run": "restarted", "tag": "rnn/l0"}).json()
    loss = server.ask("scalars", {"run": "restarted", "tag": "loss"}).json()
    record = server.ask("record", {"run": "restarted", "tag": "rnn/l0", "step": 10})

    assert list(message.steps) == reply["steps"] == loss["steps"] == [0, 10, 20, 30]
    assert reply["wall_times"] == [START, START + 4, START + 5, START + 6]
    assert loss["values"] == [0, 4, 5, 6]
    assert statistics_of(message)["weight/maximum"].tolist() == [100, 4100, 5100, 6100]
    assert record.body == log.blobs["restarted", "write 4", 10]


def test_scalars_keep_what_json_has_no_word_for(server: Server) -> None:
    reply = server.ask("scalars", {"run": "lstm", "tag": "loss/train"}).json()

    assert reply["steps"] == [0, 1, 2, 3, 4, 5]
    assert reply["values"][0] == pytest.approx(4.61, rel=1e-6)
    assert reply["values"][2:] == ["NaN", "Infinity", "-Infinity", 4.0]


@pytest.mark.parametrize("tag", HOSTILE_TAGS)
def test_names_may_hold_anything(server: Server, log: Log, tag: str) -> None:
    found = server.ask("tags").json()["runs"][HOSTILE_RUN]["tags"]
    steps = server.ask("steps", {"run": HOSTILE_RUN, "tag": tag}).json()
    record = server.ask("record", {"run": HOSTILE_RUN, "tag": tag, "step": 7})
    message = overview_of(server, HOSTILE_RUN, tag)

    assert tag in found
    assert steps["steps"] == list(message.steps) == [7]
    assert record.body == log.blobs[HOSTILE_RUN, tag, 7]


@pytest.mark.parametrize("tag", ESCAPED_TAGS)
def test_names_that_the_fast_loader_cannot_read_get_the_way_out(
    server: Server, log: Log, tag: str
) -> None:
    steps = server.ask("steps", {"run": HOSTILE_RUN, "tag": tag}).json()
    record = server.ask("record", {"run": HOSTILE_RUN, "tag": tag, "step": 7})

    assert steps["steps"] == [7]
    if server.loader == "py":
        assert record.body == log.blobs[HOSTILE_RUN, tag, 7]
    else:
        assert record.status == 404
        assert "--load_fast=false" in record.text


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("steps", {}, 400, ["'run'", "missing", "none"]),
        ("steps", {"run": "lstm"}, 400, ["'tag'", "missing", "run"]),
        ("overview", {"tag": "rnn/l0"}, 400, ["'run'", "missing"]),
        ("record", {"run": "lstm", "tag": "rnn/l0"}, 400, ["'step'", "missing"]),
        ("scalars", {"run": "lstm"}, 400, ["'tag'", "missing"]),
        *(
            ("record", {"run": "lstm", "tag": "rnn/l0", "step": step}, 400, ["not a whole number"])
            for step in ("", "x", "1.5", "1e3", " 16", "٣", "0x10", "9" * 20, "16\n", "--1")
        ),
        ("record", {"run": "lstm", "tag": "rnn/l0", "step": 17}, 404, ["17", "0 to 4784"]),
        ("record", {"run": "lstm", "tag": "rnn/l0", "step": -16}, 404, ["-16"]),
        ("record", {"run": "lstm", "tag": "rnn/l0", "step": 9 * 10**18}, 404, ["9000"]),
        ("record", {"run": "lstm", "tag": "nothing", "step": 0}, 404, ["'lstm'", "'nothing'"]),
        ("record", {"run": "nothing", "tag": "rnn/l0", "step": 0}, 404, ["'nothing'", "'rnn/l0'"]),
        ("record", {"run": "lstm", "tag": "rnn/l0/overview", "step": 0}, 404, ["no record tag"]),
        ("record", {"run": "lstm", "tag": "loss/train", "step": 0}, 404, ["no record tag"]),
        ("steps", {"run": "", "tag": ""}, 404, ["run ''", "tag ''"]),
        ("steps", {"run": "lstm", "tag": "nothing"}, 404, ["'lstm'", "'nothing'"]),
        ("overview", {"run": "lstm", "tag": "nothing"}, 404, ["'lstm'", "'nothing/overview'"]),
        ("overview", {"run": "nothing", "tag": "rnn/l0"}, 404, ["'nothing'"]),
        (
            "overview",
            {"run": "lstm", "tag": "rnn/l0", "metric": "size"},
            404,
            ["no metric 'size'", "'weight', 'hidden', 'cell', 'share'"],
        ),
        ("lags", {"run": "lstm", "tag": "rnn/l0"}, 400, ["'columns'", "missing"]),
        *(
            ("lags", {**LAGS, "columns": columns}, 400, ["not a whole number from 1 to 8192"])
            for columns in ("", "x", "0", "-1", "8193", "1.5", "9" * 400, "<b>")
        ),
        ("lags", {**LAGS, "first": "x"}, 400, ["first=", "not a whole number"]),
        ("lags", {**LAGS, "last": "1e3"}, 400, ["last=", "not a whole number"]),
        ("lags", {**LAGS, "metric": "size"}, 404, ["no metric 'size'", "'weight'"]),
        ("lags", {**LAGS, "tag": "nothing"}, 404, ["'lstm'", "'nothing/overview'"]),
        ("lags", {**LAGS, "run": "damaged", "tag": "no layout"}, 404, ["parsing"]),
        ("overview", {"run": "damaged", "tag": "no layout"}, 404, ["'no layout'", "parsing"]),
        ("overview", {"run": "damaged", "tag": "empty layout"}, 404, ["names no metrics"]),
        ("scalars", {"run": "lstm", "tag": "nothing"}, 404, ["no scalar tag 'nothing'"]),
        ("scalars", {"run": "lstm", "tag": "rnn/l0"}, 404, ["no scalar tag"]),
        ("nothing", {}, 404, []),
    ],
)
def test_errors_say_what_was_found(
    server: Server, path: str, query: dict[str, object], status: int, words: list[str]
) -> None:
    reply = server.ask(path, query)

    assert reply.status == status, reply.text
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    for word in words:
        assert word in reply.text


ROUTES: tuple[tuple[str, dict[str, object]], ...] = (
    ("tags", {}),
    ("steps", {"run": "lstm", "tag": "rnn/l0"}),
    ("overview", {"run": "lstm", "tag": "rnn/l0"}),
    ("lags", LAGS),
    ("record", {"run": "lstm", "tag": "rnn/l0", "step": 16}),
    ("scalars", {"run": "lstm", "tag": "loss/train"}),
)


@pytest.mark.parametrize(("path", "query"), ROUTES, ids=[path for path, _ in ROUTES])
def test_head_is_get_without_a_body(server: Server, path: str, query: dict[str, object]) -> None:
    get = server.ask(path, query)
    head = server.ask(path, query, method="HEAD")

    assert (get.status, head.status) == (200, 200)
    assert head.body == b""
    assert _but_date(head) == _but_date(get)
    assert get.headers["Content-Length"] == str(len(get.body))
    assert get.headers["X-Content-Type-Options"] == "nosniff"
    assert get.headers["Cache-Control"] == "no-cache, must-revalidate"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [*(path for path, _ in ROUTES), "static/index.js"])
def test_only_get_and_head_are_answered(server: Server, path: str, method: str) -> None:
    reply = server.ask(path, method=method)

    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, HEAD"
    assert method in reply.text


def test_the_tab_is_listed_as_active(server: Server) -> None:
    reply = server.raw("/data/plugins_listing").json()[PLUGIN_NAME]

    assert reply["enabled"] is True
    assert reply["tab_name"] == "RNNbow"
    assert reply["loading_mechanism"]["module_path"] == "/data/plugin/rnnbow/static/index.js"


def test_routes_lie_below_an_experiment_too(server: Server) -> None:
    below = server.raw("/experiment/some/data/plugin/rnnbow/tags")

    assert below.json() == server.ask("tags").json()


def test_tensorboard_has_nothing_to_complain_about(server: Server) -> None:
    for path, query in ROUTES:
        server.ask(path, query)

    # Its security validator prints warnings, and a route that fails a traceback.
    assert "will become an error" not in server.printed()
    assert "Traceback" not in server.printed()


def _but_date(reply: Reply) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name != "Date"}
