"""Slow callers are cut off, what has begun is finished, and more workers count together."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from servers import Answer, Server, forestall_serve

from workshop import Work

MODEL = "models:/quick-risk/1"
HEAD = b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


def send(server: Server, *parts: bytes, pause_s: float = 0.0) -> tuple[bytes, float]:
    """Send parts with a pause after each; give what came back until the connection closed, and after how long."""
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as one:
        received = b""
        try:
            for part in parts:
                one.sendall(part)
                time.sleep(pause_s)
            while chunk := one.recv(65536):
                received += chunk
        except ConnectionError:
            pass
        return received, time.monotonic() - begin


def test_a_head_that_never_ends_is_cut_off(moving: Server) -> None:
    received, seconds = send(moving, b"POST /invocations HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 20, pause_s=0.2)
    assert received == b""
    assert seconds < 6
    received, seconds = send(moving)  # a connection on which nothing comes
    assert (received, seconds < 4) == (b"", True)


def test_a_head_that_is_too_large_is_refused(moving: Server) -> None:
    received, _ = send(moving, HEAD, *[b"X-A: " + b"b" * 10_000 + b"\r\n"] * 20)
    assert b" 400 " in received.partition(b"\r\n")[0] or received == b""
    assert moving.get("/ping").status == 200


def test_a_body_that_never_ends_is_cut_off(moving: Server) -> None:
    received, seconds = send(moving, HEAD + b"Content-Length: 1000\r\n\r\n", *[b'{"a'] * 4, pause_s=0.2)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in received
    assert b"connection: close" in received
    assert seconds < 8
    received, _ = send(moving, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n")
    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_caller_who_never_reads_is_cut_off(moving: Server) -> None:
    large = [{"interaction_id": "a" * 8000}] * 1500
    body = json.dumps({"dataframe_records": large}).encode()
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", moving.port))
        one.settimeout(20)
        one.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(4)
        received = 0
        with contextlib.suppress(ConnectionError):
            while chunk := one.recv(65536):
                received += len(chunk)
    assert received < len(body)  # the answer is as long
    assert moving.get("/ping").status == 200


def test_workers_count_together_and_finish_what_has_begun_before_they_end(
    work: Work, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    answers: list[Answer] = []
    with forestall_serve(MODEL, work.tracking_uri, tmp_path / "log", "--workers", 2) as server:
        assert len({tuple(server.score(records[:3]).risks) for _ in range(20)}) == 1
        assert "forestall_risk_count 60.0" in server.get("/metrics").body.decode()
        threads = [
            threading.Thread(target=lambda: answers.append(server.score(records * 8))) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        assert server.stop() == 0
        for thread in threads:
            thread.join()
        with pytest.raises(OSError, match="refused"):
            server.get("/ping")
    assert [answer.status for answer in answers] == [200] * 3
    assert answers[0].risks == answers[1].risks == answers[2].risks
    assert "Traceback" not in (tmp_path / "log").read_text()
