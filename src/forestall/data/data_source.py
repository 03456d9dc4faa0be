"""The tables of a location: a local data folder, one in an object store, or a database."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from pathlib import Path
from typing import Any

import polars as pl

from forestall.data.data_files import DataFiles, LocalFiles, StoreFiles, missing_table
from forestall.data.data_folder import ABOUT, restore_earlier
from forestall.data.database_tables import read_database
from forestall.data.schemas import ALL_TABLES
from forestall.data.storage import parse_about, read_about, read_frame
from forestall.errors import InputError
from forestall.locations import Database, Prefix
from forestall.publishing import Manifest, read_steady
from forestall.publishing.store_published import read_published

DELTA_VERSIONS = "delta_versions"
"""Key of `about`: the version of each table that is a Delta table."""

_REQUIRED = ("interactions", "events")
RawTables = tuple[dict[str, Any], dict[str, pl.DataFrame | None]]
"""The content of `about.json`, and the tables as they came; None for one that is missing."""


@singledispatch
def read_raw(location: object) -> RawTables:
    """Return the tables of a location, all from the same state of it, and what `about.json` says of them.

    Raises
    ------
    InputError
        A required table is missing, or one cannot be read.
    """
    raise TypeError(f"{type(location).__name__} is not a location")


@read_raw.register
def _(folder: Path) -> RawTables:
    restore_earlier(folder)
    return read_steady(folder, lambda: _read(LocalFiles(folder), read_about(folder)))


@read_raw.register
def _(prefix: Prefix) -> RawTables:
    def read(stored: Mapping[str, str], _: Manifest | None) -> RawTables:
        about = prefix.read(stored[ABOUT]) if ABOUT in stored else None
        content = {} if about is None else parse_about(about.content, prefix / ABOUT)
        return _read(StoreFiles(prefix, stored), content)

    return read_published(prefix, read)


@read_raw.register
def _(database: Database) -> RawTables:
    about, found = read_database(database, ALL_TABLES)
    for table in _REQUIRED:
        if table not in found:
            raise InputError(
                f"{database} must have a table or a view {table}, has none in its search path; make one, or name its "
                "schema by ?schema="
            )
    return about, {table: found.get(table) for table in ALL_TABLES}


def _read(files: DataFiles, about: Mapping[str, Any]) -> RawTables:
    found = {table: read_frame(files, table) for table in ALL_TABLES}
    for table in _REQUIRED:
        if found[table][0] is None:
            raise missing_table(files, table)
    versions = {table: version for table, (_, version) in found.items() if version is not None}
    noted = {name: value for name, value in about.items() if name != DELTA_VERSIONS}
    if versions:
        noted[DELTA_VERSIONS] = versions
    return noted, {table: frame for table, (frame, _) in found.items()}
