"""Hostile requests against a live server: drawn by Hypothesis, giants, and schemathesis over the OpenAPI document.

Half of them go to a server without tokens, half to one that asks for a token on every route: by schemathesis and giants
with a token, and drawn ones with and without.

python benchmarks/serving_hostile.py [REQUESTS]     at least as many as the giants and the shortest run of schemathesis
python benchmarks/serving_hostile.py starve [REQUESTS [CONNECTIONS]]

`starve` sends long texts that are all different, the longest explanations and connections that never end, and looks at
the memory of the server and at what ordinary callers see meanwhile.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from hypothesis import HealthCheck, Phase, given, seed, settings

from serving_company import learnt, memory_mib, records_of, registry, simulated

N_SCHEMATHESIS = 2_000  # about so many of the requests to each server are schemathesis's
TOKEN = "proof-0123456789-abcdef"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,unsupported_method"
)
LONG = 90_000  # characters of each text: below the limit, so that it is read
SLOWEST_PING_S, SLOWEST_P99_S, MOST_MEMORY = 0.5, 1.0, 1.3
CLOSED_WITHIN_S = 2.0  # of the deadline


def main(n: int) -> None:
    """Send them, check each answer, and print the counts."""
    from servers import forestall_serve

    tables = simulated(3_000, seed=1)
    records = records_of(tables, 50, seed=3)
    with registry() as store:
        store.register(learnt(tables), "bench-risk")
        tokens = store.folder / "tokens"
        tokens.write_text(f"proof {TOKEN}\n")
        guarded = ("--token-file", tokens, "--protect-information")
        for token, options in ((None, ()), (TOKEN, guarded)):
            log = store.folder / f"log-{len(options)}"
            with forestall_serve(
                "models:/bench-risk/1", store.tracking_uri, log, "--access-log", *options
            ) as server:
                _attack(server, records, n // 2, token)


def _attack(server: Any, records: list[dict[str, Any]], n: int, token: str | None) -> None:
    """Send `n` requests to a server, check each answer, and print the counts."""
    from hostile import requests, requests_without_token

    counts: Counter[int] = Counter()
    n_theirs = _schemathesis(server.port, min(N_SCHEMATHESIS, n // 2), token)
    slowest = _giants(server.port, records[0], counts, token)
    before, n_left = memory_mib(server.process.pid), max(n - n_theirs - sum(counts.values()), 0)
    n_without = n_left // 2 if token else 0
    _drawn(server.port, requests(records), n_left - n_without, counts, token)
    refused: Counter[int] = Counter()
    if token:
        _drawn(server.port, requests_without_token(records, token), n_without, refused, None)
    after = memory_mib(server.process.pid)
    n_logged = _check_log(server.log)
    assert token is None or token not in server.log.read_text(errors="replace")
    total = n_theirs + sum(counts.values()) + sum(refused.values())
    print(
        f"{total:,} hostile requests {'with and without tokens' if token else 'to a server without tokens'}: no 5xx, "
        f"no hang, nothing repeated, the server alive\n"
        f"{sum(counts.values()):,} drawn or giant, by status: {_by_status(counts)}\n"
        + (f"{sum(refused.values()):,} drawn, without a token of the server, by status: {_by_status(refused)}\n"
           if token else "")
        + f"{n_theirs:,} by schemathesis, all as the OpenAPI document says\n"
        f"slowest giant: {slowest[0]}, {slowest[1]:.1f} s\n"
        f"memory before the drawn ones {before:.0f} MiB, after them {after:.0f} MiB\n"
        f"{n_logged:,} lines of log, none with what was sent\n",
        flush=True,
    )  # fmt: skip


def _by_status(counts: Counter[int]) -> str:
    return ", ".join(f"{status or 'closed'}: {count:,}" for status, count in sorted(counts.items()))


def _drawn(port: int, drawn: Any, n: int, counts: Counter[int], token: str | None) -> None:
    """Send so many drawn requests on one connection; none if the others were as many as wanted."""
    from hostile import Line

    if not n:
        return
    with Line(port, token) as line:

        @seed(1)
        @settings(max_examples=n, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(sent=drawn)
        def send(sent: Any) -> None:
            line.send(sent)

        send()
        while (
            sum(line.statuses.values()) < n
        ):  # Hypothesis may stop early where it thinks that it has seen all
            send()
        assert line.is_alive()
        counts += line.statuses


def _giants(port: int, base: dict[str, Any], counts: Counter[int], token: str | None) -> tuple[str, float]:
    from hostile import Line, giants

    slowest = ("", 0.0)
    with Line(port, token) as line:
        for name, sent in giants(base):
            begin = time.monotonic()
            line.send(sent)
            slowest = max(slowest, (name, time.monotonic() - begin), key=lambda one: one[1])
        counts += line.statuses
    assert slowest[1] < 20
    return slowest


def _schemathesis(port: int, n: int, token: str | None) -> int:
    """Run schemathesis, and return how many requests it sent."""
    more = ["--header", f"Authorization: Bearer {token}"] if token else []
    checks = f"{CHECKS},ignored_auth" if token else CHECKS
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"http://127.0.0.1:{port}/openapi.json",
               "--checks", checks, *more, "--phases", "examples,coverage,fuzzing", "--max-examples",
               str(max(n // 7, 5)), "--seed", "1", "--no-color",
               "--suppress-health-check", "all", "--request-timeout", "60"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"(\d[\d,]*) generated, (\d[\d,]*) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-3000:]
    assert found is not None, done.stdout[-3000:]
    return int(found[1].replace(",", ""))


def _check_log(log: Path) -> int:
    from hostile import CANARY

    said = log.read_text(errors="replace")
    assert CANARY not in said
    assert "request failed" not in said, said[said.index("request failed") :][:500]
    return said.count("\n")


def starve(n: int, n_connections: int) -> None:
    """Try to starve a server; print what it took, and check that ordinary callers were answered."""
    from servers import forestall_serve

    tables = simulated(3_000, seed=1)
    records = records_of(tables, 50, seed=3)
    with registry() as store:
        store.register(learnt(tables), "bench-risk")
        command = "models:/bench-risk/1", store.tracking_uri, store.folder / "log"
        with forestall_serve(*command) as server:
            _starve(server, max(records, key=lambda one: len(one["events"])), n, n_connections)
        with forestall_serve(*command, "--workers", 2) as server:
            _kill_the_parent(server)


def _kill_the_parent(server: Any) -> None:
    """Kill the parent of two workers, and check that they end and free the port."""
    workers = psutil.Process(server.process.pid).children(recursive=True)
    assert len(workers) >= 2
    server.process.kill()
    begin = time.monotonic()
    _, alive = psutil.wait_procs(workers, 30)
    seconds = time.monotonic() - begin
    assert not alive, "a worker outlives its parent"
    with socket.socket() as one:
        assert one.connect_ex(("127.0.0.1", server.port)) != 0, "the port is not free"
    print(f"two workers ended {seconds:.1f} s after their parent was killed, and the port is free")


def _starve(server: Any, record: dict[str, Any], n: int, n_connections: int) -> None:
    from attacks import CONNECTIONS, TEXTS, deadline_s, flood, hold_connections, most_work, with_long_text

    def scored(what: str, number: int) -> bytes:
        one = with_long_text(record, what, number, LONG)
        return json.dumps({"dataframe_records": [one]}).encode()

    flood(server.port, "/invocations", (scored("id", -1 - number) for number in range(20)))
    flood(server.port, "/explain", iter([json.dumps({"dataframe_records": [most_work(50, 100)]}).encode()]))
    start, failures = memory_mib(server.process.pid), list[str]()
    print(
        f"{'attack':28}{'requests':>10}{'slowest ping':>14}{'p99 of scores':>15}{'memory':>9}{'closed after':>14}"
    )
    for what in TEXTS:
        with _watched(server, record, start, f"distinct {what}s", n, failures):
            counts = flood(server.port, "/invocations", (scored(what, number) for number in range(n)))
            assert set(counts) == {200}, counts
    for n_moments, n_events in ((500, 2_000), (100, 10_000)):
        body = json.dumps({"dataframe_records": [most_work(n_moments, n_events)]}).encode()
        name = f"/explain {n_moments} x {n_events:,}"
        with _watched(server, record, start, name, 24, failures):
            counts = flood(server.port, "/explain", iter([body] * 24), n_threads=12)
            assert {200} <= set(counts) <= {200, 503, 504}, counts
    for name, (first, again) in CONNECTIONS.items():
        deadline = deadline_s(name, 10, 31, 75)
        with _watched(server, record, start, name, n_connections, failures) as closed:
            closed.extend(
                hold_connections(
                    server.port, first, again, n_connections, 0.5, deadline + 5 * CLOSED_WITHIN_S
                )
            )
        if max(closed) > deadline + CLOSED_WITHIN_S:
            failures.append(f"{name}: open for {max(closed):.1f} s")
    ratio = memory_mib(server.process.pid) / start
    print(f"memory at the end: {ratio:.2f} of that at the start ({start:.0f} MiB)")
    assert ratio <= MOST_MEMORY
    assert not failures, "; ".join(failures)


@contextmanager
def _watched(
    server: Any, record: dict[str, Any], start: float, name: str, n: int, failures: list[str]
) -> Iterator[list[float]]:
    """Watch ordinary callers during an attack, print a line, and note what they should not have seen."""
    from attacks import ordinary_callers

    closed: list[float] = []
    with ordinary_callers(server.port, record, lambda: memory_mib(server.process.pid)) as seen:
        yield closed
    ratio = seen.peak / start
    print(f"{name:28}{n:10,}{seen.slowest_ping_s:12.3f} s{seen.p99_s:13.3f} s{ratio:9.2f}"
          + (f"{max(closed):12.1f} s" if closed else ""), flush=True)  # fmt: skip
    failures.extend(
        f"{name}: {what}"
        for is_right, what in (
            (set(seen.statuses) == {200}, f"statuses {dict(seen.statuses)}"),
            (seen.slowest_ping_s < SLOWEST_PING_S, f"a ping took {seen.slowest_ping_s:.2f} s"),
            (seen.p99_s < SLOWEST_P99_S, f"one score in a hundred took {seen.p99_s:.2f} s"),
            (ratio <= MOST_MEMORY, f"{ratio:.2f} times the memory of the start"),
        )
        if not is_right
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["starve"]:
        numbers = [int(one) for one in sys.argv[2:]]
        starve(*numbers, *(5_000, 200)[len(numbers) :])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
