"""A proxy in front of an S3 server that refuses, cuts connections, loses answers or ignores conditions."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PASS, REFUSE, CUT, LOSE, UNCONDITIONAL = "pass", "refuse", "cut", "lose", "unconditional"
"""Hand on; answer 503; close the connection before anything; hand on, but close before the answer; drop conditions."""

Decide = Callable[[str, str, int], str]
"""Says what to do with a request: its method, its path and its number."""


class Proxy(ThreadingHTTPServer):
    """The proxy. `decide` may be replaced at any time."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.decide: Decide = lambda method, path, number: PASS
        self.n_requests = 0
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.n_requests += 1
            number = self.server.n_requests
        what = self.server.decide(self.command, self.path, number)
        if what == REFUSE:
            self._answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        if what == CUT:
            self.close_connection = True
            return
        status, headers, content = self._ask(body, is_unconditional=what == UNCONDITIONAL)
        if what == LOSE:
            self.close_connection = True
            return
        self._answer(status, headers, content)

    def _ask(self, body: bytes, *, is_unconditional: bool) -> tuple[int, dict[str, str], bytes]:
        target = urlsplit(self.server.target)
        connection = http.client.HTTPConnection(str(target.hostname), target.port)
        conditions = {"if-match", "if-none-match"} if is_unconditional else set()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in conditions}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        found = {name: value for name, value in answer.getheaders() if name.lower() not in _OWN}
        if self.command == "HEAD":
            found["Content-Length"] = answer.getheader("Content-Length") or "0"
        connection.close()
        return answer.status, found, content

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


_OWN = {"content-length", "transfer-encoding", "connection"}


@contextmanager
def faulty_proxy(target: str) -> Iterator[Proxy]:
    """Run a proxy in front of a server."""
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
