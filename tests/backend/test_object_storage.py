"""Log directories that are no folders of this machine: paths with a scheme, read through fsspec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest
from tensorboard.backend.event_processing import data_provider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.data import server_ingester
from tensorboard.util import grpc_util

from rnnbow_plugin.backend.http import Source
from rnnbow_plugin.backend.loader import SAMPLES
from rnnbow_plugin.backend.reader import Reader
from rnnbow_plugin.export.logdir import read_logdir
from tests.backend.events import RunWriter
from tests.backend.server import tensorboard

SOURCE = Source(RequestContext(), "")
RUN, TAG = "cells/lstm é", "rnn/l0"
BUCKET = "memory://rnnbow-bucket/logs"


@pytest.fixture
def upload(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Puts the event files of `tmp_path` into the bucket, each as a whole, as one does there."""
    files = fsspec.filesystem("memory")

    def put() -> None:
        for path in tmp_path.rglob("events.*"):
            name = path.relative_to(tmp_path).as_posix()
            files.pipe(f"/rnnbow-bucket/logs/{name}", path.read_bytes())

    yield put
    files.rm("/rnnbow-bucket", recursive=True)


def test_a_log_grows_in_a_bucket(tmp_path: Path, upload: Callable[[], None]) -> None:
    # As TensorBoard reads any scheme but gs://, with what fsspec knows.
    multiplexer = EventMultiplexer(tensor_size_guidance=dict(SAMPLES))
    reader = Reader(data_provider.MultiplexerDataProvider(multiplexer, BUCKET))

    def look() -> None:
        upload()
        multiplexer.AddRunsFromDirectory(BUCKET)
        multiplexer.Reload()

    with RunWriter(tmp_path, RUN) as run:
        for step in (1, 2):
            blob = run.record(TAG, step)
            run.flush()
            look()
            assert list(reader.tags(SOURCE)) == [RUN]
            assert reader.record(SOURCE, RUN, TAG, step) == blob
    assert reader.steps(SOURCE, RUN, TAG)["steps"] == [1, 2]


def test_a_report_is_made_of_a_bucket(tmp_path: Path, upload: Callable[[], None]) -> None:
    with RunWriter(tmp_path, RUN) as run:
        blob = run.record(TAG, 7)
    upload()
    reader = Reader(read_logdir(BUCKET, [RUN], dict(SAMPLES)))

    assert reader.record(SOURCE, RUN, TAG, 7) == blob


def test_tensorboard_takes_the_python_loader_for_it_by_itself(tmp_path: Path) -> None:
    with RunWriter(tmp_path, RUN) as run:
        blob = run.record(TAG, 7)
    # What people get who say nothing of a loader.
    with tensorboard(f"file://{tmp_path}", "py", "--load_fast=auto") as server:
        server.wait("the run", lambda: bool(server.ask("tags").json()["runs"]))
        reply = server.ask("record", {"run": RUN, "tag": TAG, "step": 7})

        assert reply.body == blob
        assert server.ask("overview", {"run": RUN, "tag": TAG}).status == 200


def test_the_fast_loader_refuses_it() -> None:
    # TensorBoard ends with this where it is told to load fast: docs/reliability.md says so.
    ingester = server_ingester.SubprocessServerDataIngester(
        server_ingester.get_server_binary(),
        "file:///nowhere",
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={},
    )
    with pytest.raises(server_ingester.DataServerStartupError, match="unknown protocol"):
        ingester.start()
