"""The bytes of all bodies in flight are bounded, and so is the memory that requests may take."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from forestall.server.errors import RequestError
from forestall.server.load import PARSED, Load, free_memory_of_machine, sampled
from forestall.server.request_body import read_body
from forestall.server.settings import Settings

CLOSES = {"connection": "close", "retry-after": "1"}
MIB = 1024 * 1024
SETTINGS = Settings(model_uri="models:/a/1", max_body=1000, max_in_flight=1500, timeout_s=5)


async def read(load: Load, parts: list[bytes], stays_open: asyncio.Event | None = None) -> bytes | int:
    """Return the body of a request that sends these parts, or the status of its refusal.

    With `stays_open` the body is not complete before the event.
    """
    left = list(parts)

    async def receive() -> dict[str, Any]:
        if not left:
            assert stays_open is not None
            await stays_open.wait()
            return {"type": "http.request", "body": b"", "more_body": False}
        return {
            "type": "http.request",
            "body": left.pop(0),
            "more_body": bool(left) or stays_open is not None,
        }

    with load.body() as held:
        try:
            return await read_body(Request({"type": "http"}, receive), SETTINGS, held)
        except RequestError as error:
            return error.status if error.headers == CLOSES else 0


def test_the_largest_unfinished_body_is_given_up_for_others() -> None:
    async def requests() -> tuple[Any, ...]:
        load, end = Load(SETTINGS), asyncio.Event()
        large = asyncio.create_task(read(load, [b"a" * 900], end))
        small = asyncio.create_task(read(load, [b"b" * 300], end))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        third = await read(load, [b"c" * 350])
        refused = await large
        end.set()
        return third, refused, await small, load.n_bytes

    assert asyncio.run(requests()) == (b"c" * 350, 503, b"b" * 300, 0)


def test_a_body_that_is_the_largest_itself_is_refused() -> None:
    async def requests() -> tuple[Any, ...]:
        load, end = Load(SETTINGS), asyncio.Event()
        small = asyncio.create_task(read(load, [b"b" * 700], end))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        refused = await read(load, [b"a" * 500, b"a" * 400])
        end.set()
        return refused, await small, load.n_bytes

    assert asyncio.run(requests()) == (503, b"b" * 700, 0)


def test_a_body_that_is_complete_is_not_given_up() -> None:
    load = Load(SETTINGS)
    with load.body() as complete, load.body() as other:
        complete.add(1000)
        with pytest.raises(RequestError) as caught:
            other.add(501)
    assert caught.value.status == 503
    assert load.n_bytes == 0


def test_a_body_of_the_largest_size_fits_alone_also_byte_by_byte() -> None:
    settings = Settings(model_uri="models:/a/1", max_body=300, max_in_flight=300)
    assert asyncio.run(read(Load(settings), [b"a"] * 300)) == b"a" * 300


def test_requests_are_refused_before_memory_runs_out() -> None:
    settings = Settings(model_uri="models:/a/1", min_free_memory=100 * MIB)
    load = Load(settings, lambda: 100 * MIB + 3 * PARSED)
    load.check_memory(3, is_last=True)
    with pytest.raises(RequestError) as caught:
        load.check_memory(4, is_last=False)
    assert (caught.value.status, caught.value.is_last) == (503, False)
    never = Load(Settings(model_uri="models:/a/1", min_free_memory=0), lambda: 0)
    never.check_memory(10 * MIB, is_last=True)


def test_the_memory_of_a_container_counts_where_it_is_less(tmp_path: Path) -> None:
    machine = free_memory_of_machine(tmp_path)
    assert machine > MIB
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("4000000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 300000\n")
    assert free_memory_of_machine(tmp_path) == 1_300_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory_of_machine(tmp_path) > 1_300_000


def test_a_measure_is_taken_now_and_then() -> None:
    taken: list[int] = []

    def measure() -> int:
        taken.append(1)
        return len(taken)

    often, rarely = sampled(measure, 0), sampled(measure, 1000)
    assert [often(), often(), rarely(), rarely()] == [1, 2, 3, 3]
