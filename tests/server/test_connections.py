"""Connections of clients that are too slow are closed."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time

import pytest
from servers import Answer, Server, until

PING = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


def send(server: Server, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send parts, waiting after each for what comes back; return what came back until the server closed the connection.

    A connection that stays open is a timeout, which fails the test.
    """
    with socket.create_connection(("127.0.0.1", server.port)) as one:
        received = b""
        try:
            for part in parts:
                one.sendall(part)
                one.settimeout(pause_s or 0.001)
                with contextlib.suppress(TimeoutError):  # it is read at once: a reset would discard it
                    while chunk := one.recv(65536):
                        received += chunk
                    return received
            one.settimeout(15)
            while chunk := one.recv(65536):
                received += chunk
        except ConnectionError:
            pass
        return received


def test_a_head_that_never_ends_closes_the_connection(moving: Server) -> None:
    assert send(moving, b"POST /invocations HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 20, pause_s=0.2) == b""
    assert send(moving) == b""  # a connection without a request
    answered = send(moving, PING, *[b"GET /ping HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 20], pause_s=0.2)
    assert answered.count(b"HTTP/1.1 ") == 1


def test_new_lines_keep_no_connection_open(moving: Server) -> None:
    assert send(moving, *[b"\r\n"] * 100, pause_s=0.1) == b""
    begin = time.monotonic()
    received = send(moving, PING, *[b"\r\n"] * 100, pause_s=0.1)
    assert received.count(b"HTTP/1.1 200") == 1
    assert time.monotonic() - begin < 8  # the parts alone would take 10 s


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /nothing HTTP/1.1\r\nHost: a\r\n", b"404"),
        (b"GET /ping HTTP/1.1\r\nHost: a\r\n", b"200"),
        (b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n", b"415"),
    ],
)
@pytest.mark.parametrize("coding", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_that_trickles_after_an_early_answer_closes_the_connection(
    moving: Server, head: bytes, status: bytes, coding: bytes
) -> None:
    part = b"1\r\na\r\n" if b"chunked" in coding else b"a"
    begin = time.monotonic()
    received = send(moving, head + coding, *[part] * 60, pause_s=0.1)
    assert received.startswith(b"HTTP/1.1 " + status)
    assert received.count(b"HTTP/1.1 ") == 1
    assert time.monotonic() - begin < 5  # the parts alone would take 6 s


def test_an_idle_connection_is_closed_and_a_used_one_stays_open(moving: Server) -> None:
    received = send(moving, *[PING] * 8, pause_s=0.5)  # longer than it may be idle, and than a head may take
    assert received.count(b"HTTP/1.1 200") == 8


def test_requests_sent_ahead_are_answered_in_turn_up_to_a_limit(moving: Server) -> None:
    assert send(moving, PING * 20).count(b"HTTP/1.1 200") == 20
    body = b'{"dataframe_records": []}'
    scored = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    answered = send(
        moving, scored * 3 + PING + HEAD + b"Content-Length: 25\r\n\r\n" + body[:5], body[5:], pause_s=0.3
    )
    assert answered.count(b"HTTP/1.1 200") == 5
    assert send(moving, PING * 3000).count(b"HTTP/1.1 200") < 3000
    assert moving.get("/ping").status == 200


def test_a_head_that_is_too_large_is_refused(moving: Server) -> None:
    received = send(moving, HEAD, *[b"X-A: " + b"b" * 10_000 + b"\r\n"] * 20)
    assert b" 400 " in received.partition(b"\r\n")[0] or received == b""
    received = send(moving, HEAD + b"X-A: ", *[b"b" * 10_000] * 20)  # a header that never ends
    assert b" 400 " in received.partition(b"\r\n")[0] or received == b""
    assert moving.get("/ping").status == 200


def test_a_body_that_never_ends_is_answered_with_408(moving: Server) -> None:
    received = send(moving, HEAD + b"Content-Length: 1000\r\n\r\n", *[b'{"a'] * 4, pause_s=0.2)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in received
    assert b"connection: close" in received
    received = send(moving, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n")
    assert received.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("n_read", [0, 1], ids=["never", "a byte now and then"])
def test_a_client_that_does_not_read_is_disconnected(moving: Server, n_read: int) -> None:
    large = [{"interaction_id": "a" * 8000}] * 1500
    body = json.dumps({"dataframe_records": large}).encode()
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", moving.port))
        one.settimeout(20)
        one.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        received = 0
        for _ in range(40):
            time.sleep(0.1)
            received += len(one.recv(n_read)) if n_read else 0
        with contextlib.suppress(ConnectionError):
            while chunk := one.recv(65536):
                received += len(chunk)
    assert received < len(body)  # the answer is as long
    assert moving.get("/ping").status == 200


def test_more_connections_than_the_limit_are_told_to_come_again(moving: Server) -> None:
    """The server closes silent connections after a second, so a slow machine may need several trials."""
    seen: list[Answer | None] = []
    for n in (65, 130):

        def is_refused(n: int = n) -> bool:
            with contextlib.ExitStack() as stack:
                for _ in range(n):
                    stack.enter_context(socket.create_connection(("127.0.0.1", moving.port), timeout=15))
                try:
                    seen.append(moving.score([]))
                    assert moving.get("/ping").status == moving.get("/health").status == 200
                except (OSError, http.client.HTTPException):  # closed at once
                    seen.append(None)
            return seen[-1] is None if n > 120 else seen[-1] is not None and seen[-1].status == 503

        until(is_refused)
        if n == 65:
            refusal = seen[-1]
            assert refusal is not None
            assert refusal.json["error_code"] == "TEMPORARILY_UNAVAILABLE"
            assert (refusal.headers["retry-after"], refusal.headers["connection"]) == ("1", "close")
    until(lambda: moving.score([]).status == 200)
