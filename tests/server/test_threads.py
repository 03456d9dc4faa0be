"""Threads with a time limit, and a limit of how many may wait."""

from __future__ import annotations

import asyncio
import threading

import pytest

from forestall.server.errors import RequestError
from forestall.server.threads import Threads


def test_work_is_told_when_nobody_waits_any_more_and_waiting_work_never_begins() -> None:
    began: list[str] = []
    both_answered, ended = threading.Event(), threading.Event()

    def long(is_over: threading.Event) -> bytes:
        began.append("long")
        assert is_over.wait(30)
        assert both_answered.wait(30)  # the thread is busy until the waiting work's own time is over
        ended.set()
        return b""

    def waiting() -> bytes:
        began.append("waiting")
        return b""

    async def requests(threads: Threads) -> list[int]:
        first, second, third = (threading.Event() for _ in range(3))
        statuses = []
        running = asyncio.create_task(threads.run(lambda: long(first), first))
        await asyncio.sleep(0)
        waits = asyncio.create_task(threads.run(waiting, second))
        await asyncio.sleep(0)
        for one in (threads.run(waiting, third), running, waits):
            with pytest.raises(RequestError) as caught:
                await one
            statuses.append(caught.value.status)
        return statuses

    threads = Threads(1, "answers", 0.2, most=2)
    assert asyncio.run(requests(threads)) == [503, 504, 504]
    both_answered.set()
    assert ended.wait(30)
    threads.shutdown()
    assert began == ["long"]


def test_an_answer_in_time_is_returned_and_makes_room_for_the_next() -> None:
    async def requests(threads: Threads) -> list[bytes]:
        return [await threads.run(lambda: b"a", threading.Event()) for _ in range(3)]

    threads = Threads(1, "answers", 30, most=1)
    assert asyncio.run(requests(threads)) == [b"a"] * 3
    threads.shutdown()
