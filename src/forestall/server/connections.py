"""Connections that are not waited for without end."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024  # bytes of a request's line and headers


class Patience(HttpToolsProtocol):
    """uvicorn's connection, cut off when the head of a request or the reading of an answer takes too long.

    uvicorn has a limit for neither: a caller who sends a header now and then, or never reads, would keep a
    connection, and the answer in memory, for ever.
    """

    seconds = 10.0
    """How long is waited; of the whole process, since uvicorn makes each connection by itself."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._waiting: asyncio.TimerHandle | None = None
        self._n_head = 0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of the head."""
        super().on_message_begin()
        self._n_head = 0
        self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        """Count what has come of the head."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count what has come of the head."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop waiting: the body has a time of its own."""
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Begin to wait until the answer has been taken."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self.seconds, self._check_taken, self.transport.get_write_buffer_size())

    def _check_taken(self, left: int) -> None:
        now = self.transport.get_write_buffer_size()
        if now and now >= left:  # nothing was taken in all that time
            self.transport.abort()
        elif now:
            self.loop.call_later(self.seconds, self._check_taken, now)

    def _count(self, n: int) -> None:
        self._n_head += n
        if self._n_head > MAX_HEAD:
            raise ValueError("the head of a request is too large")  # the parser makes it a 400

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(self.seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
