"""Requests to the routes of `http_api.md`: sound ones, and what nobody should send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode

import rnnbow_plugin.backend

DOCUMENT = Path(rnnbow_plugin.backend.__file__).parent / "http_api.md"
_ROUTE = re.compile(r"^\| \[`(\w+)(?:\?([\w&]+))?((?:\[&\w+\])*)(?:/<path>)?`\]", re.M)

_BAD_TEXT = ("", "nothing", "<script>alert(1)</script>", "a" * 20_000, "\0", "../..", "\u202e", "é")
_BAD_NUMBERS = (
    "",
    "x",
    "-1",
    "1.5",
    "1e9",
    "0x10",
    "9" * 19,
    "9" * 400,
    "٣",
    " 1",
    "NaN",
    "-0",
    "<b>",
)
_BAD_RAW = (
    "run",
    "&&&",
    "run=%",
    "run=%zz&tag=%ff",
    "%00=%00",
    "=",
    "a" * 9000,
    "run[]=1",
    "run=a;tag=b",
)
_METHODS = ("HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "<script>")
# Ways out of a folder, plain, encoded, encoded twice, with the other separator, absolute.
_UP = ("..", "%2e%2e", "%252e%252e", ".%2e", "..%00", "....", "..;", "%c0%ae%c0%ae", "\u2025")
_SEPARATORS = ("/", "%2f", "%252f", "\\", "%5c", "%255c", "//", "/./", "%c0%af")
_TARGETS = (
    "etc/passwd",
    "plugin.py",
    "wire/rnnbow.proto",
    "index.js",
    "C:/boot.ini",
    "",
    "index.js%00.png",
)


@dataclass(frozen=True)
class Route:
    """A line of the document's table."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """One request, as it is sent: path and query are encoded already, or not as they should be."""

    route: str
    path: str
    query: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    sound: bool = False  # all that it names is there


def documented() -> list[Route]:
    """The routes as the document states them."""
    return [
        Route(name, tuple(required.split("&")) if required else (), tuple(re.findall(r"\w+", more)))
        for name, required, more in _ROUTE.findall(DOCUMENT.read_text("utf-8"))
    ]


class Requests:
    """An endless supply; the same for the same seed.

    Args:
        seed: of what is drawn.
        series: runs and tags that are there, each with the steps of its records.
        metrics: that their records have.
        damaged: the run of which nothing need be readable.
    """

    def __init__(
        self,
        seed: int,
        series: Mapping[tuple[str, str], Sequence[int]],
        metrics: Sequence[str],
        damaged: str,
    ) -> None:
        self._random = Random(seed)
        self._series, self._metrics, self._damaged = series, metrics, damaged
        self._routes = documented()

    def take(self, count: int) -> Iterator[Asked]:
        """`count` of them."""
        for _ in range(count):
            route = self._random.choice(self._routes)
            yield self._static() if route.name == "static" else self._data(route)

    def _data(self, route: Route) -> Asked:
        draw = self._random
        run, tag = draw.choice(list(self._series))
        steps = self._series[run, tag]
        known = {"run": run, "tag": tag, "metric": draw.choice(self._metrics)}
        known |= {name: str(draw.choice(steps)) for name in ("step", "first", "last")}
        known["columns"] = str(draw.choice((1, 2, 3, 2048, 8192)))
        chosen = {name: known[name] for name in route.required}
        chosen |= {name: known[name] for name in route.optional if draw.random() < 0.5}
        path = draw.choice(("", "/experiment/some", "/experiment/%3Cb%3E")) + "/data/plugin/rnnbow/"
        if draw.random() < 0.3:
            # The tags of scalars are others.
            sound = route.name != "scalars" and run != self._damaged
            return Asked(route.name, path + route.name, self._encoded(chosen), sound=sound)
        for name in draw.sample(list(chosen), min(len(chosen), draw.choice((0, 1, 1, 2)))):
            bad = _BAD_TEXT if name in ("run", "tag", "metric") else _BAD_NUMBERS
            chosen[name] = draw.choice(bad)
        for name in list(chosen):
            if draw.random() < 0.1:
                del chosen[name]
        query = self._encoded(chosen)
        if draw.random() < 0.2:
            query += "&" + draw.choice((*_BAD_RAW, query))
        method = draw.choice(_METHODS) if draw.random() < 0.1 else "GET"
        headers = {"Accept-Encoding": draw.choice(("gzip", "br", "gzip;q=x", "*", "é"))}
        return Asked(
            route.name, path + route.name + draw.choice(("", "", "/")), query, method, headers
        )

    def _encoded(self, chosen: Mapping[str, str]) -> str:
        return urlencode(chosen, quote_via=quote, errors="surrogatepass")

    def _static(self) -> Asked:
        draw = self._random
        parts = []
        for _ in range(draw.randrange(5)):
            parts += [draw.choice(_UP), draw.choice(_SEPARATORS)]
        before = draw.choice(("", "/", "static/", "file:///", "\\\\host\\", "~/"))
        path = "/data/plugin/rnnbow/static/" + before + "".join(parts) + draw.choice(_TARGETS)
        headers = {"If-None-Match": draw.choice(("*", 'W/"0-0"', "x" * 5000, ""))}
        return Asked("static", path, method=draw.choice(("GET", "GET", *_METHODS)), headers=headers)
