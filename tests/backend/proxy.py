"""A reverse proxy before TensorBoard, as people put one there: another host, another prefix."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.backend.server import Server

# What is of one connection, and not of what is asked over it.
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


@contextmanager
def proxy(behind: Server, prefix: str, host: str = "gradients.example") -> Iterator[Server]:
    """What stands under `prefix` of the proxy is what stands at the root of `behind`.

    `behind` may have a prefix of its own, told by `--path_prefix`. To TensorBoard the request comes
    from the proxy, for `host`; nothing else under the proxy exists.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            connection = http.client.HTTPConnection("127.0.0.1", behind.port, timeout=60)
            headers = {name: of for name, of in self.headers.items() if name.lower() not in _HOP}
            headers |= {"Host": host, "X-Forwarded-For": "192.0.2.1", "Connection": "close"}
            path = behind.prefix + self.path.removeprefix(prefix)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection.request(self.command, path, body or None, headers)
            reply = connection.getresponse()
            content = reply.read()
            self.send_response(reply.status)
            for name, of in reply.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, of)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        do_HEAD = do_GET  # noqa: N815
        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield replace(behind, port=server.server_address[1], prefix=prefix)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
