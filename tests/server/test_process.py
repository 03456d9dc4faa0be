"""The server process: several workers share their counts, and running requests are finished before it ends."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from servers import Answer, forestall_serve

from forestall.server import process
from workshop import Work

MODEL = "models:/quick-risk/1"


def test_workers_share_counts_and_finish_running_requests_before_they_end(
    work: Work, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    answers: list[Answer] = []
    with forestall_serve(MODEL, work.tracking_uri, tmp_path / "log", "--workers", 2) as server:
        assert len({tuple(server.score(records[:3]).risks) for _ in range(20)}) == 1
        assert "forestall_risk_count 60.0" in server.get("/metrics").body.decode()
        threads = [
            threading.Thread(target=lambda: answers.append(server.score(records * 8))) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        assert server.stop() == 0
        for thread in threads:
            thread.join()
        with pytest.raises(OSError, match="refused"):
            server.get("/ping")
    assert [answer.status for answer in answers] == [200] * 3
    assert answers[0].risks == answers[1].risks == answers[2].risks
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_loops_are_compiled_and_trees_read_before_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    follower = SimpleNamespace(served=SimpleNamespace(warm=lambda: done.append("warm")))
    monkeypatch.setattr(process, "compile_ahead", lambda: done.append("compiled"))
    monkeypatch.setattr(process, "create_app", lambda *_: done.append("made"))
    monkeypatch.setattr(process, "_freeze_objects", lambda: done.append("frozen"))
    process._ready_app(None, follower)  # type: ignore[arg-type]
    assert done == ["compiled", "warm", "made", "frozen"]
