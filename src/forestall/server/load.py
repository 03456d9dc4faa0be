"""The load of a process: the bytes of bodies in flight, and the memory that is free.

Requests are refused with 503 and `Retry-After` before memory runs out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from forestall.server.errors import RequestError, overloaded
from forestall.server.settings import Settings

PARSED = 8  # a body that is read takes about so many times its bytes
SAMPLE_S = 0.25
CGROUPS = Path("/sys/fs/cgroup")


class Body:
    """What one body holds of the bytes in flight.

    Attributes
    ----------
    n
        Its bytes so far.
    is_evicted
        Whether it was given up for others while it was still arriving.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._arrival: asyncio.Timeout | None = None
        self.n, self.is_evicted = 0, False

    def arrives_within(self, arrival: asyncio.Timeout) -> None:
        """Say that the body is arriving; `arrival` is ended at once if it is evicted."""
        self._arrival = arrival

    def has_arrived(self) -> None:
        """Say that the body is complete, or no longer read: it cannot be evicted any more."""
        self._arrival = None

    @property
    def is_arriving(self) -> bool:
        """Whether it can be evicted."""
        return self._arrival is not None

    def add(self, n: int) -> None:
        """Hold so many more bytes.

        Raises
        ------
        RequestError
            503: there is no room for them, and no larger body that is still arriving.
        """
        self._load.make_room(n, self)
        self._hold(n)

    def evict(self) -> None:
        """Give the body up: its reader gets an error at once."""
        if self._arrival is not None:
            self.is_evicted = True
            self.release()
            self._arrival.reschedule(asyncio.get_running_loop().time())
            self._arrival = None

    def release(self) -> None:
        """Hold nothing more."""
        self._hold(-self.n)

    def _hold(self, n: int) -> None:
        self.n += n
        self._load.n_bytes += n


class Load:
    """The bodies in flight and the free memory of this process.

    Parameters
    ----------
    settings
        The limits.
    free_memory
        Returns the bytes that are free.
    """

    def __init__(self, settings: Settings, free_memory: Callable[[], int] | None = None) -> None:
        self.limit, self.min_free = settings.max_in_flight, settings.min_free_memory
        self.n_bytes = 0
        self._bodies: set[Body] = set()
        self._free_memory = free_memory or sampled(free_memory_of_machine)

    @contextmanager
    def body(self) -> Iterator[Body]:
        """Give what holds the bytes of one body, until its request is answered."""
        body = Body(self)
        self._bodies.add(body)
        try:
            yield body
        finally:
            self._bodies.discard(body)
            body.release()

    def make_room(self, n: int, body: Body) -> None:
        """Give up the largest bodies that are arriving until there is room for `n` bytes more.

        Raises
        ------
        RequestError
            503: `body` is itself the largest one, or none is arriving.
        """
        while self.n_bytes + n > self.limit:
            others = (one for one in self._bodies if one.is_arriving and one is not body)
            largest = max(others, key=lambda one: one.n, default=body)
            if largest is body or largest.n <= body.n + n:
                raise too_many_bytes()
            largest.evict()

    def check_memory(self, n_body: int, *, is_last: bool) -> None:
        """Check that there is memory for a body of so many bytes, and for what it takes to read it.

        Raises
        ------
        RequestError
            503: there is not.
        """
        if self.min_free and self._free_memory() < self.min_free + PARSED * n_body:
            raise overloaded("the server is short of memory; send the request again later", is_last=is_last)


def too_many_bytes() -> RequestError:
    """Return the error of a body that there is no room for."""
    return overloaded("the server has too many bodies in flight; send the request again later", is_last=True)


def sampled(measure: Callable[[], int], every_s: float = SAMPLE_S) -> Callable[[], int]:
    """Return a measure that is taken at most once in so many seconds."""
    taken_at, value = -float("inf"), 0

    def sample() -> int:
        nonlocal taken_at, value
        now = time.monotonic()
        if now - taken_at >= every_s:
            taken_at, value = now, measure()
        return value

    return sample


def free_memory_of_machine(cgroups: Path = CGROUPS) -> int:
    """Return the bytes of memory that can be used: those of the machine, or of the container if they are fewer."""
    free = int(psutil.virtual_memory().available)
    for limit, used, reclaimable in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
    ):
        # outside a container, and on other systems, there are no such files; without a limit they say `max`
        with suppress(OSError, ValueError):
            most = int((cgroups / limit).read_text())
            file = (cgroups / limit).with_name("memory.stat")
            stat = dict(line.split() for line in file.read_text().splitlines())
            free = min(free, most - int((cgroups / used).read_text()) + int(stat.get(reclaimable, 0)))
    return free
