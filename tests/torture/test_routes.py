"""A sample of the requests and of the damaged files of the torture."""

from __future__ import annotations

from rnnbow_plugin.backend.http import listed, shown
from tests.backend.server import Reply
from tests.backend.test_http_api import ROUTES
from torture import damage, routes
from torture.requests import Asked, Requests, documented


def test_every_route_of_the_document_is_asked() -> None:
    assert {route.name for route in documented()} == ROUTES
    asked = list(Requests(1, routes.series(), ("weight",), routes.DAMAGED).take(500))
    assert {one.route for one in asked} == ROUTES
    assert any(one.sound for one in asked)


def test_requests_that_nobody_should_send() -> None:
    for row in routes.rows(seed=1, share=0.03):
        assert row.holds, row


def test_damaged_event_files() -> None:
    for row in damage.rows(seed=1, share=0.1):
        assert row.holds, row


def test_wrong_replies_would_be_seen() -> None:
    sound = {"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"}

    def wrong(status: int, body: bytes, headers: dict[str, str], **asked: object) -> str:
        return routes.wrong(
            Asked("steps", "", **asked),  # type: ignore[arg-type]
            Reply(status, headers, body),
        )

    assert wrong(404, b"run 'a' has no tag", sound) == ""
    assert wrong(404, b"run '<b>' has no tag", sound) == "markup in an error"
    assert wrong(404, b"gone", sound) == "an error that does not say what is missing"
    assert wrong(500, b"", sound) == "status 500"
    assert wrong(404, b"run 'a'", {}) == "no nosniff"
    assert wrong(404, b"run 'a'", sound, sound=True) == "status 404 of a sound request"
    assert wrong(200, b"{}", sound) == "type text/plain"
    assert wrong(200, b"{}", sound, method="POST") == "status 200 of POST"


def test_errors_repeat_no_markup_and_no_book() -> None:
    assert shown("<b>&\u202e\0'") == '"\\x3cb\\x3e\\x26\\u202e\\x00\'"'
    assert len(shown("a" * 5000)) < 110
    assert len(listed(["a" * 5000] * 5000)) < 2500
    assert listed([]) == "none"
