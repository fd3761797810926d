"""The page's files, over WSGI: what is served, and that nothing else is."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from tensorboard.backend.application import TensorBoardWSGI
from werkzeug.test import Client, TestResponse

from rnnbow_plugin.backend import assets
from rnnbow_plugin.backend.plugin import RnnbowPlugin

FILES = {
    "index.js": ("text/javascript; charset=utf-8", b"export const render = () => {};"),
    "page.css": ("text/css; charset=utf-8", b"body{}"),
    "index.js.map": ("application/json", b"{}"),
    "icon.svg": ("image/svg+xml; charset=utf-8", b"<svg/>"),
    "fonts/roboto.woff2": ("font/woff2", b"wOF2"),
    "shot.png": ("image/png", b"\x89PNG"),
    "licences.txt": ("text/plain; charset=utf-8", "é".encode()),
}


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page's folder, with a file beside it that is not the page's."""
    folder = tmp_path / "static"
    for name, (_, content) in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / ".hidden").write_text("hidden")
    monkeypatch.setattr(assets, "STATIC", folder)
    return folder


@pytest.fixture
def client() -> Client:
    """TensorBoard's application around the plugin; its routes ask for no data here."""
    return Client(TensorBoardWSGI([RnnbowPlugin(Namespace(data_provider=None))]))


def get(client: Client, path: str, **headers: str) -> TestResponse:
    return client.get(f"/data/plugin/rnnbow/static/{path}", headers=headers)


@pytest.mark.parametrize("name", FILES)
def test_serves_the_pages_files(static: Path, client: Client, name: str) -> None:
    mimetype, content = FILES[name]
    reply = get(client, name)

    assert reply.status_code == 200
    assert reply.data == content
    assert reply.headers["Content-Type"] == mimetype
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "../../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "%2e%2e%2fsecret.txt",
        "..%5csecret.txt",
        "..\\secret.txt",
        "fonts/../../secret.txt",
        "fonts/../../static/../secret.txt",
        "....//secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "file:///etc/passwd",
        "index.js%00.png",
        "../secret.txt%00.js",
        "static/../../secret.txt",
        "fonts",
        ".",
        "..",
        "page.html",
        ".hidden",
        "nothing.js",
        "index.js.bak",
        "INDEX",
        "C:/secret.txt",
        "con.js",
        "x" * 5000 + ".js",
    ],
)
def test_serves_nothing_else(static: Path, client: Client, path: str) -> None:
    reply = get(client, path)

    assert reply.status_code == 404
    assert b"secret" not in reply.data.replace(b"secret.txt", b"")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_an_unchanged_file_is_not_sent_again(static: Path, client: Client) -> None:
    first = get(client, "index.js")
    again = get(client, "index.js", **{"If-None-Match": first.headers["ETag"]})
    (static / "index.js").write_bytes(b"export const render = () => 1;")
    changed = get(client, "index.js", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["X-Content-Type-Options"] == "nosniff"
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_text_is_compressed_where_the_browser_accepts_it(static: Path, client: Client) -> None:
    plain = get(client, "index.js")
    compressed = get(client, "index.js", **{"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.headers["ETag"] == plain.headers["ETag"]


def test_a_page_that_is_not_built_says_what_to_do(static: Path, client: Client) -> None:
    (static / "index.js").unlink()
    reply = get(client, "index.js")

    assert reply.status_code == 404
    assert "make bundle" in reply.text
    assert str(static) not in reply.text
