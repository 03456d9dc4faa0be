"""Hostile requests cause no server error and no hang, and nothing of them is repeated. In full: `make prove`."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hostile import CANARY, Line, giants, requests
from hypothesis import HealthCheck, given, settings
from servers import Server

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def test_hostile_records_are_answered_or_refused(server: Server, records: list[dict[str, Any]]) -> None:
    @settings(max_examples=120, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(sent=requests(records[:20]))
    def send(sent: Any) -> None:
        line.send(sent)

    with Line(server.port) as line:
        send()
        assert line.is_alive()
    assert {200, 400} <= set(line.statuses)
    assert CANARY not in server.log.read_text()


def test_very_large_requests_are_answered_or_refused(server: Server, records: list[dict[str, Any]]) -> None:
    with Line(server.port) as line:
        for name, sent in giants(records[0]):
            begin = time.monotonic()
            line.send(sent)
            assert time.monotonic() - begin < 20, name
        assert line.is_alive()
    assert {200, 400, 413, 422} <= set(line.statuses)


def test_the_server_agrees_with_its_openapi_documentation(server: Server) -> None:
    done = subprocess.run(
        [SCHEMATHESIS, "run", f"http://127.0.0.1:{server.port}/openapi.json", "--checks", CHECKS, "--phases",
         "examples,fuzzing", "--max-examples", "10", "--seed", "1", "--no-color", "--suppress-health-check", "all"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
def test_the_check_finds_a_bad_answer() -> None:
    """Hypothesis draws what the checks are about: canaries, odd times, gaps, bodies that are no JSON."""
    good = {"interaction_id": "a", "started_at": "2026-11-02", "events": [{"kind": "served"}]}
    drawn: list[bytes] = []

    @settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sent=requests([good]))
    def draw(sent: Any) -> None:
        drawn.append(sent.body)

    draw()
    for what in (CANARY.encode(), b"9999-12-31", b"NaN", b"Infinity", b"\\ud800", b"0000-01-01"):
        assert any(what in body for body in drawn), what
