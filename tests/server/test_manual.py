"""What the manual says of the server's limits is so. Its examples of serving are run by tests/docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forestall.server.settings import Settings
from workshop import Run

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "serve.md").read_text(encoding="utf-8")
LIMITS = Settings(model_uri="models:/a/1")


MIB = 2**20
TOLD = {
    "--max-body": f"{LIMITS.max_body / MIB:g} MiB",
    "--max-records": f"{LIMITS.max_records:,}",
    "--max-events": f"{LIMITS.max_events:,}",
    "--max-text": f"{LIMITS.max_text:,} characters",
    "--max-work": f"{LIMITS.max_work:,}",
    "--max-moments": f"{LIMITS.max_moments:,}",
    "--max-in-flight": f"{LIMITS.max_in_flight / MIB:g} MiB",
    "--max-explanations": f"{LIMITS.max_explanations:,}",
    "--max-connections": f"{LIMITS.max_connections:,}",
    "--min-free-memory": f"{LIMITS.min_free_memory / MIB:g} MiB",
    "--timeout": f"{LIMITS.timeout_s:g} s",
    "--head-timeout": f"{LIMITS.header_s:g} s",
    "--answer-timeout": f"{LIMITS.answer_s:g} s",
    "--idle-timeout": f"{LIMITS.idle_s:g} s",
}


@pytest.mark.parametrize(
    "limit",
    [
        f"Every {LIMITS.poll_s:g} s (`--poll`)",
        f"above {LIMITS.max_body / MIB:g} MiB",
        f"longer than {LIMITS.timeout_s:g} s",
    ],
)
def test_the_limits_in_the_manual_are_the_limits(limit: str) -> None:
    assert limit in PAGE


def test_the_table_of_limits_has_each_limit_and_its_default() -> None:
    rows = re.findall(r"^\| (`--[^|]+) \| ([^|]+) \| [^|]+ \|$", PAGE, flags=re.MULTILINE)
    told = {option: default for names, default in rows for option in re.findall(r"--[a-z-]+", names)}
    assert told == TOLD


def test_the_limits_can_be_changed_by_flags(run: Run) -> None:
    code, said, _ = run("serve", "--help")
    assert code == 0
    assert {"--poll", "--workers", *TOLD} <= set(re.findall(r"--[a-z-]+", said))
