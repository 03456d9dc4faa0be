"""What the workers of one server count together."""

import os
import subprocess
import sys
from pathlib import Path

from forestall.server.counters import _forget_the_dead


def test_a_worker_that_is_gone_serves_no_more(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    mine, theirs = (tmp_path / f"gauge_livesum_{pid}.db" for pid in (os.getpid(), gone.pid))
    counted = tmp_path / f"counter_{gone.pid}.db"
    for file in (mine, theirs, counted):
        file.touch()
    _forget_the_dead(str(tmp_path))
    assert mine.exists()
    assert not theirs.exists()
    assert counted.exists()  # what it counted stays
