"""A job is killed before each of its steps on the disk: nothing is lost, mixed or left behind."""

import subprocess
import sys
from pathlib import Path

import kill_steps
import pytest


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["OLD"]], ids=["a new output", "over old results"])
def test_a_kill_at_any_step_loses_and_mixes_nothing(tmp_path: Path, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, kill_steps.__file__, tmp_path, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *faults, n_kills = done.stdout.splitlines()
    assert faults == []
    assert int(n_kills) > 30
