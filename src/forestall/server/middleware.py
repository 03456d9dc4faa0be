"""The middleware around every request: model headers, counts, log and error answers."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forestall.server.access import ANONYMOUS, OPEN, Access
from forestall.server.connections import CROWDED
from forestall.server.errors import RequestError, internal_error, overloaded
from forestall.server.metrics import Metrics
from forestall.server.model_follower import ModelFollower

log = logging.getLogger(__name__)

OTHER_ROUTE = "other"  # counted for any unknown path, which may hold anything and is not repeated
_NOT_ERRORS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)


class RequestMiddleware:
    """Asks for tokens, adds the model's headers to answers, counts and logs them, and turns errors into answers."""

    def __init__(
        self, app: ASGIApp, follower: ModelFollower, metrics: Metrics, access: Access, has_access_log: bool
    ) -> None:
        self.app, self.follower, self.metrics = app, follower, metrics
        self.access, self.has_access_log = access, has_access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = time.perf_counter()
        status, token = 0, ANONYMOUS

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status != 401:  # who may not ask is told nothing of the model
                    served = scope.get("served") or self.follower.served
                    message["headers"] = [*message.get("headers", ()), *served.headers]
            await send(message)

        try:
            if scope.get(CROWDED) and scope["path"] not in OPEN:
                message = "the server has too many connections; send the request again later"
                raise overloaded(message, is_last=True)
            token = self.access.check(scope)
            await self.app(scope, receive, send_with_headers)
        except BaseException as error:  # a panic in a Rust library is not an Exception
            if isinstance(error, _NOT_ERRORS) or status:
                raise
            await send_error(
                error if isinstance(error, RequestError) else internal_error(error), send_with_headers
            )
        finally:
            self._record(scope, status, token, time.perf_counter() - begin)

    def _record(self, scope: Scope, status: int, token: str, seconds: float) -> None:
        route: Any = scope.get("route")
        name = getattr(route, "path", OTHER_ROUTE)
        self.metrics.count_request(name, status, seconds)
        if token != ANONYMOUS:
            self.metrics.count_token(token, status)
        if self.has_access_log:
            by = f" by {token}" if token != ANONYMOUS else ""
            log.info("%s %s %d %.1f ms%s", scope["method"], name, status, seconds * 1000, by)


async def send_error(error: RequestError, send: Send) -> None:
    """Send an error."""
    body = error.body()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in error.headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
