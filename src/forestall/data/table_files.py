"""A part of a table: a Parquet file, or a version of a Delta table."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from forestall.errors import InputError, cannot_read
from forestall.locations import Prefix
from forestall.locations.extras import load_extra
from forestall.locations.object_store import no_answer
from forestall.locations.store_settings import SCHEMES
from forestall.plain_files import is_special
from forestall.publishing.disk import os_error_number

UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What Polars raises over a file that it cannot read. Over some damaged Parquet files it panics."""


@dataclass(frozen=True)
class TableFile:
    """A Parquet file of a table.

    Parameters
    ----------
    path
        Its path, or its address in an object store.
    shown
        How errors call it.
    partition
        The columns that the names of its folders give, with their values.
    options
        What Polars is told to read it.
    """

    path: str
    shown: str
    partition: Mapping[str, str | int | None] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def scan(self) -> pl.LazyFrame:
        """Return its rows. A column of a folder's name counts only if the file has no such column."""
        options = dict(self.options) or None
        frame = pl.scan_parquet(self.path, hive_partitioning=False, glob=False, storage_options=options)
        if not self.partition:
            return frame
        own = frame.collect_schema().names()
        return frame.with_columns(
            pl.lit(value, pl.Int64 if isinstance(value, int) else pl.String).alias(name)
            for name, value in self.partition.items()
            if name not in own
        )


@dataclass(frozen=True)
class DeltaVersion:
    """A version of a Delta table.

    Parameters
    ----------
    path
        Its folder, or its address in an object store.
    version
        The version, which is read whatever is written meanwhile.
    table
        The table of the library, at this version.
    options
        What Polars is told to read its files.
    """

    path: str
    version: int
    table: Any = field(repr=False, compare=False)
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def newest(cls, path: str, options: Mapping[str, Any], delta_options: Mapping[str, str]) -> DeltaVersion:
        """Return the version that a table has now.

        Raises
        ------
        UsageError
            The library for Delta tables is not installed.
        InputError
            It cannot be read.
        """
        library = load_extra("deltalake", "delta", path)
        try:
            table = library.DeltaTable(path, storage_options=dict(delta_options) or None)
        except (library.exceptions.DeltaError, OSError) as error:
            raise _unreadable(path, path, "a Delta table", error) from None
        return cls(path, int(table.version()), table, options)

    @property
    def shown(self) -> str:
        """How errors call it."""
        return f"{self.path} (version {self.version})"

    def scan(self) -> pl.LazyFrame:
        """Return its rows."""
        return pl.scan_delta(self.table, storage_options=dict(self.options) or None)


def collect(part: TableFile | DeltaVersion) -> pl.DataFrame:
    """Return the rows of a part of a table.

    Raises
    ------
    InputError
        It does not exist, is no Parquet file, or its store does not answer.
    """
    with _reading(part):
        return part.scan().collect()


def write_part(part: TableFile | DeltaVersion, file: Path) -> None:
    """Write the rows of a part of a table to a local file, in bounded memory.

    Raises
    ------
    InputError
        As `collect`.
    """
    with _reading(part):
        part.scan().sink_parquet(file, compression="zstd", maintain_order=True)


@contextmanager
def _reading(part: TableFile | DeltaVersion) -> Iterator[None]:
    """Turn errors of reading a part into one that says what it must be."""
    if is_special(part.path):
        raise InputError(
            f"{part.shown} must be a Parquet file, is a pipe or a device; write it to a file first"
        )
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{part.shown} must exist, does not exist; check the path") from None
    except pl.exceptions.PanicException:
        raise _unreadable(part.path, part.shown, "a Parquet file", None) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        if os_error_number(error) == errno.ENOSPC:
            raise
        raise _unreadable(part.path, part.shown, "a Parquet file", error) from None


def _unreadable(path: str, shown: str, what: str, error: Exception | None) -> InputError:
    if (
        error is not None
        and path.startswith(tuple(f"{scheme}://" for scheme in SCHEMES))
        and _is_of_the_store(error)
    ):
        return no_answer(Prefix(path), error)
    return InputError(cannot_read(path, f"{shown} must be {what}, cannot be read as one; write it again"))


def _is_of_the_store(error: Exception) -> bool:
    text = str(error)
    return "Error performing" in text or "error sending request" in text or "retries" in text
