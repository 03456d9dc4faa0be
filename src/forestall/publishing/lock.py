"""The lock of an output: one job at a time. It ends with its process, also if that is killed."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from forestall.errors import UsageError
from forestall.publishing.disk import read_json

LOCK = ".forestall.lock"
_WAIT_S = 0.5  # a job that has just ended removes the lock file


class BusyError(UsageError):
    """Another process writes the output."""


@contextmanager
def locked(
    folder: Path, *, name: str = LOCK, wait_s: float = _WAIT_S, task: str = "written"
) -> Iterator[None]:
    """Hold the lock of an existing folder; the lock file is removed at the end.

    Parameters
    ----------
    folder
        The output, or the folder of an output that is a single file.
    name
        The name of the lock file.
    wait_s
        How long to wait for another process.
    task
        What the holder does with the output, for the message: it is being `task` by another process.

    Raises
    ------
    BusyError
        Another process holds the lock. The message says which.
    OSError
        The folder does not exist or cannot be written, or its file system has no locks.
    """
    file = folder / name
    # No lock that is only a file: it would outlive a process that is killed.
    lock = FileLock(file, timeout=wait_s, fallback_to_soft=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        instead = ", or choose another --output" if task == "written" else ""
        raise BusyError(
            f"{_output_of(file)} is being {task} by {_holder(file)}; wait until it has ended and give the command "
            f"again{instead}"
        ) from None
    try:
        _write_holder(file)
        yield
    finally:
        if sys.platform != "win32":  # there a file that is open cannot be removed
            with suppress(OSError):
                file.unlink()
        lock.release()


def _write_holder(file: Path) -> None:
    with suppress(OSError):  # it only makes the message of others clearer
        file.write_text(json.dumps({"process": os.getpid(), "machine": socket.gethostname()}))


def _holder(file: Path) -> str:
    holder = read_json(file) or {}
    if "process" not in holder:
        return "another process"
    where = "" if holder.get("machine") == socket.gethostname() else f" on {holder.get('machine')}"
    return f"process {holder['process']}{where}"


def _output_of(lock: Path) -> Path:
    """Return the output that a lock file stands for: its folder, or a file in it."""
    return (
        lock.parent if lock.name == LOCK else lock.with_name(lock.name.removesuffix(LOCK).removeprefix("."))
    )
