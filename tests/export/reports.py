"""Reads a report back, as a browser does."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any


@dataclass
class _Elements(HTMLParser):
    """The attributes and the text of every element of the file."""

    found: list[tuple[str, dict[str, str | None], str]] = field(default_factory=list)
    inside: bool = False  # the last of them

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=False)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))
        self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            tag, attributes, text = self.found[-1]
            self.found[-1] = (tag, attributes, text + data)


class ReadReport:
    """A report as an HTML parser finds it."""

    def __init__(self, path: Path) -> None:
        parser = _Elements()
        parser.feed(path.read_text(encoding="utf-8"))
        parser.close()
        self.elements = parser.found
        (data,) = [text for tag, of, text in self.elements if of.get("id") == "rnnbow-report"]
        self.data: dict[str, Any] = json.loads(data)
        self.replies: dict[str, Any] = self.data["replies"]

    @property
    def scripts(self) -> list[tuple[str | None, str]]:
        """Type and text of every script element."""
        return [(of.get("type"), text) for tag, of, text in self.elements if tag == "script"]

    @property
    def policy(self) -> dict[str, list[str]]:
        """The Content-Security-Policy by directive."""
        (content,) = [
            of.get("content") or ""
            for tag, of, _ in self.elements
            if of.get("http-equiv") == "Content-Security-Policy"
        ]
        directives = [directive.split() for directive in content.split(";")]
        return {name: sources for name, *sources in directives}

    def bytes(self, address: str) -> bytes:
        """A stored reply of bytes."""
        return base64.b64decode(self.replies[address], validate=True)

    def steps(self, run: str, tag: str) -> list[int]:
        """The steps that the page will find; names without anything to encode."""
        steps: list[int] = self.replies[f"steps?run={run}&tag={tag.replace('/', '%2F')}"]["steps"]
        return steps


def source_hash(script: str) -> str:
    """A script as a Content-Security-Policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
