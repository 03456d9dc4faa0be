"""Connections with time limits."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024  # bytes of a request's line and headers


class TimeLimitedConnection(HttpToolsProtocol):
    """uvicorn's connection, closed if the head of a request or the reading of an answer takes too long.

    uvicorn limits neither. A client that sends a header now and then, or never reads, would keep a connection open, and
    the answer in memory, without end.
    """

    seconds = 10.0
    """The time limit, for the whole process: uvicorn itself creates the connections."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._n_head = 0

    def connection_made(self, transport: Any) -> None:
        """Start the timer for the first request."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Start the timer for the rest of the head."""
        super().on_message_begin()
        self._n_head = 0
        self._start_timer()

    def on_url(self, url: bytes) -> None:
        """Count the bytes of the head."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count the bytes of the head."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the timer: the body has its own time limit."""
        self._stop_timer()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Start to check whether the client reads the answer."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self.seconds, self._check_progress, self.transport.get_write_buffer_size())

    def _check_progress(self, left: int) -> None:
        now = self.transport.get_write_buffer_size()
        if now and now >= left:  # the client has read nothing in that time
            self.transport.abort()
        elif now:
            self.loop.call_later(self.seconds, self._check_progress, now)

    def _count(self, n: int) -> None:
        self._n_head += n
        if self._n_head > MAX_HEAD:
            raise ValueError("the head of a request is too large")  # the parser answers it with 400

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(self.seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
