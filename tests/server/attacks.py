"""Attacks that try to starve a server: distinct long texts, the most work, and connections that never end."""

from __future__ import annotations

import asyncio
import copy
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
JSON = {"content-type": "application/json"}
LONGEST_S = 120
TEXTS = ("kind", "key", "id", "channel")
HEAD = b"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
PING = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
SIZED, CHUNKED = b"Content-Length: 31000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"
# by name: what is sent at first, and then again and again
CONNECTIONS: dict[str, tuple[bytes, bytes]] = {
    "silent": (b"", b""),
    "unfinished head": (b"POST /invocations HTTP/1.1\r\n", b"X-A: b\r\n"),
    "unfinished body": (HEAD + SIZED + b" " * 1_000_000, b""),
    "trickled body": (HEAD + SIZED, b" "),
    "trickled chunks": (HEAD + CHUNKED, b"1\r\n \r\n"),
    "body after an early answer": (b"POST /nothing HTTP/1.1\r\nHost: a\r\n" + SIZED, b" "),
    "new lines": (PING, b"\r\n"),
    "idle": (PING, b""),
}


def deadline_s(name: str, head_s: float, body_s: float, idle_s: float) -> float:
    """Return after how many seconds a server closes one of these connections at the latest."""
    if name in {"silent", "unfinished head", "body after an early answer"}:
        return head_s
    return idle_s if name in {"new lines", "idle"} else body_s


def with_long_text(record: Record, what: str, number: int, length: int) -> Record:
    """Return a record with a text of its own as kind of an event, as key, as id or as channel."""
    text = f"{what}{number:07d}".ljust(length, "x")
    one = copy.deepcopy(record)
    if what == "kind":
        one["events"] = [*one["events"], {**one["events"][0], "kind": text}]
    elif what == "key":
        one[text] = 1
        one["events"] = [{**one["events"][0], text: 1}, *one["events"][1:]]
    elif what == "id":
        one |= {"interaction_id": text, "customer_id": text}
    else:
        one |= {"channel": text, "venue": text, "product": text, "locale": text}
    return one


def most_work(n_moments: int, n_events: int) -> Record:
    """Return a record with so many events at so many moments."""
    times = [f"2026-11-02T{9 + number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
             for number in range(n_moments)]  # fmt: skip
    events = [
        {
            "at": times[number % n_moments],
            "kind": "message",
            "actor": "customer",
            "text": f"it is late {number}",
        }
        for number in range(n_events)
    ]
    return {"interaction_id": "a", "started_at": times[0], "events": events}


def flood(port: int, path: str, bodies: Iterator[bytes], n_threads: int = 4) -> Counter[int]:
    """Send bodies over a few connections, one after the other; return how often each status came."""
    counts: Counter[int] = Counter()
    lock, errors = threading.Lock(), list[BaseException]()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
        try:
            while True:
                with lock:
                    body = next(bodies, None)
                if body is None:
                    return
                try:
                    connection.request("POST", path, body, JSON)
                    answer = connection.getresponse()
                    answer.read()
                    status = answer.status
                except (http.client.HTTPException, ConnectionError):  # closed after a refusal, as it may be
                    connection.close()
                    status = 0
                with lock:
                    counts[status] += 1
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    return counts


def hold_connections(
    port: int, first: bytes, again: bytes, n: int, every_s: float, most_s: float
) -> list[float]:
    """Open so many connections that never end by themselves; return after how many seconds each was closed."""

    async def hold() -> float:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            return 0.0
        begin = time.monotonic()  # a busy server may be slow to accept it
        closed = asyncio.create_task(_until_closed(reader))
        with suppress(ConnectionError):
            writer.write(first)
            while not closed.done() and time.monotonic() - begin < most_s:
                await asyncio.wait({closed}, timeout=every_s)
                if again and not closed.done():
                    writer.write(again)
                    await asyncio.wait_for(writer.drain(), every_s)
        if not closed.done():
            with suppress(TimeoutError):
                await asyncio.wait_for(closed, 2 * every_s)
        seconds = time.monotonic() - begin
        writer.transport.abort()
        return seconds

    async def hold_all() -> list[float]:
        return list(await asyncio.gather(*(hold() for _ in range(n))))

    return asyncio.run(hold_all())


async def _until_closed(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(65536):
            pass


@dataclass
class Others:
    """What ordinary callers saw during an attack."""

    pings: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)

    @property
    def slowest_ping_s(self) -> float:
        return max(self.pings)

    @property
    def p99_s(self) -> float:
        return sorted(self.scores)[min(int(len(self.scores) * 0.99), len(self.scores) - 1)]

    @property
    def peak(self) -> float:
        return max(self.memory)


@contextmanager
def ordinary_callers(
    port: int, record: Record, memory: Callable[[], float], every_s: float = 0.05
) -> Iterator[Others]:
    """Ask for a ping and for a score now and then, each over a connection of its own, and measure the memory."""
    seen, is_over = Others(), threading.Event()
    body = json.dumps({"dataframe_records": [record]}).encode()

    def ask(method: str, path: str, content: bytes | None, times: list[float]) -> None:
        while not is_over.wait(every_s):
            begin = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
            try:
                connection.request(method, path, content, JSON)
                answer = connection.getresponse()
                answer.read()
                seen.statuses[answer.status] += 1
            except (http.client.HTTPException, OSError):
                seen.statuses[0] += 1
            finally:
                connection.close()
            times.append(time.monotonic() - begin)
            if content is None:
                seen.memory.append(memory())

    threads = [
        threading.Thread(target=ask, args=("GET", "/ping", None, seen.pings)),
        threading.Thread(target=ask, args=("POST", "/invocations", body, seen.scores)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
