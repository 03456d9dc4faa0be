"""Reading a body: its limits of size and time, and a client that disconnects."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from forestall.server.errors import RequestError
from forestall.server.load import Load
from forestall.server.request_body import read_body
from forestall.server.settings import Settings

SETTINGS = Settings(model_uri="models:/a/1", max_body=8, timeout_s=0.2)


def read(*messages: dict[str, Any]) -> bytes:
    """Return the body of a request that sends these messages and then nothing more."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        await asyncio.sleep(60)
        raise AssertionError

    async def all_of_it() -> bytes:
        with load.body() as held:
            return await read_body(Request({"type": "http"}, receive), SETTINGS, held)

    load = Load(SETTINGS)
    try:
        return asyncio.run(all_of_it())
    finally:
        assert load.n_bytes == 0


def part(body: bytes, *, is_last: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": not is_last}


def test_the_parts_of_a_body_are_joined() -> None:
    assert read(part(b"abcd"), part(b""), part(b"efgh", is_last=True)) == b"abcdefgh"
    assert read(part(b"abc", is_last=True)) == b"abc"


@pytest.mark.parametrize(
    ("messages", "status", "is_last"),
    [
        ([part(b"123456789", is_last=True)], 413, False),
        ([part(b"1234"), part(b"56789", is_last=True)], 413, False),
        # far beyond the limit the rest is not read, and the connection closes
        ([part(b"123456789")] * 5, 413, True),
        ([part(b"1234")], 408, True),
        ([part(b"1234"), {"type": "http.disconnect"}], 400, False),
    ],
    ids=["too large", "too large in parts", "far too large", "too slow", "disconnected"],
)
def test_a_body_beyond_its_limits_is_refused(
    messages: list[dict[str, Any]], status: int, is_last: bool
) -> None:
    with pytest.raises(RequestError) as caught:
        read(*messages)
    assert (caught.value.status, caught.value.is_last) == (status, is_last)
