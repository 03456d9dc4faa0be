"""A data folder whose tables are read in a stream."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from forestall.data.data_folder import restore_earlier
from forestall.data.schemas import CONTACTS, TABLES
from forestall.data.storage import read_about
from forestall.data.table_stream import TableStream
from forestall.data.whole_tables import WholeTables
from forestall.errors import InputError
from forestall.publishing import settle
from forestall.publishing.manifest import digest_of_file

PART_INTERACTIONS = 75_000
PART_EVENTS = 1_000_000
"""How many rows a part has at most, on average: more take more memory, and no less time."""
_OPTIONAL = {"feedback"}
_OF_ABOUT = ("clock", "known_at", "rating_known", "exported_at")


@dataclass(frozen=True)
class Source:
    """A data folder.

    Parameters
    ----------
    folder
        The folder.
    about
        The content of its `about.json`.
    tables
        Its tables.
    stamps
        The size and the time of the last change of each file when it was opened.
    """

    folder: Path
    about: Mapping[str, Any]
    tables: Mapping[str, TableStream]
    stamps: Mapping[Path, tuple[int, int]]

    @classmethod
    def open(cls, folder: str | Path) -> Source:
        """Return a data folder.

        Raises
        ------
        InputError
            A required table or column is missing, or a file is not a Parquet file.
        """
        folder = Path(folder)
        restore_earlier(folder)
        settle(folder)
        about = read_about(folder)
        tables = {
            table: TableStream.of(folder, table, is_required=table not in _OPTIONAL) for table in TABLES
        }
        files = [file for table in tables.values() for file in table.files]
        return cls(folder, about, tables, {file: _stamp(file) for file in files})

    @property
    def n_rows(self) -> dict[str, int]:
        """The number of rows of each table."""
        return {table: stream.n_rows for table, stream in self.tables.items()}

    @property
    def has_contacts(self) -> bool:
        """Whether there is a table of contacts, which parts do not have."""
        return bool(TableStream.of(self.folder, CONTACTS, is_required=False).files)

    @property
    def n_parts(self) -> int:
        """In how many parts the tables are read: 1 if they are small."""
        n = self.n_rows
        return max(-(-n["interactions"] // PART_INTERACTIONS), -(-n["events"] // PART_EVENTS), 1)

    def whole(self, latest: datetime | None) -> WholeTables:
        """Return what the check of some of the rows must know of all rows.

        Parameters
        ----------
        latest
            The time after which nothing can have been recorded: see `data.plausible_times.latest_time`.

        Raises
        ------
        InputError
            There are no interactions, or a file cannot be read.
        """
        if not self.n_rows["interactions"]:
            raise InputError("interactions must have rows, has none")
        has_whole = {
            name: is_whole
            for stream in self.tables.values()
            for name, is_whole in stream.has_whole_numbers.items()
        }
        return WholeTables(latest, has_whole)

    @cached_property
    def digest(self) -> str:
        """A digest of the content of the files, in their order, and of what `about` says of them."""
        files = [(table, file) for table, stream in self.tables.items() for file in stream.files]
        with ThreadPoolExecutor() as pool:
            digests = list(pool.map(lambda one: digest_of_file(one[1]), files))
        named = [(table, digest) for (table, _), digest in zip(files, digests, strict=True)]
        notes = {key: self.about.get(key) for key in _OF_ABOUT}
        return hashlib.sha256(json.dumps([named, notes], sort_keys=True, default=str).encode()).hexdigest()

    def as_input(self) -> dict[str, Any]:
        """Return what a manifest says of the data: the digest and the number of rows."""
        about = json.dumps(self.about, sort_keys=True, default=str)
        return {
            "digest": self.digest,
            "rows": self.n_rows,
            "about": hashlib.sha256(about.encode()).hexdigest(),
        }

    def check_unchanged(self) -> None:
        """Check that no file was changed since it was opened.

        Raises
        ------
        InputError
            A file was changed or removed.
        """
        for file, stamp in self.stamps.items():
            if not file.exists() or _stamp(file) != stamp:
                raise InputError(
                    f"{file} must stay the same while it is read, it was changed; give the command again"
                )


def _stamp(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns
