"""Progress of a fit: who wants to know is told of each part that is done, such as a fold or a refit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from joblib import Parallel

OnPart = Callable[[int, int, str], None]
"""Called with the number of parts of a fit that are done, the number of all parts, and what they are."""

_listener: ContextVar[OnPart | None] = ContextVar("listener", default=None)


@contextmanager
def listening(on_part: OnPart | None) -> Iterator[None]:
    """Call `on_part` for each part of the fits within; a fit's result does not depend on it.

    Parameters
    ----------
    on_part
        Is called in the thread of this context; None: nobody is told.
    """
    token = _listener.set(on_part)
    try:
        yield
    finally:
        _listener.reset(token)


def tell_part(done: int, total: int, what: str) -> None:
    """Tell the listener, if there is one, how many parts of a fit are done."""
    on_part = _listener.get()
    if on_part is not None:
        on_part(done, total, what)


def in_threads(what: str, calls: Iterable[Any], n_jobs: int) -> list[Any]:
    """Return the results of joblib's delayed calls, in their order, and tell how many there are.

    Parameters
    ----------
    what
        What the calls are, in the plural.
    calls
        Results of `joblib.delayed`.
    n_jobs
        The number of threads.
    """
    calls, results = list(calls), []
    tell_part(0, len(calls), what)
    for result in Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(calls):
        results.append(result)
        tell_part(len(results), len(calls), what)
    return results
