"""The files of a data folder, wherever it is: which are the parts of a table, and in which order.

A table is one Parquet file, a folder of parts, parts in folders of partitions, or a Delta table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote

from forestall.data.table_files import DeltaVersion, TableFile
from forestall.errors import InputError
from forestall.locations import Prefix

_DELTA_LOG = "_delta_log"
_NULL = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})")


class DataFiles(Protocol):
    """The files of a data folder, wherever it is."""

    @property
    def shown(self) -> str:
        """How errors call the folder."""

    @property
    def options(self) -> Mapping[str, Any]:
        """What Polars is told to read the files."""

    def check(self) -> None:
        """Check that there is such a folder."""

    def file(self, name: str) -> str | None:
        """Return the path or the address of a file, None if there is none."""

    def parts(self, name: str) -> dict[str, str] | None:
        """Return the path or the address of each part in a folder, by its path in it; None if there is no folder."""

    def delta(self, name: str) -> str | None:
        """Return the path or the address of a folder that is a Delta table, else None."""

    @property
    def delta_options(self) -> Mapping[str, str]:
        """What Delta Lake is told to read the files."""


@dataclass(frozen=True)
class LocalFiles:
    """The files of a local data folder."""

    folder: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    delta_options: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """How errors call the folder."""
        return str(self.folder)

    def check(self) -> None:
        """Check that the folder exists."""
        if not self.folder.is_dir():
            came = "is a file" if self.folder.exists() else "does not exist"
            raise InputError(f"{self.folder} must be a data folder, {came}; check the path")

    def file(self, name: str) -> str | None:
        """Return the path of a file, None if there is none."""
        path = self.folder / name
        return str(path) if path.exists() and not path.is_dir() else None

    def parts(self, name: str) -> dict[str, str] | None:
        """Return the path of each part in a folder, by its path in it; None if there is no folder."""
        top = self.folder / name
        if not top.is_dir():
            return None
        names = {file.relative_to(top).as_posix(): str(file) for file in top.rglob("*.parquet")}
        return {part: path for part, path in names.items() if _is_part(part)}

    def delta(self, name: str) -> str | None:
        """Return the path of a folder that is a Delta table, else None."""
        return str(self.folder / name) if (self.folder / name / _DELTA_LOG).is_dir() else None


@dataclass(frozen=True)
class StoreFiles:
    """The files of a data folder in an object store.

    Parameters
    ----------
    prefix
        The folder.
    stored
        Where each file is below it, by its path as the data folder has it.
    """

    prefix: Prefix
    stored: Mapping[str, str]

    @property
    def shown(self) -> str:
        """How errors call the folder."""
        return str(self.prefix)

    @property
    def options(self) -> Mapping[str, Any]:
        """What Polars is told to read the files."""
        return self.prefix.options

    @property
    def delta_options(self) -> Mapping[str, str]:
        """What Delta Lake is told to read the files."""
        return self.prefix.delta_options

    def check(self) -> None:
        """Check that there is any object."""
        if not self.stored:
            raise InputError(f"{self.prefix} must be a data folder, holds nothing; check the address")

    def file(self, name: str) -> str | None:
        """Return the address of a file, None if there is none."""
        return str(self.prefix / self.stored[name]) if name in self.stored else None

    def parts(self, name: str) -> dict[str, str] | None:
        """Return the address of each part in a folder, by its path in it; None if there is no folder."""
        below = {
            path.removeprefix(f"{name}/"): str(self.prefix / at)
            for path, at in self.stored.items()
            if path.startswith(f"{name}/")
        }
        return {part: at for part, at in below.items() if _is_part(part)} if below else None

    def delta(self, name: str) -> str | None:
        """Return the address of a folder that is a Delta table, else None."""
        top = f"{name}/{_DELTA_LOG}/"
        return str(self.prefix / name) if any(path.startswith(top) for path in self.stored) else None


def table_parts(files: DataFiles, table: str) -> Sequence[TableFile | DeltaVersion] | None:
    """Return the parts of a table of a data folder, in the order of their rows; None if there is no such table.

    Raises
    ------
    InputError
        The table exists twice, has no parts, or has other folders than those of partitions.
    """
    names = [name for name in (f"{table}.parquet", table) if _is_there(files, name)]
    if len(names) > 1:
        raise InputError(
            f"{files.shown} must have {table} as a file or as a folder of parts, has both; remove one of the two"
        )
    if not names:
        return None
    name = names[0]
    delta, file = files.delta(name), files.file(name)
    if delta is not None:
        return [DeltaVersion.newest(delta, files.options, files.delta_options)]
    if file is not None:
        return [TableFile(file, f"{files.shown}/{name}", options=files.options)]
    return _partitioned(files.parts(name) or {}, f"{files.shown}/{name}", files.options)


def missing_table(files: DataFiles, table: str) -> InputError:
    """Return the error of a data folder that lacks a required table."""
    return InputError(
        f"{files.shown} must have {table}.parquet or a folder {table} of Parquet parts, has neither; "
        "check that it is a data folder"
    )


def _is_there(files: DataFiles, name: str) -> bool:
    """Return whether there is a file or a folder of a table."""
    if files.parts(name) is not None:
        return True
    return name.endswith(".parquet") and files.file(name) is not None


def _partitioned(files: Mapping[str, str], shown: str, options: Mapping[str, Any]) -> list[TableFile]:
    """Return the parts of a table in the order of their paths, with the columns of their folders' names.

    Parameters
    ----------
    files
        The path or address of each Parquet file, by its path in the table's folder.
    shown
        The table's folder, as errors show it.
    options
        What Polars is told to read them.

    Raises
    ------
    InputError
        A folder has no name such as `date=2026-01-01`, or the parts have other partitions.
    """
    if not files:
        raise InputError(f"{shown} must hold Parquet parts, holds none; write the table again")
    found = {name: _partition(name, shown) for name in sorted(files)}
    columns = {tuple(values) for values in found.values()}
    if len(columns) > 1:
        raise InputError(
            f"{shown} must have the same folders of partitions for all parts, has "
            f"{' and '.join('/'.join(one) or 'none' for one in sorted(columns)[:2])}; write the table again"
        )
    typed = {name: _typed([values[name] for values in found.values()]) for name in next(iter(columns), ())}
    return [
        TableFile(
            files[name], f"{shown}/{name}", {key: values[number] for key, values in typed.items()}, options
        )
        for number, name in enumerate(found)
    ]


def _partition(name: str, shown: str) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for folder in PurePosixPath(name).parts[:-1]:
        key, equals, value = folder.partition("=")
        if not key or not equals:
            raise InputError(
                f"{shown} must hold Parquet parts, or folders of them with names such as date=2026-01-01, has the "
                f"folder {folder}; move it elsewhere"
            )
        values[unquote(key)] = None if value == _NULL else unquote(value)
    return values


def _typed(values: list[str | None]) -> list[str | int | None]:
    """Return whole numbers if all values are some, else text."""
    if all(value is None or _INTEGER.fullmatch(value) for value in values):
        return [None if value is None else int(value) for value in values]
    return list(values)


def _is_part(name: str) -> bool:
    """Return whether a file in the folder of a table is a part of it: neither hidden nor in a hidden folder."""
    path = PurePosixPath(name)
    return path.suffix == ".parquet" and not any(part.startswith((".", "_")) for part in path.parts)
