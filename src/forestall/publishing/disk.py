"""Steps on the disk: files and folders that are synced, moves, and errors that say what the disk lacks."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from forestall.errors import InputError
from forestall.plain_files import is_special

_OS_ERROR = re.compile(r"\(os error (\d+)\)")


def move(source: Path, target: Path) -> None:
    """Rename a file or a folder, within one file system."""
    os.replace(source, target)


def sync_file(file: Path) -> None:
    """Return when the content of a file is on the disk."""
    place = os.open(file, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk. Windows cannot do this by itself."""
    if sys.platform != "win32":
        sync_file(folder)


def sync_tree(folder: Path) -> None:
    """Return when all files and folders below a folder, and the folder, are on the disk."""
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            sync_file(path)
    sync_folder(folder)


def write_json(content: Any, file: Path) -> None:
    """Write a JSON file in one step: it has the whole content or does not exist."""
    draft = file.with_name(f"{file.name}.part")
    draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sync_file(draft)
    move(draft, file)
    sync_folder(file.parent)


def read_json(file: Path) -> dict[str, Any] | None:
    """Return the JSON object of a file; None if there is no such file or it holds something else."""
    if is_special(file):
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


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
