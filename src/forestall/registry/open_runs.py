"""Runs that are not finished: which to continue, and which a killed process left behind.

A process holds a lock file while its run is open. The lock ends with the process, also if that is killed; the file
stays. A run that is RUNNING, was opened on this machine and has a lock file that nobody holds is therefore dead.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import mlflow
from filelock import FileLock, Timeout
from mlflow.entities import Run

log = logging.getLogger(__name__)

# Tags of an open run: where it was opened, and the name of its lock file.
MACHINE, PROCESS, LOCK = "forestall.machine", "forestall.process", "forestall.lock"
FOLDER = ".forestall-runs"
_LOCK_NAME = re.compile(r"[0-9a-f]{32}")
_PARENT = "mlflow.parentRunId"


def beside_store(file: str) -> Path:
    """Return the path of a file next to the store's database file; in the working folder for any other store."""
    scheme, _, path = str(mlflow.get_tracking_uri()).partition(":///")
    return (Path(path).parent if scheme.startswith("sqlite") else Path()).resolve() / file


def unfinished_run(experiment: str, tags: Mapping[str, str]) -> str | None:
    """Return the last run with these tags that is not finished."""
    return _last_run(experiment, tags, "attributes.status != 'FINISHED'")


def finished_run(experiment: str, tags: Mapping[str, str]) -> str | None:
    """Return the last run with these tags that is finished."""
    return _last_run(experiment, tags, "attributes.status = 'FINISHED'")


@contextmanager
def marked_alive() -> Iterator[dict[str, str]]:
    """Hold a lock file for an open run, and yield the tags that say so.

    The tags are empty where the folder cannot be written or its file system has no locks: nobody can tell later
    whether such a run is dead, so it is never closed.
    """
    name = uuid.uuid4().hex
    file = beside_store(FOLDER) / name
    lock = FileLock(file, fallback_to_soft=False, thread_local=False)
    try:
        file.parent.mkdir(exist_ok=True)
        lock.acquire(timeout=0)
    except OSError as error:
        log.debug("no lock file for the run: %s", error.strerror)
        yield dict.fromkeys((MACHINE, PROCESS, LOCK), "")  # a continued run may have those of a dead process
        return
    try:
        yield {MACHINE: socket.gethostname(), PROCESS: str(os.getpid()), LOCK: name}
    finally:
        _remove(lock, file)


def close_dead_runs(experiment: str) -> None:
    """Mark the runs of an experiment as KILLED that a killed process left RUNNING on this machine.

    The lock files are beside the store's database, or in the working folder for a server. A run of another machine, or
    without a lock file here, is left alone: this process cannot tell whether it is alive.
    """
    client = mlflow.MlflowClient()
    query = f"attributes.status = 'RUNNING' and tags.`{MACHINE}` = '{socket.gethostname()}'"
    for run in _search(experiment, query):
        name = run.data.tags.get(LOCK, "")
        file = beside_store(FOLDER) / name
        if not _LOCK_NAME.fullmatch(name) or not file.is_file():
            continue
        lock = FileLock(file, fallback_to_soft=False, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        try:
            run_id = str(run.info.run_id)
            nested = _search(experiment, f"attributes.status = 'RUNNING' and tags.`{_PARENT}` = '{run_id}'")
            # Asked again under the lock: the process may have ended the run in the meantime.
            if client.get_run(run_id).info.status == "RUNNING":
                for one in (*nested, run):
                    client.set_terminated(one.info.run_id, "KILLED")
                log.info("run %s was left RUNNING by a process that is dead; marked KILLED", run_id)
        finally:
            _remove(lock, file)


def _remove(lock: FileLock, file: Path) -> None:
    """Release a lock and remove its file, and the folder if it is empty."""
    with suppress(OSError):  # on Windows a file that is open cannot be removed
        file.unlink()
    lock.release()
    with suppress(OSError):
        file.unlink(missing_ok=True)
        file.parent.rmdir()


def _last_run(experiment: str, tags: Mapping[str, str], status: str) -> str | None:
    found = _search(experiment, " and ".join([*(f"tags.`{key}` = '{tags[key]}'" for key in tags), status]), 1)
    return str(found[0].info.run_id) if found else None


def _search(experiment: str, query: str, most: int = 1000) -> list[Run]:
    return list(
        mlflow.search_runs(
            experiment_names=[experiment], filter_string=query, max_results=most, output_format="list"
        )
    )
