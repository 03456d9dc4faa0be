"""Reading, computing and writing at the same time, in threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_END: Any = object()
_MOST_WAITING = 64  # rows that wait to be written take memory


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items in their order; the next one is made in another thread meanwhile."""
    iterator = iter(items)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, iterator, _END)
        while (item := coming.result()) is not _END:
            coming = pool.submit(next, iterator, _END)
            yield item
            del item


def in_order(function: Callable[[T], R], items: Iterable[T], n_threads: int) -> Iterator[R]:
    """Yield the result of each item in their order; `n_threads` items are computed at once.

    No more than `n_threads` results exist at the same time beside the one that was yielded.
    """
    with ThreadPoolExecutor(n_threads) as pool:
        coming: deque[Future[R]] = deque()
        for item in items:
            coming.append(pool.submit(function, item))
            if len(coming) == n_threads:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


class Writer:
    """Calls functions in another thread, in their order; an error of one of them is raised by a later call."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[Any]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not None:
            self._pool.shutdown(cancel_futures=True)
            return
        try:
            self.wait()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def write(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Call a function with its arguments later; waits while too many are waiting."""
        self._waiting.append(self._pool.submit(function, *arguments))
        self.wait(_MOST_WAITING)

    def wait(self, n: int = 0) -> None:
        """Return when at most `n` functions are not yet done."""
        while len(self._waiting) > n:
            self._waiting.popleft().result()
