"""The tables of a data folder as slices: rows of one file that one task of Spark reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from forestall.data.frames import stack
from forestall.data.storage import reading
from forestall.errors import InputError
from forestall.streaming.source import Source

SLICE_ROWS = 500_000


@dataclass(frozen=True)
class Slice:
    """Rows of a file: the table, the file, the first row and the number of rows."""

    table: str
    file: Path
    start: int
    rows: int

    def read(self, empty: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with the columns and types of `empty`.

        Raises
        ------
        InputError
            The file cannot be read, or has fewer rows than before.
        """
        with reading(self.file):
            frame = pl.scan_parquet(self.file, hive_partitioning=False).slice(self.start, self.rows).collect()
        if frame.height != self.rows:
            raise InputError(
                f"{self.file} must stay the same while it is read, it was changed; give the command again"
            )
        return stack([empty, frame])


def slices_of(source: Source, rows: int = SLICE_ROWS) -> Iterator[Slice]:
    """Yield all rows of a data folder; only the ends of the files are read.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    for table, stream in source.tables.items():
        for file in stream.files:
            with reading(file):
                n = int(pl.scan_parquet(file, hive_partitioning=False).select(pl.len()).collect().item())
            for start in range(0, n, rows):
                yield Slice(table, file.resolve(), start, min(rows, n - start))
