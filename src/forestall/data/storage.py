"""Data folders on disk: read with errors of one line, written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, overload

import polars as pl

from forestall.data.frames import stack
from forestall.data.schemas import TABLES
from forestall.errors import InputError, UsageError

ABOUT = "about.json"
_OWN_NAMES = {ABOUT, "rejected", "truth.parquet", *TABLES, *(f"{table}.parquet" for table in TABLES)}


@overload
def read_frame(folder: Path, table: str, is_required: Literal[True] = True) -> pl.DataFrame: ...
@overload
def read_frame(folder: Path, table: str, is_required: bool) -> pl.DataFrame | None: ...
def read_frame(folder: Path, table: str, is_required: bool = True) -> pl.DataFrame | None:
    """Return a table of a data folder, all its parts in the order of their names; None where there is none.

    Raises
    ------
    InputError
        A required table is missing, is there twice, or cannot be read.
    """
    places = [place for place in (folder / f"{table}.parquet", folder / table) if place.exists()]
    if not folder.is_dir():
        raise InputError(f"{folder} must be a data folder, is {'a file' if folder.exists() else 'not there'}")
    if len(places) > 1:
        raise InputError(f"{folder} must have {table} as a file or as a folder of parts, has both")
    if not places:
        if is_required:
            raise InputError(
                f"{folder} must have {table}.parquet or a folder {table} of Parquet parts, has neither"
            )
        return None
    parts = sorted(places[0].glob("*.parquet")) if places[0].is_dir() else places
    if not parts:
        raise InputError(f"{places[0]} must hold Parquet parts, holds none")
    return stack([read_parquet(part) for part in parts])


def read_parquet(file: Path) -> pl.DataFrame:
    """Return a Parquet file.

    Raises
    ------
    InputError
        It is not there or no Parquet file.
    """
    try:
        return pl.read_parquet(file, hive_partitioning=False)
    except FileNotFoundError:
        raise InputError(f"{file} does not exist") from None
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(f"{file} must be a Parquet file, cannot be read as one; write it again") from None


def write_frame(frame: pl.DataFrame, file: Path) -> None:
    """Write a Parquet file."""
    frame.write_parquet(file, compression="zstd", statistics=True)


def read_about(folder: Path) -> dict[str, Any]:
    """Return what `about.json` of a data folder says; nothing where there is none.

    Raises
    ------
    InputError
        It is no JSON object.
    """
    file = folder / ABOUT
    if not file.is_file():
        return {}
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        about = None
    if not isinstance(about, dict):
        raise InputError(f"{file} must be a JSON object, cannot be read as one; mend or remove it")
    return about


def write_about(about: Mapping[str, Any], folder: Path) -> None:
    """Write `about.json` into a data folder."""
    text = json.dumps(dict(about), indent=2, sort_keys=True, ensure_ascii=False)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8")


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder to write a data folder in, which takes the place of `path` once all is written.

    An error inside leaves `path` as it was, and nothing beside it.

    Raises
    ------
    UsageError
        `path` is there and is no data folder, or cannot be written.
    """
    target = Path(path).absolute()
    strange = sorted({item.name for item in target.iterdir()} - _OWN_NAMES) if target.is_dir() else []
    if strange or target.is_file():
        what = f"holds '{strange[0]}'" if strange else "is a file"
        raise UsageError(f"{path} must be a new or a data folder, but {what}; choose another folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    try:
        (room / "new").mkdir()
        yield room / "new"
        _take_place(room / "new", target, room / "old")
    finally:
        shutil.rmtree(room)


def _take_place(new: Path, target: Path, aside: Path) -> None:
    """Rename `new` to `target`; what was there goes aside, and comes back if that fails."""
    was_there = target.exists()
    if was_there:
        target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        if was_there:
            aside.rename(target)
        raise
