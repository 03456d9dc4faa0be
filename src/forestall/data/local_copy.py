"""A local data folder with the tables of any location, for jobs that read them more than once and in parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import singledispatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from forestall.data.data_files import DataFiles, LocalFiles, StoreFiles, table_parts
from forestall.data.data_folder import ABOUT, restore_earlier
from forestall.data.data_source import DELTA_VERSIONS
from forestall.data.database_tables import database_batches
from forestall.data.schemas import ALL_TABLES
from forestall.data.storage import parse_about, read_about, write_about
from forestall.data.table_files import DeltaVersion, TableFile, write_part
from forestall.locations import Database, Prefix, location_of
from forestall.publishing import Manifest, read_steady, writing
from forestall.publishing.store_published import read_published


@contextmanager
def local_folder(address: str | Path, work: Path | None = None) -> Iterator[Path]:
    """Yield a local data folder whose tables are Parquet files, with the rows of a location in the same order.

    A local folder without partitions and Delta tables is yielded itself. Anything else is copied, all tables from the
    same state, in bounded memory; the copy is removed at the end.

    Parameters
    ----------
    address
        A data folder, or the address of one in an object store, or of a database.
    work
        The folder in which the copy is made; by default that of the system for temporary files.

    Raises
    ------
    InputError
        A table cannot be read, the store does not answer, or the disk has no room for the copy.
    """
    location = location_of(address)
    if isinstance(location, Path):
        restore_earlier(location)
        if is_plain(LocalFiles(location)):
            yield location
            return
    with TemporaryDirectory(prefix="forestall-", dir=work) as folder, writing(folder):
        copy = Path(folder)
        _copy(location, copy)
        yield copy


def is_plain(files: DataFiles) -> bool:
    """Return whether the tables of a data folder are Parquet files without partitions."""
    files.check()
    parts = [part for table in ALL_TABLES for part in table_parts(files, table) or []]
    return all(isinstance(part, TableFile) and not part.partition for part in parts)


@singledispatch
def _copy(location: object, folder: Path) -> None:
    raise TypeError(f"{type(location).__name__} is not a location")


@_copy.register
def _(location: Path, folder: Path) -> None:
    read_steady(location, lambda: _copy_files(LocalFiles(location), read_about(location), folder))


@_copy.register
def _(location: Prefix, folder: Path) -> None:
    def copy(stored: Mapping[str, str], _: Manifest | None) -> None:
        about = location.read(stored[ABOUT]) if ABOUT in stored else None
        content = {} if about is None else parse_about(about.content, location / ABOUT)
        _copy_files(StoreFiles(location, stored), content, folder)

    read_published(location, copy)


@_copy.register
def _(location: Database, folder: Path) -> None:
    with database_batches(location, ALL_TABLES) as (about, tables):
        for table, reader in tables:
            _write(reader, folder / f"{table}.parquet")
        if about:
            write_about(about, folder)


def _copy_files(files: DataFiles, about: Mapping[str, Any], folder: Path) -> None:
    files.check()
    noted = {name: value for name, value in about.items() if name != DELTA_VERSIONS}
    versions = {}
    for table in ALL_TABLES:
        parts = table_parts(files, table)
        for number, part in enumerate(parts or []):
            file = folder / table / f"part-{number:05d}.parquet"
            file.parent.mkdir(exist_ok=True)
            write_part(part, file)
            if isinstance(part, DeltaVersion):
                versions[table] = part.version
    if versions:
        noted[DELTA_VERSIONS] = versions
    if noted:
        write_about(noted, folder)


def _write(reader: pa.RecordBatchReader, file: Path) -> None:
    with pq.ParquetWriter(file, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
