"""The kind of an interaction's last event up to the moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from forestall.moment_features.events import Events
from forestall.moment_features.operations import Kind
from forestall.moment_features.row_aggregates import Runs
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
    names = pl.Series([*events.kinds, None], dtype=pl.String)  # the place -1 is null
    found = {}
    for column in columns:
        among = [events.kinds[kind] for kind in column.among if kind in events.kinds]
        meets = np.isin(events.columns["kind"][part], among)
        numbers = _last_numbers(events, Runs.where(meets, begin - low, end - low, offset=low))
        found[column.name] = names.gather(np.where(numbers < 0, len(events.kinds), numbers))
    return found


def _last_numbers(events: Events, runs: Runs) -> Ints:
    """Return the largest number of a kind among the last events of each run that are at one time; -1 without one.

    Kinds are numbered in alphabetical order. A run ends at a moment, so it holds all events of its last time.
    """
    at, kind = events.columns["at"][runs.rows], events.columns["kind"][runs.rows]
    numbers = np.full(len(runs.begin), -1, dtype=np.int64)
    row = runs.end - 1
    is_tied = row >= runs.begin
    last_at = at[row] if len(at) else np.zeros(len(row), dtype=np.int64)
    while is_tied.any():
        some = np.flatnonzero(is_tied)
        numbers[some] = np.maximum(numbers[some], kind[row[some]])
        row = row - 1
        is_tied = is_tied & (row >= runs.begin)
        some = np.flatnonzero(is_tied)
        is_tied[some] = at[row[some]] == last_at[some]
    return numbers
