"""Attributes of events: the columns of `events` that a company keeps, as they are known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import polars as pl

from forestall.data.schemas import ROW, RULE, column_types
from forestall.moment_features.events import NO_KIND, Events
from forestall.moment_features.last_kind import largest_of_last
from forestall.moment_features.operations import Kind
from forestall.moment_features.row_aggregates import SMALLEST, Array, Runs, running_sum
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import EventField, StateColumn
from forestall.moments.timeline import Ints, whole

What = Literal["last", "mean", "highest"]
_FRACTION = 1e9  # parts of one, in which fractions are added up


@dataclass(frozen=True, repr=False)
class Attribute(StateColumn):
    """A value of an attribute of the interaction's events up to the moment; null where no event has one.

    Parameters
    ----------
    column
        Its column in `events`.
    what
        The last value, the mean, or the highest. Of several events at one time the largest value is the last, or the
        last text in alphabetical order.
    holds
        The type of its values; of texts there is only the last.
    without
        A kind of event whose values do not count: the event that the model predicts.
    """

    column: str
    what: What
    holds: Kind = Kind.NUMBER
    without: str = ""

    @property
    def kind(self) -> Kind:  # type: ignore[override]
        """The type of its value."""
        return self.holds

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"{self.what} {self.holds} {self.column} of events, without {self.without}"

    def read_from(self, standards: Standards) -> frozenset[EventField]:
        """Return its column in `events`."""
        del standards
        return frozenset({EventField(self.column)})


def attributes_so_far(
    events: Events, place: Array, as_of: Array, columns: Iterable[Attribute]
) -> dict[str, Array | pl.Series]:
    """Return attributes of the events of interactions up to moments, by name, each of shape (n_moments,).

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
    part = slice(low, max(low, high))  # the moments are neighbours: other events need no look
    at, kind = events.columns["at"][part], events.columns["kind"][part]
    alike: dict[tuple[str, Kind, str], list[Attribute]] = {}
    for column in columns:
        alike.setdefault((column.column, column.holds, column.without), []).append(column)
    found: dict[str, Array | pl.Series] = {}
    for (name, holds, without), wanted in alike.items():
        names: Sequence[str] = ()
        if holds is Kind.TEXT:
            codes, names = events.texts(name, part)
            values = codes.astype(np.float64)
            is_there = values >= 0
        else:
            values = events.numbers(name, part)
            is_there = ~np.isnan(values)
        counts = is_there & (kind != events.kinds.get(without, NO_KIND))
        runs = Runs.where(counts, begin - low, end - low)
        for one in wanted:
            found[one.name] = (
                _texts(at, values, runs, names)
                if holds is Kind.TEXT
                else _numbers(at, values, runs, one.what)
            )
    return found


def _texts(at: Ints, values: Array, runs: Runs, names: Sequence[str]) -> pl.Series:
    last = largest_of_last(at, values, runs)
    known = pl.Series([*names, None], dtype=pl.String)
    return known.gather(np.where(np.isnan(last), len(names), last).astype(np.int64))


def _numbers(at: Ints, values: Array, runs: Runs, what: What) -> Array:
    if what == "last":
        return largest_of_last(at, values, runs)
    if what == "highest":
        return -SMALLEST.of_runs(-values, runs)
    # whole numbers are added up, so that the order of rows cannot change the mean
    own = values[runs.rows]
    units, parts = (running_sum(whole(one)) for one in (np.floor(own), (own - np.floor(own)) * _FRACTION))
    total = units[runs.end] - units[runs.begin] + (parts[runs.end] - parts[runs.begin]) / _FRACTION
    count = (runs.end - runs.begin).astype(np.float64)
    mean: Array = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return mean


def attribute_types(frame: pl.DataFrame) -> dict[str, Any]:
    """Return the further columns of a table of events that hold numbers or texts, with their types."""
    known = {ROW, RULE, *column_types("events")}
    return {
        name: dtype
        for name, dtype in frame.schema.items()
        if name not in known and dtype in (pl.Float64, pl.String)
    }
