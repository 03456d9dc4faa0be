"""What is found while a source is read: unreadable cells, warnings and counts."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from forestall.data.casting import CELLS

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fault:
    """Values of one place in the mapping that could not be read.

    Parameters
    ----------
    table
        The table whose rows are rejected for it.
    rule
        The rule that they break.
    place
        The place in the mapping file.
    column
        The columns of the source.
    count
        The number of values.
    remedy
        What to change in the mapping file.
    """

    table: str
    rule: str
    place: str
    column: str
    count: int
    remedy: str


@dataclass
class ImportNotes:
    """What is found while a source is read.

    Attributes
    ----------
    cells
        Frames with the columns of `CELLS`: the cells of optional columns that could not be read.
    warnings
        What was decided without being asked, in sentences.
    counts
        How often a rule of reading was used, such as a local time that occurs twice.
    faults
        Values for which rows are rejected.
    """

    cells: list[pl.DataFrame] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        """Log a warning once and keep it."""
        if sentence not in self.warnings:
            log.warning("import: %s", sentence)
            self.warnings.append(sentence)

    def add_cells(
        self, table: str, keys: pl.Series, column: str, rule: str, raw: pl.Series, bad: pl.Series
    ) -> None:
        """Keep unreadable cells of a column, those where `bad` is true."""
        if bad.any():
            frame = pl.DataFrame({"key": keys.cast(pl.String), "raw": raw.cast(pl.String)}).filter(bad)
            named = {"table": table, "column": column, "rule": rule}
            self.cells.append(frame.with_columns(**{k: pl.lit(v) for k, v in named.items()}).select(*CELLS))

    def all_cells(self) -> pl.DataFrame:
        """Return all unreadable cells."""
        return pl.concat([pl.DataFrame(schema=CELLS), *self.cells])
