"""Servers in processes of their own, for the tests and the proofs."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.server.errors import CODES

FORESTALL = (sys.executable, "-c", "import sys; from forestall.cli import main; sys.exit(main())")
JSON = {"content-type": "application/json"}
SECRET = "Jane-Doe-4711"  # what no answer and no log may repeat
PATIENCE_S = 90
START_S = 90


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, in which NaN, as MLflow writes it, is read as null."""
        return json.loads(self.body, parse_constant=lambda name: None)

    @property
    def risks(self) -> list[float]:
        return [row["dissatisfaction_risk"] for row in self.json["predictions"]]


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str) -> Answer:
        return ask(self.port, "GET", path)

    def post(self, path: str, content: Any, headers: dict[str, str] | None = None) -> Answer:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return ask(self.port, "POST", path, body, JSON if headers is None else headers)

    def score(self, records: Sequence[Any], **params: Any) -> Answer:
        content = {"dataframe_records": list(records)} | ({"params": params} if params else {})
        return self.post("/invocations", content)

    def stop(self) -> int:
        """Ask the server to stop, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request over a connection of its own, with a context by TLS."""
    connection = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
        if context
        else http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    )
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.headers.items()), answer.read())
    finally:
        connection.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what is to come: a server counts and logs a request after it has answered."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.05)


def assert_signed(answer: Answer) -> None:
    assert (answer.headers["x-model-name"], answer.headers["x-model-version"]) == ("quick-risk", "1")


def refusal_of(answer: Answer, status: int) -> str:
    """Check the form of a refusal and return its message."""
    assert answer.status == status, answer.body
    assert list(answer.json) == ["error_code", "message"]
    assert answer.json["error_code"] == CODES[status]
    assert SECRET not in str(answer.json) + str(answer.headers)
    assert_signed(answer)
    return str(answer.json["message"])


async def ask_app(app: Any, method: str, path: str, content: Any = None) -> Answer:
    """Send one request to an application in this process."""
    body = b"" if content is None else json.dumps(content).encode()
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "root_path": "", "scheme": "http", "client": ("127.0.0.1", 1)}
    headers = [(name.encode(), value.encode()) for name, value in JSON.items()]
    await app(scope | {"server": ("127.0.0.1", 80), "headers": headers}, receive, send)
    sent = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return Answer(messages[0]["status"], sent, b"".join(one.get("body", b"") for one in messages[1:]))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(
    command: Sequence[object],
    port: int,
    log: Path,
    path: str = "/ping",
    context: ssl.SSLContext | None = None,
    **more: str,
) -> Iterator[Server]:
    """Start a server, wait until it answers (with a context by TLS), and stop it in the end."""
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", **more}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=said, stderr=said, env=environment, start_new_session=True
        )
    try:
        _wait(process, port, path, log, context)
        yield Server(port, process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with contextlib.suppress(ProcessLookupError):  # what it started, and left
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def forestall_serve(uri: str, tracking_uri: str, log: Path, *options: object) -> Iterator[Server]:
    """Run `forestall serve`."""
    port = free_port()
    command = (*FORESTALL, "serve", uri, "--tracking-uri", tracking_uri, "--port", port, *options)
    with running(command, port, log) as server:
        yield server


def _wait(
    process: subprocess.Popen[bytes], port: int, path: str, log: Path, context: ssl.SSLContext | None
) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the server ended: {log.read_text()[-2000:]}")
        try:
            if ask(port, "GET", path, context=context).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server does not answer: {log.read_text()[-2000:]}")
