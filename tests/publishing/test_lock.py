"""One job at a time writes an output, and a lock ends with its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from publishing_jobs import run

from forestall.publishing import BusyError, open_output

HOLD = """
import sys, time
from forestall.publishing import open_output
with open_output(sys.argv[1]):
    print("open", flush=True)
    time.sleep(60)
"""


def test_two_jobs_at_once_one_wins_and_the_other_says_who(tmp_path: Path) -> None:
    with (
        open_output(tmp_path / "out"),
        pytest.raises(BusyError, match=rf"by process {os.getpid()}; wait until"),
    ):
        run(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    run(tmp_path / "out")


def test_the_lock_of_a_process_that_is_killed_ends_with_it(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(BusyError, match=f"process {holder.pid};"):
            run(tmp_path)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    run(tmp_path)
    assert not (tmp_path / ".forestall.lock").exists()
