"""Run a job and kill it at a commit: `python kill_in_database.py ADDRESS VERSION STEP [AFTER] [OTHER]`.

The process ends by SIGKILL before the commit of this number, or after it. OTHER: it is another run.
"""

from __future__ import annotations

import os
import signal
import sys

import polars as pl

from forestall.publishing import Job, open_output


def score_job(version: str, run_id: str = "night", at: str = "noon") -> Job:
    return Job("score", run_id, ("scores",), {"version": version}, started={"at": at})


def frame(version: str, part: int) -> pl.DataFrame:
    """Return the rows of a part."""
    return pl.DataFrame({"version": [version] * 10, "part": [part] * 10, "risk": [part / 7] * 10})


def run(address: str, version: str, run_id: str = "night") -> bool:
    """Publish three parts, and return whether there was nothing to do."""
    with (
        open_output(address) as place,
        place.publication(score_job(version, run_id), keep=True) as publication,
    ):
        if publication.done is not None:
            return True
        for number in range(3):
            publication.write_part(f"scores/part-{number}.parquet", frame(version, number).write_parquet)
    return False


def kill_at(step: int, *, is_after: bool) -> None:
    """Let this process end before a commit, or after it."""
    from adbc_driver_manager import dbapi

    count = 0
    commit = dbapi.Connection.commit

    def do(self: dbapi.Connection) -> None:
        nonlocal count
        count += 1
        if count == step and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self)
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    dbapi.Connection.commit = do  # type: ignore[method-assign]


if __name__ == "__main__":
    address, version, step, *more = sys.argv[1:]
    kill_at(int(step), is_after="AFTER" in more)
    run(address, version, "other" if "OTHER" in more else "night")
