"""Around every request: who answered, how long it took, and an answer whatever goes wrong."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forestall.server.counters import Metrics
from forestall.server.errors import RequestError, internal
from forestall.server.model_follower import Followed

log = logging.getLogger(__name__)

UNKNOWN = "other"  # the route of a path that is none: a path may hold anything, so it is not repeated
_LEAVE = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)


class Edge:
    """Signs answers with the model that made them, counts and logs them, and turns every error into an answer."""

    def __init__(self, app: ASGIApp, followed: Followed, metrics: Metrics, has_access_log: bool) -> None:
        self.app, self.followed, self.metrics = app, followed, metrics
        self.has_access_log = has_access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = time.perf_counter()
        status = 0

        async def sign(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                served = scope.get("served") or self.followed.served
                message["headers"] = [*message.get("headers", ()), *served.headers]
            await send(message)

        try:
            await self.app(scope, receive, sign)
        except BaseException as error:  # a panic of an engine in Rust is no Exception
            if isinstance(error, _LEAVE) or status:
                raise
            await answer(error if isinstance(error, RequestError) else internal(error), sign)
        finally:
            self._told(scope, status, time.perf_counter() - begin)

    def _told(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        name = getattr(route, "path", UNKNOWN)
        self.metrics.answered(name, status, seconds)
        if self.has_access_log:
            log.info("%s %s %d %.1f ms", scope["method"], name, status, seconds * 1000)


async def answer(error: RequestError, send: Send) -> None:
    """Send an error."""
    body = error.body()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if error.is_last:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
