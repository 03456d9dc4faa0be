"""Data folders on disk. A folder is written completely or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, overload

import polars as pl

from forestall.data.data_folder import ABOUT
from forestall.data.frames import stack
from forestall.errors import InputError
from forestall.plain_files import is_special


@overload
def read_frame(folder: Path, table: str, is_required: Literal[True] = True) -> pl.DataFrame: ...
@overload
def read_frame(folder: Path, table: str, is_required: bool) -> pl.DataFrame | None: ...
def read_frame(folder: Path, table: str, is_required: bool = True) -> pl.DataFrame | None:
    """Return a table of a data folder, its parts in the order of their names; None if it is missing.

    Raises
    ------
    InputError
        A required table is missing, a table exists twice, or it cannot be read.
    """
    files = table_files(folder, table, is_required=is_required)
    return stack([read_parquet(file) for file in files]) if files else None


def table_files(folder: Path, table: str, *, is_required: bool = True) -> list[Path]:
    """Return the Parquet files of a table of a data folder, in the order of their names; none if it is missing.

    Raises
    ------
    InputError
        A required table is missing, or a table exists twice.
    """
    places = [place for place in (folder / f"{table}.parquet", folder / table) if place.exists()]
    if not folder.is_dir():
        came = "is a file" if folder.exists() else "does not exist"
        raise InputError(f"{folder} must be a data folder, {came}; check the path")
    if len(places) > 1:
        raise InputError(
            f"{folder} must have {table} as a file or as a folder of parts, has both; remove one of the two"
        )
    if not places:
        if is_required:
            raise InputError(
                f"{folder} must have {table}.parquet or a folder {table} of Parquet parts, has neither; "
                "check that it is a data folder"
            )
        return []
    parts = sorted(places[0].glob("*.parquet")) if places[0].is_dir() else places
    if not parts:
        raise InputError(f"{places[0]} must hold Parquet parts, holds none; write the table again")
    return parts


def read_parquet(file: Path) -> pl.DataFrame:
    """Return the content of a Parquet file.

    Raises
    ------
    InputError
        The file does not exist or is not a Parquet file.
    """
    with reading(file):
        return pl.read_parquet(file, hive_partitioning=False)


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn errors of reading a Parquet file into one that says what it must be.

    Raises
    ------
    InputError
        The file does not exist, is a pipe or a device, or is not a Parquet file.
    """
    if is_special(file):
        raise InputError(f"{file} must be a Parquet file, is a pipe or a device; write it to a file first")
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{file} must exist, does not exist; check the path") from None
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(f"{file} must be a Parquet file, cannot be read as one; write it again") from None


def write_frame(frame: pl.DataFrame, file: Path) -> None:
    """Write a Parquet file."""
    frame.write_parquet(file, compression="zstd", statistics=True)


def read_about(folder: Path) -> dict[str, Any]:
    """Return the content of `about.json` of a data folder, empty if there is no such file.

    Raises
    ------
    InputError
        The file is not a JSON object.
    """
    file = folder / ABOUT
    if is_special(file):
        raise InputError(f"{file} must be a file, is a pipe or a device; remove it")
    if not file.is_file():
        return {}
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{file}, line {error.lineno}, column {error.colno} must be a JSON object, is not valid JSON; "
            "correct or remove the file"
        ) from None
    except (OSError, ValueError):
        raise InputError(
            f"{file} must be a JSON object, cannot be read; correct or remove the file"
        ) from None
    if not isinstance(about, dict):
        raise InputError(f"{file} must be a JSON object, is another value; correct or remove the file")
    return about


def write_about(about: Mapping[str, Any], folder: Path) -> None:
    """Write `about.json` into a data folder."""
    text = json.dumps(dict(about), indent=2, sort_keys=True, ensure_ascii=False)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8")
