"""What takes a TensorBoard of its own: its flags, a log that grows, a log without records."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from rnnbow_plugin.backend.loader import SAMPLES, RnnbowLoader
from rnnbow_plugin.wire import rnnbow_pb2 as pb
from tests.backend.conftest import STEPS, Log
from tests.backend.events import RunWriter
from tests.backend.server import LOADERS, Server, tensorboard

RNN = {"run": "growing", "tag": "rnn/l0"}


def steps_of(server: Server, run: str = "growing") -> list[int]:
    """Steps of which a record is kept; none where the run is unknown."""
    return server.steps(run, "rnn/l0")


def overview_steps(server: Server, run: str = "growing") -> list[int]:
    """Steps that the overview has; none where the run is unknown."""
    reply = server.ask("overview", {"run": run, "tag": "rnn/l0"})
    return list(pb.Overview.FromString(reply.body).steps) if reply.status == 200 else []


@pytest.mark.parametrize("loader", LOADERS)
def test_the_users_own_sampling_wins_and_the_overview_is_kept(log: Log, loader: str) -> None:
    flag = "--samples_per_plugin=rnnbow=5,images=3"
    with tensorboard(log.logdir, loader, flag, prefix="/some/where") as server:
        server.wait("300 steps", lambda: len(overview_steps(server, "lstm")) == STEPS)
        kept = steps_of(server, "lstm")
        everything = overview_steps(server, "lstm")

        assert len(kept) == 5
        # The page shows steps that the overview has and these lack as dropped.
        assert set(kept) < set(everything)
        assert kept[-1] == everything[-1]
        dropped = next(step for step in everything if step not in kept)
        reply = server.ask("record", {"run": "lstm", "tag": "rnn/l0", "step": dropped})
        assert reply.status == 404
        assert str(dropped) in reply.text


@pytest.mark.parametrize("loader", LOADERS)
def test_the_log_grows_while_it_is_watched(tmp_path: Path, loader: str) -> None:
    logdir = tmp_path / "later"
    with tensorboard(logdir, loader) as server:
        assert server.ask("tags").json() == {"runs": {}}
        with RunWriter(logdir, "growing") as run:
            first = run.record("rnn/l0", 1)
            run.flush()
            server.wait("the first record", lambda: steps_of(server) == [1])
            assert server.ask("record", {**RNN, "step": 1}).body == first
            assert server.ask("record", {**RNN, "step": 2}).status == 404

            second = run.record("rnn/l0", 2)
            run.flush()
            server.wait("the second record", lambda: steps_of(server) == [1, 2])
            assert server.ask("record", {**RNN, "step": 2}).body == second
            assert server.ask("record", {**RNN, "step": 1}).body == first
            server.wait("its overview", lambda: overview_steps(server) == [1, 2])

        shutil.rmtree(logdir / "growing")
        server.wait("the run to go", lambda: server.ask("tags").json() == {"runs": {}})
        # Its place is still known from before.
        assert server.ask("record", {**RNN, "step": 1}).status == 404
        assert "Traceback" not in server.printed()


@pytest.mark.parametrize("loader", LOADERS)
def test_a_log_without_records_is_an_empty_list(tmp_path: Path, loader: str) -> None:
    with RunWriter(tmp_path, "plain") as run:
        run.scalar("loss", 0, 1.0)
    with tensorboard(tmp_path, loader) as server:
        server.wait("the run", lambda: server.raw("/data/runs").json() == ["plain"])

        assert server.ask("tags").json() == {"runs": {}}
        assert server.raw("/data/plugins_listing").json()["rnnbow"]["enabled"] is False


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, SAMPLES),
        (None, SAMPLES),
        ({"rnnbow": 7}, {**SAMPLES, "rnnbow": 7}),
        ({"rnnbow_overview": 9, "images": 3}, {**SAMPLES, "rnnbow_overview": 9, "images": 3}),
    ],
)
def test_limits_are_set_where_the_user_set_none(
    given: dict[str, int] | None, expected: dict[str, int]
) -> None:
    flags = Namespace(samples_per_plugin=given)
    RnnbowLoader().fix_flags(flags)

    assert flags.samples_per_plugin == expected
    assert SAMPLES == {"rnnbow": 2000, "rnnbow_overview": 0}


def test_without_a_data_provider_there_is_no_plugin() -> None:
    assert RnnbowLoader().load(Namespace(data_provider=None)) is None
