"""The page's files: the bundle that `make bundle` builds into `rnnbow_plugin/static`."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from tensorboard import errors
from werkzeug import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.security import safe_join

from rnnbow_plugin.backend.http import shown, text

STATIC = Path(__file__).resolve().parent.parent / "static"
ENTRY = "index.js"

# By hand: what the mimetypes module says depends on the machine (Windows' registry may say that
# JavaScript is text/plain, and a browser refuses to run that under nosniff).
_MIMETYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}


def serve(request: Request) -> Response:
    """A file of the page, by the part of the path behind `static/`.

    Raises:
        NotFoundError: there is no such file, or it is of no type that the page has (404).
    """
    name = request.path.split("/static/", 1)[1]
    path = _find(name)
    if path is None:
        if name == ENTRY:
            raise errors.NotFoundError(
                f"the page, rnnbow_plugin/static/{ENTRY}. In a clone of RNNbow run `make bundle`; "
                "an installed package without it is broken, so install it again."
            )
        raise errors.NotFoundError(f"static file {shown(name)}")
    content = path.read_bytes()
    response = text(request, content, _MIMETYPES[path.suffix])
    # Weak: the same file is sent compressed or not, as the browser likes.
    response.set_etag(f"{zlib.crc32(content):08x}-{len(content)}", weak=True)
    # TensorBoard tells browsers to ask again each time; unchanged, the answer is 304 and no body.
    return _Conditional.force_type(response).make_conditional(request.environ)


class _Conditional(Response):
    """Says its type in a 304 too: werkzeug drops it there, and TensorBoard asks for one in all."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Content-Type"] = self.headers["Content-Type"]
        return headers


def _find(name: str) -> Path | None:
    # safe_join refuses to leave the folder, and on Windows other separators and devices too.
    joined = None if "\0" in name else safe_join(str(STATIC), name)
    if joined is None:
        return None
    path = Path(joined)
    try:
        return path if path.suffix in _MIMETYPES and path.is_file() else None
    except OSError:  # a name longer than file systems take
        return None
