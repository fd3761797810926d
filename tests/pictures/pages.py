"""The fixture pages of `frontend/dev`, served by Node, with the fonts of the pictures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from tests.pictures.fonts import write_fonts

FRONTEND = Path(__file__).parents[2] / "frontend"


@dataclass(frozen=True)
class FixturePage:
    """One fixture page."""

    name: str
    address: str
    """The part of the page that a picture is of, as a selector; None for what the window shows."""
    part: str | None
    width: int


@contextmanager
def fixture_pages(fonts: Path) -> Iterator[dict[str, FixturePage]]:
    """Serve the fixture pages, of the sources as they are; `fonts` is a folder for the fonts."""
    node = shutil.which("node")
    assert node, "The fixture pages need Node.js 20 or later, and there is none."
    write_fonts(fonts)
    server = subprocess.Popen(
        [node, str(FRONTEND / "scripts/dev.mjs")],
        env={**os.environ, "PORT": "0", "FONTS": str(fonts)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout
        address, _, _ = server.stdout.readline().partition("/demo/")
        assert address.startswith("http"), "the server of the fixture pages ended: see above"
        with urlopen(f"{address}/fixtures.json") as reply:
            listed = json.load(reply)
        yield {
            one["name"]: FixturePage(
                one["name"], address + one["address"], one["part"], one["width"]
            )
            for one in listed
        }
    finally:
        server.terminate()
        server.wait()
