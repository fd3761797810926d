"""The file: a template, the page's scripts, and the data of the page."""

from __future__ import annotations

import base64
import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rnnbow_plugin.backend.assets import STATIC

TEMPLATE = "report.html.txt"
# What makes files, and the page, which finds it there.
SCRIPTS = {"files": "files.js", "page": "report.js"}


@dataclass
class Report:
    """What a report holds; `frontend/src/export/report.ts` reads it."""

    title: str
    made: str  # ISO 8601
    kept: int  # records in the file
    of: int  # records that there were to choose from
    replies: dict[str, Any] = field(default_factory=dict)  # by address: JSON, or base64 of bytes
    selection: list[tuple[str, str]] = field(default_factory=list)  # shown first, as in an address

    def html(self) -> str:
        """The whole file; ASCII, but for what the scripts hold."""
        data = {
            "format": 1,
            "title": self.title,
            "made": self.made,
            "selection": self.selection,
            "records": {"kept": self.kept, "of": self.of},
            "replies": self.replies,
        }
        text = json.dumps(data, allow_nan=False, separators=(",", ":"))
        # No "<" is left: no text in the data can end their element, or begin a comment.
        contents = {"data": text.replace("<", "\\u003c")}
        contents |= {name: _static(file) for name, file in SCRIPTS.items()}
        # In one go: what is put in may read like a place for something.
        return _PLACE.sub(lambda place: contents[place[1]], _static(TEMPLATE))


def bare_size() -> int:
    """Bytes of a report without any data."""
    return sum((STATIC / name).stat().st_size for name in (TEMPLATE, *SCRIPTS.values()))


def address(route: str, **parameters: str | int) -> str:
    """The relative address of a reply, encoded as the page encodes it."""
    query = "&".join(
        # encodeURIComponent leaves these as they are.
        f"{key}={quote(str(value), safe=_UNRESERVED, errors='surrogatepass')}"
        for key, value in parameters.items()
    )
    return f"{route}?{query}" if query else route


_UNRESERVED = "!'()*~"
_PLACE = re.compile(r"\{\{(data|files|page)\}\}")


def stored(content: bytes) -> str:
    """Bytes as a report holds them."""
    return base64.b64encode(content).decode("ascii")


def write(path: Path, text: str) -> int:
    """Write the file whole, or not at all; returns its size in bytes."""
    content = text.encode()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp's would be for the writer alone
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return len(content)


def _static(name: str) -> str:
    return (STATIC / name).read_bytes().decode()
