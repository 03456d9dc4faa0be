"""The tables and `about.json` of a data folder, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data.data_files import DataFiles, table_parts
from forestall.data.data_folder import ABOUT
from forestall.data.frames import stack
from forestall.data.table_files import UNREADABLE, DeltaVersion, collect
from forestall.errors import InputError, cannot_read
from forestall.plain_files import is_special


def read_frame(files: DataFiles, table: str) -> tuple[pl.DataFrame | None, int | None]:
    """Return a table of a data folder, its parts in the order of their names, and its version if it is a Delta table.

    Both are None if the table is missing.

    Raises
    ------
    InputError
        There is no folder, a table exists twice, or it cannot be read.
    """
    files.check()
    parts = table_parts(files, table)
    if parts is None:
        return None, None
    version = parts[0].version if isinstance(parts[0], DeltaVersion) else None
    return stack([collect(part) for part in parts]), version


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
    except UNREADABLE:
        wrong = f"{file} must be a Parquet file, cannot be read as one; write it again"
        raise InputError(cannot_read(file, wrong)) from None


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
        content = file.read_bytes()
    except OSError:
        raise InputError(
            f"{file} must be a JSON object, cannot be read; correct or remove the file"
        ) from None
    return parse_about(content, file)


def parse_about(content: bytes, file: object) -> dict[str, Any]:
    """Return the content of `about.json`.

    Parameters
    ----------
    content
        What the file holds.
    file
        The file, as errors show it.

    Raises
    ------
    InputError
        It is not a JSON object.
    """
    try:
        about = json.loads(content.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{file}, line {error.lineno}, column {error.colno} must be a JSON object, is not valid JSON; "
            "correct or remove the file"
        ) from None
    except ValueError:
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
