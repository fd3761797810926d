"""The requests of the torture, a few of them over the network to a real TensorBoard."""

from __future__ import annotations

from urllib.parse import quote

from tests.backend.server import Server
from torture.requests import Requests
from torture.routes import plain, wrong


def test_a_real_server_answers_as_its_application_does(server: Server) -> None:
    series = {("lstm", "rnn/l0"): (0, 16, 32)}
    statuses = set()
    for asked in Requests(5, series, ("weight",), "").take(60):
        path = quote(asked.path, safe="/%\\:;~?=&")
        reply = server.raw(
            f"{path}?{asked.query}", method=asked.method, headers=dict(asked.headers)
        )
        statuses.add(reply.status)

        assert wrong(asked, plain(reply)) == "", (asked, reply)
    assert {200, 400, 404, 405} <= statuses
    assert "Traceback" not in server.printed()
