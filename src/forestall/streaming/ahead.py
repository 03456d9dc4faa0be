"""Reading and writing beside the computation, in one thread each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeVar

T = TypeVar("T")
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
