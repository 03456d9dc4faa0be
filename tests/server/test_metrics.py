"""What a server counts, and the counts that its workers share."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers import SECRET, Server, until

from forestall.server.metrics import _remove_ended_workers


def test_the_current_values_of_an_ended_worker_are_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mine, theirs = (tmp_path / f"gauge_livesum_{pid}.db" for pid in (os.getpid(), gone.pid))
    counted = tmp_path / f"counter_{gone.pid}.db"
    for file in (mine, theirs, counted):
        file.touch()
    _remove_ended_workers(str(tmp_path))
    assert mine.exists()
    assert not theirs.exists()
    assert counted.exists()  # its counts stay


def test_requests_records_and_risks_are_counted(server: Server, records: list[dict[str, Any]]) -> None:
    def counts() -> dict[str, float]:
        lines = server.get("/metrics").body.decode().splitlines()
        return {
            name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")
        }

    other = 'forestall_requests_total{route="other",status="404"}'
    before = counts()
    risks = server.score([*records[:9], {"interaction_id": "a"}]).risks
    server.get(f"/{SECRET}")
    until(lambda: counts().get(other, 0) > before.get(other, 0))
    after = counts()

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('forestall_requests_total{route="/invocations",status="200"}') == 1
    assert grown(other) == 1
    assert grown('forestall_request_seconds_count{route="/invocations"}') == 1
    assert grown('forestall_records_total{data_quality="abstained"}') == 1
    assert grown("forestall_risk_count") == 9
    assert grown("forestall_risk_sum") == pytest.approx(math.fsum(risks[:9]))
    assert sum(grown(name) for name in after if name.startswith("forestall_risk_band_total")) == 9
    assert after['forestall_model_serving{name="quick-risk",version="1"}'] == 1
    assert not any(SECRET in name for name in after)
