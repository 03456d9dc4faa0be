"""The rows of the main source from which each section of ratings is read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from forestall.importing.event_log import ROW, LogRows
from forestall.importing.import_notes import ImportNotes
from forestall.importing.joined_rows import KEY, MAIN_ROW
from forestall.importing.mapping_sections import FeedbackColumns
from forestall.importing.table_rows import read_rated
from forestall.importing.values import Cells

_RATING = "__rating__"


@dataclass(frozen=True)
class RatedRows:
    """The rows of the main source from which ratings are read.

    Parameters
    ----------
    first
        One row of each interaction, with `KEY` and `MAIN_ROW`.
    every
        All rows that are not left out, or those of an event log.
    """

    first: Cells
    every: Cells | LogRows

    def of(self, ratings: FeedbackColumns, place: str) -> Cells:
        """Return the rows that a section reads, each with the `MAIN_ROW` of its interaction."""
        if isinstance(self.every, LogRows):
            rows = _of_log(ratings, place, self.every)
        elif ratings.several == "keep":
            rows = self.every
        else:
            return self.first
        places = self.first.frame.select(KEY, MAIN_ROW).drop_nulls()
        return rows.with_rows(rows.frame.join(places, on=KEY, how="left", maintain_order="left"))


def _of_log(ratings: FeedbackColumns, place: str, log: LogRows) -> Cells:
    """Return the rows of an event log with a rating of the section: the last in time of each case, or all.

    Earlier ratings of another value are counted if they are not kept.
    """
    cells = log.cells
    # what cannot be read is noted when the ratings are read
    rating, _, is_rated = read_rated(ratings, place, replace(cells, notes=ImportNotes()))
    rows = log.in_time.with_columns(rating.values.gather(log.in_time[ROW]).alias(_RATING))
    rows = rows.filter(is_rated.gather(rows[ROW]))
    if ratings.several != "keep":
        last = pl.col(_RATING).last().over(KEY)
        n_other = int(rows.select(pl.col(_RATING).ne_missing(last).sum()).item())
        if n_other:
            cells.notes.counts[f"{place}: earlier ratings of a case with another value"] = n_other
        rows = rows.unique(KEY, keep="last", maintain_order=True)
    return cells.with_rows(cells.frame[rows[ROW]])
