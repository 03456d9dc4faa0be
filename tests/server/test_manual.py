"""What the manual says of the server's limits is so. Its examples of serving are run by tests/docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forestall.server.settings import Settings
from workshop import Run

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "serve.md").read_text(encoding="utf-8")
LIMITS = Settings(model_uri="models:/a/1")


@pytest.mark.parametrize(
    "limit",
    [
        f"Every {LIMITS.poll_s:g} s (`--poll`)",
        f"above {LIMITS.max_body / 2**20:g} MiB",
        f"{LIMITS.max_records:,} records",
        f"{LIMITS.max_events:,} events",
        f"{LIMITS.max_text:,} characters",
        f"longer than {LIMITS.timeout_s:g} s",
    ],
)
def test_the_limits_in_the_manual_are_the_limits(limit: str) -> None:
    assert limit in PAGE


def test_the_limits_can_be_changed_by_flags(run: Run) -> None:
    code, said, _ = run("serve", "--help")
    assert code == 0
    assert {"--poll", "--workers", "--timeout", "--max-body", "--max-records"} <= set(
        re.findall(r"--[a-z-]+", said)
    )
