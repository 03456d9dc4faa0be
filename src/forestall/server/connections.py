"""Connections with absolute time limits, and with limits of what waits in them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024  # bytes of a request's line and headers
MAX_PIPELINED = 32  # requests that were sent before the answer to an earlier one
CROWDED = "is_crowded"  # in the scope of a request: there are more connections than the limit
BODY_MARGIN_S = 1.0  # a body that takes too long is answered with 408 first
NEW_LINES = b"\r\n"


@dataclass(frozen=True)
class ConnectionLimits:
    """The limits of each connection; all times are absolute: what arrives meanwhile does not prolong them.

    Attributes
    ----------
    head_s
        Seconds from the first byte of a request, or from the start of a connection, to the end of its head; also for
        the rest of a body after an early answer, and for a client to take more of an answer.
    body_s
        Seconds from the end of the head to the end of the body.
    answer_s
        Seconds in which a client must take a whole answer.
    most
        Most connections; requests of more are marked, see `CROWDED`, and of more than twice as many closed at once.
    """

    head_s: float = 10.0
    body_s: float = 30.0
    answer_s: float = 60.0
    most: int = 400


class _Part(Enum):
    """What of a request is arriving."""

    HEAD = "head"
    BODY = "body"


class TimeLimitedConnection(HttpToolsProtocol):
    """uvicorn's connection, closed if a request takes too long to arrive or its answer to be taken.

    uvicorn limits only how long a connection is silent between two requests. A client that sends a byte now and then,
    or never reads, would keep a connection open, and the answer in memory, without end.
    """

    limits = ConnectionLimits()
    """For the whole process: uvicorn itself creates the connections."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._part: _Part | None = _Part.HEAD
        self._timer: asyncio.TimerHandle | None = None
        self._n_head = self._n_unread = 0
        self._watch: asyncio.TimerHandle | None = None  # of a client that takes an answer
        self._n_resumed = 0

    def connection_made(self, transport: Any) -> None:
        """Start the time limit of the first request's head."""
        super().connection_made(transport)
        if len(self.connections) > 2 * self.limits.most:
            self.transport.abort()
            return
        self._limit(self.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers."""
        self._stop()
        self._stop_watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read data; new lines between two requests are skipped, and prolong nothing."""
        if self._part is None:
            if not data.strip(NEW_LINES):
                return
            self._part = _Part.HEAD
            self._limit_head()
        is_head = self._part is _Part.HEAD
        super().data_received(data)
        if is_head and self._part is _Part.HEAD:  # it is not complete yet
            self._n_unread += len(data)  # a header counts when it is complete, which it may never be
            if self._n_unread > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Note whether there are too many connections."""
        super().on_message_begin()
        self._part = _Part.HEAD
        if not self.transport.get_write_buffer_size():
            self._stop_watch()  # the answers so far have been taken
        scope: Any = self.scope
        scope[CROWDED] = len(self.connections) > self.limits.most

    def on_url(self, url: bytes) -> None:
        """Count the bytes of the head."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count the bytes of the head."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the time limit of the body."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError("too many requests were sent before an answer")  # the parser answers it with 400
        self._part, self._n_head, self._n_unread = _Part.BODY, 0, 0
        self._stop()
        super().on_headers_complete()
        if not self.pipeline:
            self._limit(self.limits.body_s)

    def on_message_complete(self) -> None:
        """Stop the time limit: the answer has its own."""
        self._part = None
        self._stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the time limits of what arrives now, and of the answer that the client takes."""
        is_early = not self.pipeline and self._part is _Part.BODY
        super().on_response_complete()
        self._watch_answer()
        if self.transport.is_closing():
            self._stop()
            return
        if self.pipeline:  # uvicorn would read more of them
            self.flow.pause_reading()
        elif is_early:
            self._limit(self.limits.head_s, sooner=True)
        elif self._part is _Part.BODY:  # its request was waiting for the answer before it
            self._limit(self.limits.body_s)
        elif self._part is _Part.HEAD:
            self._limit_head()

    def pause_writing(self) -> None:
        """Start the time limit of the answer: the client takes it more slowly than it is made."""
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        """Note that the client has taken some of the answer."""
        self._n_resumed += 1
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, and close the connection when the client has taken that."""
        super().send_400_response(msg)
        self._stop()
        self._watch_answer()

    def _limit_head(self) -> None:
        """Start the time limit of a head, unless it has started, or an answer is being made."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self._timer is None and not is_answering:
            self._limit(self.limits.head_s)

    def _limit(self, seconds: float, *, sooner: bool = False) -> None:
        """Close the connection after so many seconds; with `sooner` an earlier limit stays."""
        if sooner and self._timer is not None and self._timer.when() <= self.loop.time() + seconds:
            return
        self._stop()
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch_answer(self) -> None:
        """Close the connection if the client takes nothing of an answer for a while, or too long for all of it."""
        left = self.transport.get_write_buffer_size()
        if left and self._watch is None:
            self._check_later(left, self.loop.time() + self.limits.answer_s)

    def _check_later(self, left: int, end: float) -> None:
        seconds = min(self.limits.head_s, max(end - self.loop.time(), 0))
        self._watch = self.loop.call_later(seconds, self._check, left, self._n_resumed, end)

    def _check(self, left: int, n_resumed: int, end: float) -> None:
        self._watch = None
        now = self.transport.get_write_buffer_size()
        if not now:
            return
        if self.loop.time() >= end or (now >= left and self._n_resumed == n_resumed):
            self.transport.abort()
        else:
            self._check_later(now, end)

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _count(self, n: int) -> None:
        self._n_head += n
        if self._n_head > MAX_HEAD:
            raise ValueError("the head of a request is too large")  # the parser answers it with 400
