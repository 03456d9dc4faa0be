"""Connections of clients that are too slow are closed."""

from __future__ import annotations

import contextlib
import json
import socket
import time

from servers import Server

MODEL = "models:/quick-risk/1"
HEAD = b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


def send(server: Server, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send parts with a pause after each; return what came back until the server closed the connection.

    A connection that stays open is a timeout, which fails the test.
    """
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
        return received


def test_a_head_that_never_ends_closes_the_connection(moving: Server) -> None:
    assert send(moving, b"POST /invocations HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 20, pause_s=0.2) == b""
    assert send(moving) == b""  # a connection without a request


def test_a_head_that_is_too_large_is_refused(moving: Server) -> None:
    received = send(moving, HEAD, *[b"X-A: " + b"b" * 10_000 + b"\r\n"] * 20)
    assert b" 400 " in received.partition(b"\r\n")[0] or received == b""
    assert moving.get("/ping").status == 200


def test_a_body_that_never_ends_is_answered_with_408(moving: Server) -> None:
    received = send(moving, HEAD + b"Content-Length: 1000\r\n\r\n", *[b'{"a'] * 4, pause_s=0.2)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in received
    assert b"connection: close" in received
    received = send(moving, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n")
    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_client_that_never_reads_is_disconnected(moving: Server) -> None:
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
