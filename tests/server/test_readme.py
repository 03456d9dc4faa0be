"""The README's examples of serving work against a live server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from servers import Server

from forestall.server.settings import Settings
from workshop import Run, Work

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.split("\n## Serve\n")[1].split("\n## ")[0]


def block(language: str, server: Server) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", SECTION, flags=re.DOTALL | re.MULTILINE)
    assert "http://127.0.0.1:5000/" in found
    return str(found).replace("127.0.0.1:5000", f"127.0.0.1:{server.port}")


def test_the_example_in_curl_works(server: Server) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    done = subprocess.run(["bash", "-c", block("bash", server)], capture_output=True, check=True, timeout=60)
    (row,) = json.loads(done.stdout)["predictions"]
    assert row["reasons"][0]["text"]
    assert 0 < row["dissatisfaction_risk"] < 1


def test_the_example_in_python_works(server: Server, work: Work) -> None:
    command = [sys.executable, "-c", block("python", server)]
    done = subprocess.run(
        command, cwd=work.data.parent, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert len(done.stdout.splitlines()) == 3


def test_the_documented_limits_are_the_limits(run: Run) -> None:
    code, said, _ = run("serve", "--help")
    assert code == 0
    assert {"--poll", "--workers", "--timeout", "--max-body", "--max-records"} <= set(
        re.findall(r"--[a-z-]+", said)
    )
    limits = Settings(model_uri="models:/a/1")
    for told in (
        f"Every {limits.poll_s:g} s (`--poll`)",
        f"above {limits.max_body / 2**20:g} MiB",
        f"{limits.max_records:,} records",
        f"{limits.max_events:,} events",
        f"{limits.max_text:,} characters",
        f"{limits.timeout_s:g} s",
    ):
        assert told in SECTION
