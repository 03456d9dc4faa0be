"""Two promotions at the same time: one in a process of its own, by the program `PROMOTER`, and one in this process."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from forestall.jobs.promote import promote
from forestall.registry import RegistryError
from workshop import Work

PROMOTER = """
import sys, time
from pathlib import Path
from forestall.errors import ForestallError
from forestall.jobs.promote import promote

name, version, store, mine, other = sys.argv[1:]

def meet(step):
    # both have read the champion; now each compares
    Path(mine).touch()
    while not Path(other).exists():
        time.sleep(0.01)

try:
    print("moved" if promote(name, version=version, tracking_uri=store, progress=meet).moved else "refused")
except ForestallError as error:
    print(f"error: {error}")
"""


def promoted_here(
    work: Work, name: str, version: str, mine: Path, other: subprocess.Popen[str], theirs: Path
) -> str:
    """Promote a version in this process, at the same time as another one does; return what came of it."""

    def meet(_: str) -> None:
        mine.touch()
        while not theirs.exists():
            assert other.poll() is None, "the other process has ended"
            time.sleep(0.01)

    try:
        promote(name, version=version, tracking_uri=work.tracking_uri, progress=meet)
    except RegistryError as error:
        return f"error: {error}"
    return "moved"
