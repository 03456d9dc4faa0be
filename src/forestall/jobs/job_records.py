"""The records of a job that computes moments: tables in memory, or a data folder that is read in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from forestall.contacts.partings import typical_value
from forestall.contacts.tables_with_ledger import with_ledger
from forestall.data import Tables
from forestall.data.frames import Library, stack
from forestall.data.local_copy import local_folder
from forestall.data.plausible_times import latest_time
from forestall.data.whole_tables import ReadCounts
from forestall.job_files import read_data, tables_as_input
from forestall.model.fit_progress import tell_part
from forestall.model.risk_model import RiskModel
from forestall.model.spec import Spec
from forestall.moments import end_of_records
from forestall.streaming.account import Account
from forestall.streaming.dividing import DIVIDED_BY
from forestall.streaming.part import Part
from forestall.streaming.partition import REJECTED, Partition
from forestall.streaming.piece_file import PieceFile
from forestall.streaming.shared_facts import SharedFacts
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted

READ_AT = "read_at"
"""The fact of a job's first start that says after which time nothing can have been recorded."""


@contextmanager
def open_records(
    data: Tables | str | Path,
    spec: Spec,
    max_rejected: float,
    *,
    may_divide: bool,
    uses_labels: bool = False,
    ledger: str | None = None,
) -> Iterator[TableRecords | FolderRecords]:
    """Yield the records of a job: small ones are read into memory.

    Parameters
    ----------
    data
        A data folder, or where else the tables are; or tables.
    spec
        The model's specification.
    max_rejected
        The largest share of a table's rows that may be rejected.
    may_divide
        Whether large tables may be read in parts, because the job has an output.
    uses_labels
        Whether the job uses labels. They end at contacts, so that tables with contacts are not divided.
    ledger
        The URL of a ledger of contacts that tables in memory get.

    Raises
    ------
    InputError
        A table is missing or not valid, or too many rows were rejected.
    """
    if isinstance(data, Tables) or not may_divide:
        yield TableRecords(with_ledger(read_data(data, spec=spec, max_rejected=max_rejected), ledger))
        return
    with local_folder(data) as folder:
        source = Source.open(folder)
        if source.n_parts > 1 and not (uses_labels and source.has_contacts):
            yield FolderRecords(source, max_rejected)
        else:
            yield TableRecords(read_data(folder, spec=spec, max_rejected=max_rejected))


@dataclass(frozen=True)
class TableRecords:
    """Tables in memory: the only part."""

    tables: Tables
    is_whole = True

    @property
    def n_interactions(self) -> int:
        """The number of valid interactions."""
        return self.tables.interactions.height

    @property
    def library(self) -> Library:
        """The library that the tables were made from."""
        return self.tables.frames

    @property
    def started(self) -> dict[str, Any]:
        """No facts."""
        return {}

    def digest(self) -> str:
        """Return the digest of the tables."""
        return self.tables.digest()

    def as_input(self) -> dict[str, Any]:
        """Return what the manifest says of the tables."""
        return tables_as_input(self.tables)

    def divide(
        self, wanted: Wanted, folder: Path | None, started: Mapping[str, Any], model: RiskModel
    ) -> DividedTables:
        """Return the tables as the only part."""
        del folder, started, model
        end = end_of_records(self.tables) if wanted.end else None
        value = typical_value(self.tables) if wanted.typical_value else None
        shared = SharedFacts(self.tables.about, Account.of(self.tables, ReadCounts()), end, value)
        return DividedTables(self.tables, wanted, shared)


@dataclass(frozen=True)
class DividedTables:
    """Tables in memory, with the facts that larger tables' parts share."""

    tables: Tables
    wanted: Wanted
    shared: SharedFacts

    numbers = (0,)

    def part(self, number: int) -> Part:
        """Return the tables as the only part."""
        del number
        return Part.of(self.tables, self.wanted)

    def write_rejected(self, folder: Path) -> None:
        """Write the rejected rows of each table to `folder`/<table>.parquet."""
        self.tables.rejections.write(folder)


@dataclass(frozen=True)
class FolderRecords:
    """A data folder that is read in parts."""

    source: Source
    max_rejected: float
    is_whole = False
    library: Library = "polars"

    @property
    def n_interactions(self) -> int:
        """The number of interactions that came in."""
        return self.source.n_rows["interactions"]

    @property
    def started(self) -> dict[str, Any]:
        """Return the time after which nothing can have been recorded: a job that is given again takes the first."""
        latest = latest_time(self.source.about)
        return {READ_AT: None if latest is None else latest.isoformat()}

    def digest(self) -> str:
        """Return the digest of the files."""
        return self.source.digest

    def as_input(self) -> dict[str, Any]:
        """Return what the manifest says of the files, and how they are divided."""
        return {**self.source.as_input(), "parts": self.source.n_parts, "divided_by": DIVIDED_BY}

    def divide(
        self, wanted: Wanted, folder: Path | None, started: Mapping[str, Any], model: RiskModel
    ) -> DividedFolder:
        """Divide the tables on the disk.

        Raises
        ------
        InputError
            The data are not valid, too many rows were rejected, or there is no room on the disk.
        """
        assert folder is not None
        latest = started.get(READ_AT)
        partition = Partition(self.source, folder, self.source.n_parts, wanted)
        shared = partition.divide(tell_part, None if latest is None else datetime.fromisoformat(latest))
        shared.account.check(self.max_rejected)
        shared.warn_of_lost(model, self.source.tables["interactions"].empty.columns)
        return DividedFolder(partition, shared)


@dataclass(frozen=True)
class DividedFolder:
    """Parts on the disk."""

    partition: Partition
    shared: SharedFacts

    @property
    def numbers(self) -> list[int]:
        """The numbers of the parts that have customers."""
        return self.partition.numbers

    def part(self, number: int) -> Part:
        """Return a part, and remove it from the disk."""
        return self.partition.part(number, self.shared)

    def write_rejected(self, folder: Path) -> None:
        """Write the rejected rows of each table to `folder`/<table>.parquet."""
        for table in REJECTED:
            _write_pieces(self.partition.rejected(table), folder / f"{table}.parquet")


def _write_pieces(pieces: PieceFile, file: Path) -> None:
    """Write pieces as one Parquet file, one after another; a column of unlike types becomes text."""
    empty = [piece.clear() for piece in pieces.pieces()]
    if not empty:
        return
    alike = stack(empty)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_frames((stack([alike, piece]) for piece in pieces.pieces()), alike, file)


def write_frames(frames: Iterable[pl.DataFrame], empty: pl.DataFrame, file: Path) -> None:
    """Write frames to one Parquet file, one after another, so that no more than one is held.

    Parameters
    ----------
    frames
        The frames.
    empty
        A frame with their columns and types.
    file
        The file.
    """
    with pq.ParquetWriter(file, empty.to_arrow().schema, compression="zstd") as writer:
        for frame in frames:
            writer.write_table(frame.to_arrow())


Records = TableRecords | FolderRecords
Divided = DividedTables | DividedFolder
