"""A data folder that is written completely or not at all, also if the job is killed or another job writes it too.

A job writes into a hidden folder beside the target and moves it there at the end. It holds a lock on that folder while
it lives. A hidden folder without a lock was left by a job that was killed: the next job that writes or reads the target
removes it. If the job was killed between moving the old data away and the new data in, the old data are moved back.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from forestall.data.schemas import TABLES
from forestall.errors import InputError, UsageError

if sys.platform != "win32":
    import fcntl

_FOLDER_NAMES = {
    "about.json",
    "rejected",
    "truth.parquet",
    *TABLES,
    *(f"{table}.parquet" for table in TABLES),
}
_NEW, _OLD = "new", "old"
_SUFFIX = r"[a-z0-9_]{8}"  # what `tempfile` adds to a name
_OS_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """Yield an empty folder that replaces the data folder `path` at the end of the context.

    After an error in the context, `path` is unchanged and the new folder is removed.

    Raises
    ------
    UsageError
        `path` exists and is not a data folder, or its folder cannot be written.
    InputError
        The disk is full, or refuses to be written.
    """
    target = Path(path).absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.parent):
            _check_target(target, path)
            _clear(target)
            workspace = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
            lock = _lock(workspace)
    except OSError as error:
        raise UsageError(
            f"{path} must be in a folder that can be written: {error.strerror}; choose another folder"
        ) from None
    try:
        with writing(path):
            (workspace / _NEW).mkdir()
            yield workspace / _NEW
        with _locked(target.parent):
            _replace_folder(workspace / _NEW, target, workspace / _OLD)
    finally:
        with _locked(target.parent):
            shutil.rmtree(workspace)
        _unlock(lock)


def _check_target(target: Path, path: str | Path) -> None:
    foreign = sorted({item.name for item in target.iterdir()} - _FOLDER_NAMES) if target.is_dir() else []
    if foreign or target.is_file():
        what = f"holds '{foreign[0]}'" if foreign else "is a file"
        raise UsageError(f"{path} must be new or a data folder, but {what}; choose another folder")


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn errors of the operating system into one that says what the disk lacks.

    Raises
    ------
    InputError
        `path` could not be written.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        number = _errno(error)
        if number is None:
            raise
        raise InputError(
            f"{path} must be written, the disk refuses it: {os.strerror(number)}; make room on the disk, or choose "
            "another folder"
        ) from None


def _errno(error: Exception) -> int | None:
    """Return the number of an error of the operating system, also of one that Polars passes on; None for others."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _OS_ERROR.search(str(error))
    return int(found[1]) if found else None


def restore_folder(path: str | Path) -> None:
    """Move data back that a killed job had moved away, where the data folder `path` is missing."""
    target = Path(path).absolute()
    if target.exists() or not _left_over(target):
        return
    with _locked(target.parent):
        _clear(target)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder: one job at a time replaces data folders in it."""
    lock = _lock(folder)
    try:
        yield
    finally:
        _unlock(lock)


def _lock(folder: Path, *, waits: bool = True) -> int | None:
    """Return a lock of a folder, which ends with the process; None where folders have no locks (Windows).

    Raises
    ------
    BlockingIOError
        Another job holds it, and this one does not wait.
    """
    if sys.platform == "win32":
        return None
    place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(place)
        raise
    return place


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _left_over(target: Path) -> list[Path]:
    """Return the hidden folders of jobs that write or wrote `target`."""
    name = re.compile(rf"\.{re.escape(target.name)}-{_SUFFIX}")
    if not target.parent.is_dir():
        return []
    return sorted(item for item in target.parent.iterdir() if name.fullmatch(item.name) and item.is_dir())


def _clear(target: Path) -> None:
    """Remove the hidden folders of killed jobs; the old data of one that left no target are moved back.

    The caller holds the lock of the folder around the target, without which no job adds or removes a hidden folder.
    """
    for folder in _left_over(target):
        if not {item.name for item in folder.iterdir()} <= {_NEW, _OLD}:
            continue  # another's folder, whose name is like theirs
        try:
            lock = _lock(folder, waits=False)
        except BlockingIOError:
            continue  # its job is at work
        if lock is not None:
            if (folder / _OLD).is_dir() and not target.exists():
                (folder / _OLD).rename(target)
            shutil.rmtree(folder)
        _unlock(lock)


def _replace_folder(new: Path, target: Path, backup: Path) -> None:
    """Rename `new` to `target`. An existing target is moved to `backup`, and back if the renaming fails."""
    existed = target.exists()
    if existed:
        target.rename(backup)
    try:
        new.rename(target)
    except OSError:
        if existed:
            backup.rename(target)
        raise
