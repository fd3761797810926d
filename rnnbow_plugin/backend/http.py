"""Requests and replies, the same for every route.

Errors are TensorBoard's own: raised anywhere below a route, it serves them as plain text.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from werkzeug import Request, Response

_STEP = re.compile(r"-?[0-9]{1,19}", re.ASCII)

# Characters of a name, and names of a list, that an error repeats.
_SHOWN, _LISTED = 100, 20
_MARKUP = {ord(character): f"\\x{ord(character):02x}" for character in "<>&"}


@dataclass(frozen=True)
class Source:
    """Whose data a request is for: what every call of the data provider wants to know."""

    context: Any
    experiment: str


class MethodNotAllowedError(errors.PublicError):  # type: ignore[misc]
    """A request that would change something; the routes only read."""

    http_code = 405

    def __init__(self, method: str) -> None:
        super().__init__(f"Method not allowed: {shown(method)}; this route answers GET and HEAD")
        self.headers.append(("Allow", "GET, HEAD"))


def shown(name: str) -> str:
    """What a request asked for, as an error repeats it: quoted, cut, and never markup.

    Errors are plain text under nosniff. Whoever puts one into a page has nothing to escape.
    """
    return repr(name[:_SHOWN]).translate(_MARKUP) + ("…" if len(name) > _SHOWN else "")


def series_name(run: str, tag: str) -> str:
    """Which series it is about."""
    return f"run {shown(run)}, tag {shown(tag)}"


def listed(names: Sequence[str]) -> str:
    """Names, as an error says what there is."""
    return ", ".join(shown(name) for name in names[:_LISTED]) or "none"


def application(handler: Callable[[Request], Response]) -> Callable[..., Any]:
    """The WSGI application of a route, for GET and HEAD."""

    def answer(request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowedError(request.method)
        return handler(request)

    app: Callable[..., Any] = Request.application(answer)
    return app


def source(request: Request) -> Source:
    """The context and the experiment of `request`."""
    environ = request.environ
    return Source(plugin_util.context(environ), plugin_util.experiment_id(environ))


def parameter(request: Request, name: str) -> str:
    """A query parameter that has to be there. It may be empty: so may a run's or a tag's name.

    Raises:
        InvalidArgumentError: it is missing (400).
    """
    value: str | None = request.args.get(name)
    if value is None:
        found = listed(sorted(request.args))
        raise errors.InvalidArgumentError(f"parameter {name!r} is missing; found: {found}")
    return value


def step(request: Request, name: str = "step") -> int:
    """A parameter that is a step.

    Raises:
        InvalidArgumentError: it is missing or not a whole number (400).
    """
    value = parameter(request, name)
    if not _STEP.fullmatch(value):
        raise errors.InvalidArgumentError(f"{name}={shown(value)} is not a whole number")
    return int(value)


def optional_step(request: Request, name: str) -> int | None:
    """The same for a parameter that may be left out."""
    return step(request, name) if name in request.args else None


def count(request: Request, name: str, most: int) -> int:
    """A parameter that says how many.

    Raises:
        InvalidArgumentError: it is missing, or not a whole number from 1 to `most` (400).
    """
    value = parameter(request, name)
    if not _STEP.fullmatch(value) or not 1 <= int(value) <= most:
        raise errors.InvalidArgumentError(
            f"{name}={shown(value)} is not a whole number from 1 to {most}"
        )
    return int(value)


def json_reply(request: Request, content: object) -> Response:
    """`content` as JSON; it holds no NaN and no infinity."""
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return _respond(request, text, "application/json")


def binary(request: Request, content: bytes) -> Response:
    """`content` as it is."""
    return _respond(request, content, "application/octet-stream")


def numbers(request: Request, content: bytes) -> Response:
    """A message of columns of numbers, compressed on the way: they are laid out for that."""
    # The fastest level: a higher one saves 3 % more, and takes ten times as long.
    packed = gzip.compress(content, 1, mtime=0)
    return _respond(request, packed, "application/octet-stream", "gzip")


def text(request: Request, content: bytes, mimetype: str) -> Response:
    """`content` of a stated type; compressed on the way where the type is a textual one."""
    return _respond(request, content, mimetype)


def _respond(
    request: Request, content: str | bytes, mimetype: str, encoding: str | None = None
) -> Response:
    # Adds nosniff, length and caching headers, and leaves the body of a HEAD reply out.
    response: Response = http_util.Respond(request, content, mimetype, content_encoding=encoding)
    return response
