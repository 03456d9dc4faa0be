"""A server cannot be starved by texts, work or connections. In full: `make prove`, benchmarks/serving_hostile.py."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attacks import (
    CONNECTIONS,
    TEXTS,
    deadline_s,
    flood,
    hold_connections,
    most_work,
    ordinary_callers,
    with_long_text,
)
from servers import Server

N = 4
CLOSED_WITHIN_S = 10.0  # of the deadline: a busy machine must not fail a test


def memory_mib(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("memory is read from /proc")
    return int(status.read_text().partition("VmRSS:")[2].split()[0]) / 1024


def test_distinct_long_texts_and_long_explanations_are_answered_within_bounded_memory(
    moving: Server, records: list[dict[str, Any]]
) -> None:
    record = max(records, key=lambda one: len(one["events"]))
    before = memory_mib(moving)
    with ordinary_callers(moving.port, record, lambda: memory_mib(moving)) as seen:
        for what in TEXTS:
            changed = (with_long_text(record, what, number, 50_000) for number in range(N))
            bodies = (json.dumps({"dataframe_records": [one]}).encode() for one in changed)
            assert set(flood(moving.port, "/invocations", bodies)) == {200}
        body = json.dumps({"dataframe_records": [most_work(20, 1_000)]}).encode()
        assert set(flood(moving.port, "/explain", iter([body] * N))) <= {200, 504}
    assert set(seen.statuses) == {200}
    assert seen.peak < 1.3 * before


def test_each_kind_of_connection_is_closed_within_its_deadline_while_others_are_answered(
    moving: Server, records: list[dict[str, Any]]
) -> None:
    def hold(name: str) -> list[float]:
        most = deadline_s(name, 1, 5, 2) + CLOSED_WITHIN_S
        return hold_connections(moving.port, *CONNECTIONS[name], N, 0.3, most + 1)

    with (
        ordinary_callers(moving.port, records[0], lambda: memory_mib(moving)) as seen,
        ThreadPoolExecutor(len(CONNECTIONS)) as pool,
    ):
        closed = dict(zip(CONNECTIONS, pool.map(hold, CONNECTIONS), strict=True))
    assert set(seen.statuses) == {200}
    for name, seconds in closed.items():
        assert max(seconds) <= deadline_s(name, 1, 5, 2) + CLOSED_WITHIN_S, name
        assert len(seconds) == N
