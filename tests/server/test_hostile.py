"""Hostile requests cause no server error and no hang, and nothing of them is repeated. In full: `make prove`."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hostile import CANARY, Line, giants, requests, requests_without_token
from hypothesis import HealthCheck, given, settings
from servers import Server, ask, forestall_serve

from workshop import Work

TOKEN = "test-0123456789-abcdef"
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
def test_whoever_has_no_token_is_told_nothing(
    work: Work, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"test {TOKEN}\n")
    options = ("--token-file", tokens, "--protect-information", "--access-log")
    with forestall_serve("models:/quick-risk/1", work.tracking_uri, tmp_path / "log", *options) as server:
        for token, drawn in (
            (TOKEN, requests(records[:20])),
            (None, requests_without_token(records[:20], TOKEN)),
        ):

            @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(sent=drawn)
            def send(sent: Any) -> None:
                line.send(sent)

            with Line(server.port, token) as line:
                send()
                assert line.is_alive()
            assert set(line.statuses) <= ({0, 401} if token is None else {0, 200, 400, 413, 415, 422})
        needs_token = ask(
            server.port, "GET", "/openapi.json", headers={"authorization": f"Bearer {TOKEN}"}
        ).json
        protected = {path for path in needs_token["paths"] if path not in {"/ping", "/health"}}
        for path in protected:
            (operation,) = needs_token["paths"][path].values()
            assert "401" in operation["responses"]
    said = server.log.read_text()
    assert CANARY not in said
    assert TOKEN not in said


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
