"""Threads that make long answers, with a time limit, and a limit of how many may wait for theirs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from forestall.server.errors import RequestError, overloaded


class Threads:
    """Threads of one kind of work.

    Parameters
    ----------
    n, name
        How many threads, and what they do.
    timeout_s
        How many seconds an answer may take, with the time that it waits for a thread.
    most
        How many answers may be made or wait; None for no limit.
    """

    def __init__(self, n: int, name: str, timeout_s: float, most: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(n, name)
        self._name, self._timeout_s, self._most = name, timeout_s, most
        self._n = 0

    async def run(self, work: Callable[[], bytes], is_over: threading.Event) -> bytes:
        """Return what work returns.

        Parameters
        ----------
        work
            Makes the answer. If it has not begun at the time limit, it never does.
        is_over
            Set at the end, so that work that has begun can stop when nobody waits for it any more.

        Raises
        ------
        RequestError
            504 if it takes too long, 503 if too many wait.
        """
        if self._most is not None and self._n >= self._most:
            raise overloaded(f"too many requests wait for {self._name}; send the request again later")
        self._n += 1
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except TimeoutError:
            message = f"no answer within {self._timeout_s:g} s; send fewer records at a time"
            raise RequestError(504, message) from None
        finally:
            self._n -= 1
            is_over.set()

    def shutdown(self) -> None:
        """End when running work is done; what waits is cancelled."""
        self._pool.shutdown(cancel_futures=True)
