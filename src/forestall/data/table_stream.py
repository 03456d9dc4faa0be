"""A table of a data folder that is read batch by batch, never as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from forestall.data.casting import are_whole, check_columns
from forestall.data.data_files import LocalFiles, missing_table, table_parts
from forestall.data.frames import stack
from forestall.data.schemas import column_types
from forestall.data.storage import reading

BATCH_ROWS = 500_000


@dataclass(frozen=True)
class TableStream:
    """A table of a data folder.

    Parameters
    ----------
    table
        Its name.
    files
        Its Parquet files in the order of their rows; none if the folder does not have the table.
    """

    table: str
    files: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path, table: str, *, is_required: bool = True) -> TableStream:
        """Return a table of a data folder without partitions and Delta tables, see `local_copy.local_folder`.

        Raises
        ------
        InputError
            A required table is missing, or a table exists twice.
        """
        files = LocalFiles(folder)
        files.check()
        parts = table_parts(files, table)
        if parts is None and is_required:
            raise missing_table(files, table)
        return cls(table, tuple(Path(part.path) for part in parts or ()))

    @cached_property
    def empty(self) -> pl.DataFrame:
        """No rows, with the columns and types that all rows have in `batches`.

        Raises
        ------
        InputError
            A file is not a Parquet file, or a required column is missing.
        """
        if not self.files:
            return pl.DataFrame(schema=column_types(self.table))
        frames = []
        for file in self.files:
            with reading(file):
                frames.append(pl.DataFrame(schema=pl.read_parquet_schema(file)))
        empty = stack(frames)
        check_columns(empty.columns, self.table)
        return empty

    @cached_property
    def n_rows(self) -> int:
        """The number of rows, from the description of each file."""
        return sum(_n_rows(file) for file in self.files)

    def batches(self, rows: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
        """Yield the rows in their order, about `rows` at a time, all with the columns of `empty`.

        Raises
        ------
        InputError
            A file cannot be read.
        """
        for file in self.files:
            with reading(file):
                for batch in _scan(file).collect_batches(chunk_size=rows, maintain_order=True):
                    yield stack([self.empty, batch])

    @cached_property
    def has_whole_numbers(self) -> dict[str, bool]:
        """By column of floats that is read as text, whether all its values are whole numbers; see `to_text`."""
        types = column_types(self.table)
        floats = [
            name
            for name, dtype in self.empty.schema.items()
            if types.get(name) == pl.String and dtype.is_float()
        ]
        if not floats:
            return {}
        has_values, is_whole = dict.fromkeys(floats, False), dict.fromkeys(floats, True)
        for batch in self.batches():
            filled = batch.select(pl.col(floats).fill_nan(None).count() > 0).row(0)
            whole = batch.select(are_whole(pl.col(name)).alias(name) for name in floats).row(0)
            for name, one, other in zip(floats, filled, whole, strict=True):
                has_values[name] |= one
                is_whole[name] &= other or not one
        return {f"{self.table}.{name}": has_values[name] and is_whole[name] for name in floats}


def _scan(file: Path) -> pl.LazyFrame:
    return pl.scan_parquet(file, hive_partitioning=False)


def _n_rows(file: Path) -> int:
    with reading(file):
        return int(_scan(file).select(pl.len()).collect().item())
