"""Behind a reverse proxy, with and without --path_prefix: every route at a host of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rnnbow_plugin.backend import assets
from tests.backend.events import RunWriter
from tests.backend.proxy import proxy
from tests.backend.server import Server, tensorboard

RUN = "a b/é&?=#%"
SERIES: dict[str, object] = {"run": RUN, "tag": "rnn/l0"}
ASKED: tuple[tuple[str, dict[str, object] | None], ...] = (
    ("tags", None),
    ("steps", SERIES),
    ("overview", SERIES),
    ("record", {**SERIES, "step": 7}),
    ("scalars", {"run": RUN, "tag": "loss"}),
    ("labels", SERIES),
    ("record", {**SERIES, "step": 8}),
    ("steps", None),
    *((f"static/{path.name}", None) for path in assets.STATIC.glob("*.js")),
)


@pytest.fixture(scope="module", params=["", "/board"], ids=["root", "path_prefix"])
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A TensorBoard, with a prefix of its own or without one."""
    logdir = tmp_path_factory.mktemp("proxied")
    with RunWriter(logdir, RUN) as run:
        run.record("rnn/l0", 7)
        run.scalar("loss", 7, 1.0)
    with tensorboard(logdir, "py", prefix=request.param) as server:
        server.wait("the run", lambda: RUN in server.ask("tags").json()["runs"])
        yield server


@pytest.mark.parametrize("prefix", ["", "/team/rnn", "/board"])
def test_all_routes_reply_as_without_it(behind: Server, prefix: str) -> None:
    with proxy(behind, prefix) as before:
        for path, query in ASKED:
            reply, direct = before.ask(path, query), behind.ask(path, query)
            assert (reply.status, reply.body) == (direct.status, direct.body), path
            assert reply.headers["Content-Type"] == direct.headers["Content-Type"]
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert before.ask("tags", method="HEAD").status == 200
        assert before.ask("tags", method="POST").status == 405
        etag = before.ask("static/index.js").headers["ETag"]
        assert before.ask("static/index.js", headers={"If-None-Match": etag}).status == 304
    assert "Traceback" not in behind.printed()


def test_what_the_proxy_does_not_serve_is_not_there(behind: Server) -> None:
    with proxy(behind, "/team") as before:
        before.prefix = "/board"
        assert before.ask("tags").status == 404
