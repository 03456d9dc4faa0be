"""Hostile requests against a live server: drawn by Hypothesis, giants, and schemathesis over the OpenAPI document.

python benchmarks/serving_hostile.py [REQUESTS]
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from serving_company import learnt, memory_mib, records_of, registry, simulated

N_SCHEMATHESIS = 2_000  # about so many of the requests are schemathesis's
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,unsupported_method"
)


def main(n: int) -> None:
    """Send them, check each answer, and print the counts."""
    from servers import forestall_serve

    tables = simulated(3_000, seed=1)
    records = records_of(tables, 50, seed=3)
    with registry() as store:
        store.register(learnt(tables), "bench-risk")
        with forestall_serve(
            "models:/bench-risk/1", store.tracking_uri, store.folder / "log", "--access-log"
        ) as server:
            counts: Counter[int] = Counter()
            n_theirs = _schemathesis(server.port, min(N_SCHEMATHESIS, n // 2))
            slowest = _giants(server.port, records[0], counts)
            before = memory_mib(server.process.pid)
            _drawn(server.port, records, n - n_theirs - sum(counts.values()), counts)
            after = memory_mib(server.process.pid)
            n_logged = _check_log(server.log)
    total = n_theirs + sum(counts.values())
    print(
        f"{total:,} hostile requests: no 5xx, no hang, nothing repeated, the server alive\n"
        f"{sum(counts.values()):,} drawn or giant, by status: "
        + ", ".join(f"{status or 'closed'}: {count:,}" for status, count in sorted(counts.items()))
        + f"\n{n_theirs:,} by schemathesis, all as the OpenAPI document says"
        f"\nslowest giant: {slowest[0]}, {slowest[1]:.1f} s"
        f"\nmemory before the drawn ones {before:.0f} MiB, after them {after:.0f} MiB"
        f"\n{n_logged:,} lines of log, none with what was sent"
    )


def _drawn(port: int, records: list[dict[str, Any]], n: int, counts: Counter[int]) -> None:
    from hostile import Line, requests

    with Line(port) as line:

        @seed(1)
        @settings(max_examples=n, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(sent=requests(records))
        def send(sent: Any) -> None:
            line.send(sent)

        send()
        while (
            sum(line.statuses.values()) < n
        ):  # Hypothesis may stop early where it thinks that it has seen all
            send()
        assert line.is_alive()
        counts += line.statuses


def _giants(port: int, base: dict[str, Any], counts: Counter[int]) -> tuple[str, float]:
    from hostile import Line, giants

    slowest = ("", 0.0)
    with Line(port) as line:
        for name, sent in giants(base):
            begin = time.monotonic()
            line.send(sent)
            slowest = max(slowest, (name, time.monotonic() - begin), key=lambda one: one[1])
        counts += line.statuses
    assert slowest[1] < 20
    return slowest


def _schemathesis(port: int, n: int) -> int:
    """Run schemathesis, and return how many requests it sent."""
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"http://127.0.0.1:{port}/openapi.json",
               "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", str(max(n // 7, 5)),
               "--seed", "1", "--no-color", "--suppress-health-check", "all", "--request-timeout", "60"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"(\d[\d,]*) generated, (\d[\d,]*) passed\s*$", done.stdout, flags=re.MULTILINE)
    assert done.returncode == 0, done.stdout[-3000:]
    assert found is not None, done.stdout[-3000:]
    return int(found[1].replace(",", ""))


def _check_log(log: Path) -> int:
    from hostile import CANARY

    said = log.read_text(errors="replace")
    assert CANARY not in said
    assert "request failed" not in said, said[said.index("request failed") :][:500]
    return said.count("\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
