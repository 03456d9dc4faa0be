"""Reading the body of a request, within limits of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from forestall.server.errors import RequestError, bad_request
from forestall.server.load import Body, too_many_bytes
from forestall.server.settings import Settings

N_DISCARDED = 4  # up to so many times the limit is read and discarded, so that the client receives the answer


async def read_body(request: Request, settings: Settings, held: Body) -> bytes:
    """Return the body.

    Parameters
    ----------
    request
        The request.
    settings
        The limits of size and time.
    held
        What holds the bytes that have arrived.

    Raises
    ------
    RequestError
        413 if it is too large, 408 if it takes too long to arrive, 400 if the client disconnects, 503 if there is no
        room for it beside the bodies of other requests.
    """
    try:
        async with asyncio.timeout(settings.timeout_s) as arrival:
            held.arrives_within(arrival)
            try:
                return await _read(request.receive, settings.max_body, held)
            finally:
                held.has_arrived()
    except TimeoutError:
        if held.is_evicted:
            raise too_many_bytes() from None
        message = f"the request must arrive within {settings.timeout_s:g} s"
        raise RequestError(408, message, is_last=True) from None


async def _read(receive: Callable[[], Awaitable[Any]], limit: int, held: Body) -> bytes:
    body = bytearray()  # not a list of chunks: each would take more than its bytes, if they come one by one
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise bad_request("the request must arrive whole")
        chunk = message.get("body", b"")
        size += len(chunk)
        is_last = not message.get("more_body", False)
        if size <= limit:
            held.add(len(chunk))
            if is_last and not body:
                return bytes(chunk)
            body += chunk
        else:
            body.clear()
            held.release()
        if size > limit and (is_last or size > N_DISCARDED * limit):
            raise RequestError(413, f"the body may have {limit:,} bytes", is_last=not is_last)
        if is_last:
            return bytes(body)
