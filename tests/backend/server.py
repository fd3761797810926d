"""A real TensorBoard, with the plugin found through its entry point, on a free port."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

LOADERS = ("fast", "py")
_ADDRESS = re.compile(r"at http://127\.0\.0\.1:(\d+)")
_PATIENCE = 60.0  # seconds; a busy machine may take long to start or to read


@dataclass
class Reply:
    """One HTTP reply."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON, of a reply that succeeded."""
        assert self.status == 200, self.text
        return json.loads(self.body, parse_constant=_no_constant)


@dataclass
class Server:
    """A running TensorBoard."""

    loader: str
    port: int
    prefix: str = ""
    output: list[str] = field(default_factory=list)
    pid: int = 0

    def ask(
        self,
        path: str,
        query: dict[str, object] | None = None,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Ask for a path below the plugin's; `path` is sent as given, `query` is encoded."""
        text = "?" + urlencode(query, quote_via=quote) if query else ""
        return self.raw(f"/data/plugin/rnnbow/{path}{text}", method=method, headers=headers)

    def steps(self, run: str, tag: str) -> list[int]:
        """Of which a record is kept; none where there is no such run or tag."""
        reply = self.ask("steps", {"run": run, "tag": tag})
        return list(reply.json()["steps"]) if reply.status == 200 else []

    @property
    def address(self) -> str:
        """Of TensorBoard's page."""
        return f"http://127.0.0.1:{self.port}{self.prefix}/"

    def raw(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None
    ) -> Reply:
        """Ask for a path below the server's, sent byte for byte."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, self.prefix + path, headers=headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, dict(reply.getheaders()), reply.read())
        finally:
            connection.close()

    def wait(self, what: str, condition: Callable[[], bool], patience: float = _PATIENCE) -> None:
        """Wait until TensorBoard has read what was written."""
        end = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < end, f"not within {patience} s: {what}\n{self.printed()}"
            time.sleep(0.1)

    def printed(self) -> str:
        """What TensorBoard wrote to its console."""
        return "".join(self.output)


@contextmanager
def tensorboard(
    logdir: Path | str,
    loader: str,
    *flags: str,
    prefix: str = "",
    python: str = sys.executable,
    environment: dict[str, str] | None = None,
) -> Iterator[Server]:
    """TensorBoard over `logdir` with one of the `LOADERS`, until the context ends."""
    command = [
        *(python, "-m", "tensorboard.main", "--logdir", str(logdir)),
        *("--host", "127.0.0.1", "--port", "0", "--reload_interval", "1"),
        f"--load_fast={'true' if loader == 'fast' else 'false'}",
        *((f"--path_prefix={prefix}",) if prefix else ()),
        *flags,
    ]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    server = Server(loader, 0, prefix, pid=process.pid)
    started = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            server.output.append(line)
            if found := _ADDRESS.search(line):
                server.port = int(found[1])
                started.set()
        started.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        assert started.wait(_PATIENCE), "TensorBoard says nothing"
        assert server.port, f"TensorBoard did not start:\n{server.printed()}"
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE / 6)
        except subprocess.TimeoutExpired:
            # TensorBoard's handler raises SystemExit, which is lost where the interpreter runs a
            # finalizer at the moment. It takes the second signal for an order.
            process.terminate()
            process.wait(_PATIENCE)


def _no_constant(text: str) -> Any:
    raise AssertionError(f"{text} is not JSON")
