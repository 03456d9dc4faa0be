"""The kind of an interaction's last event up to the moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from forestall.moment_features.events import Events
from forestall.moment_features.operations import Kind
from forestall.moment_features.row_aggregates import Array, Runs
from forestall.moment_features.state_columns import StateColumn
from forestall.moments.timeline import Ints


@dataclass(frozen=True, repr=False)
class LastKind(StateColumn):
    """The kind of the last event of some kinds; null where there was none.

    The rows of a table have no order: of several events at one time, the last in alphabetical order counts.

    Parameters
    ----------
    among
        The kinds of events that count.
    """

    among: tuple[str, ...]
    kind = Kind.TEXT

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"last kind of {' '.join(self.among)}"


def last_kinds(events: Events, place: Ints, as_of: Ints, columns: Iterable[LastKind]) -> dict[str, pl.Series]:
    """Return the kinds of the last events of interactions up to moments, by name, each of shape (n_moments,).

    Parameters
    ----------
    events
        The events.
    place, as_of
        The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).
    columns
        The columns wanted.
    """
    begin, end = events.timeline.begin(place), events.timeline.known(place, as_of)
    low, high = (int(begin.min()), int(end.max())) if len(begin) else (0, 0)
    part = slice(low, max(low, high))
    names = pl.Series([*events.kinds, None], dtype=pl.String)
    found = {}
    for column in columns:
        among = [events.kinds[kind] for kind in column.among if kind in events.kinds]
        meets = np.isin(events.columns["kind"][part], among)
        # kinds are numbered in alphabetical order
        runs = Runs.where(meets, begin - low, end - low, offset=low)
        numbers = largest_of_last(events.columns["at"], events.columns["kind"], runs)
        found[column.name] = names.gather(
            np.where(np.isnan(numbers), len(events.kinds), numbers).astype(np.int64)
        )
    return found


def largest_of_last(at: Ints, values: Array, runs: Runs) -> Array:
    """Return the largest value among the last rows of each run that are at one time; NaN without a row.

    A run ends at a moment, so it holds all rows of its last time.

    Parameters
    ----------
    at, values
        The times and the values of all rows, shape (n_rows,).
    runs
        The rows of each moment.
    """
    at, values = at[runs.rows], values[runs.rows]
    largest = np.full(len(runs.begin), np.nan)
    some = np.flatnonzero(runs.end > runs.begin)
    row = runs.end[some] - 1
    last_at = at[row]
    while len(some):
        largest[some] = np.fmax(largest[some], values[row])
        row = row - 1
        is_tied = row >= runs.begin[some]
        is_tied[is_tied] = at[row[is_tied]] == last_at[is_tied]
        some, row, last_at = some[is_tied], row[is_tied], last_at[is_tied]
    return largest
