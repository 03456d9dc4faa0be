"""The counts that the workers of one server share."""

import os
import subprocess
import sys
from pathlib import Path

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
