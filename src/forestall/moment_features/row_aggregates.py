"""Aggregates over rows of moments: events so far, or earlier interactions.

Each moment has a run of rows. An aggregate takes the rows of the run for which a condition holds and returns their
number, the sum or smallest of their values, or the value of the first or last. Each aggregate is written twice, side
by side: `of_runs` for many moments with NumPy, `of_one` for the rows of a single moment in Python, where an array costs
more than the whole computation. Sums are of whole numbers, so that the order of rows cannot change them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from forestall.moments.timeline import Ints

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Runs:
    """The rows that meet a condition, and which of them belong to each moment.

    Parameters
    ----------
    rows
        The places of the rows, ascending, shape (n_rows,).
    begin, end
        The rows of moment m are `rows[begin[m]:end[m]]`; both of shape (n_moments,).
    """

    rows: Ints
    begin: Ints
    end: Ints

    @classmethod
    def where(cls, condition: Bools, begin: Ints, end: Ints, offset: int = 0) -> Runs:
        """Return the runs of the rows that meet a condition.

        Parameters
        ----------
        condition
            Whether each row meets it, shape (n_rows,).
        begin, end
            The rows of each moment, before the condition.
        offset
            Is added to the places of the rows.
        """
        count = running_sum(condition)
        return cls(condition.nonzero()[0] + offset, count[begin], count[end])


def running_sum(values: Array) -> Ints:
    """Return the sums of whole numbers before each place, shape (n + 1,); those of flags are of 32 bits."""
    # NumPy adds up several times as fast in one type; the number of rows fits 32 bits
    is_flag = values.dtype == bool and len(values) < np.iinfo(np.int32).max
    sums: Any = np.zeros(len(values) + 1, dtype=np.int32 if is_flag else np.int64)
    sums[1:] = values
    sums.cumsum(out=sums)
    return sums  # type: ignore[no-any-return]


class Aggregate(Protocol):
    """One value of the rows of a moment."""

    def of_runs(self, values: Array, runs: Runs) -> Array:
        """Return the value of each moment; NaN where it has no row and the value needs one."""

    def of_one(self, values: Sequence[Any], rows: Sequence[int]) -> Any:
        """Return the value of one moment, given the places of its rows; None where it has none and needs one."""


class _Count:
    def of_runs(self, values: Array, runs: Runs) -> Array:
        return (runs.end - runs.begin).astype(np.int64)

    def of_one(self, values: Sequence[Any], rows: Sequence[int]) -> int:
        return len(rows)


class _Sum:
    def of_runs(self, values: Array, runs: Runs) -> Array:
        sums = running_sum(values[runs.rows])
        return (sums[runs.end] - sums[runs.begin]).astype(np.int64)

    def of_one(self, values: Sequence[Any], rows: Sequence[int]) -> int:
        return sum([values[row] for row in rows])


class _First:
    def of_runs(self, values: Array, runs: Runs) -> Array:
        return _picked(values, runs, runs.begin)

    def of_one(self, values: Sequence[Any], rows: Sequence[int]) -> float | None:
        return float(values[rows[0]]) if rows else None


class _Last:
    def of_runs(self, values: Array, runs: Runs) -> Array:
        return _picked(values, runs, runs.end - 1)

    def of_one(self, values: Sequence[Any], rows: Sequence[int]) -> float | None:
        return float(values[rows[-1]]) if rows else None


class _Smallest:
    def of_runs(self, values: Array, runs: Runs) -> Array:
        smallest = np.full(len(runs.begin), np.nan)
        some = np.flatnonzero(runs.end > runs.begin)
        if len(some):
            # a run ends where the next one begins: rows between two runs are left out by taking each second result
            edges = np.column_stack([runs.begin[some], runs.end[some]]).ravel()
            padded = np.append(values[runs.rows], 0)
            smallest[some] = np.minimum.reduceat(padded, edges)[::2]
        return smallest

    def of_one(self, values: Sequence[Any], rows: Sequence[int]) -> float | None:
        return float(min([values[row] for row in rows])) if rows else None


def _picked(values: Array, runs: Runs, place: Ints) -> Array:
    found = np.full(len(place), np.nan)
    some = runs.end > runs.begin
    found[some] = values[runs.rows[place[some]]]
    return found


COUNT, SUM, FIRST, LAST, SMALLEST = _Count(), _Sum(), _First(), _Last(), _Smallest()


class WantedAggregate(NamedTuple):
    """An aggregate of the rows that meet one condition, and the name of its column."""

    name: str
    aggregate: Aggregate
    values: str


Condition = Hashable
AggregateGroups = Mapping[Condition, Sequence[WantedAggregate]]
"""By the condition that rows must meet, the aggregates wanted of them."""


def aggregates_of_runs(
    groups: AggregateGroups, runs_of: Callable[[Any], Runs], values: Mapping[str, Array]
) -> dict[str, Array]:
    """Return aggregates of many moments by name, each of shape (n_moments,); NaN is null.

    Parameters
    ----------
    groups
        The aggregates wanted.
    runs_of
        Returns the runs of the rows that meet a condition.
    values
        Columns over the rows.
    """
    columns = {}
    for condition, wanted in groups.items():
        runs = runs_of(condition)
        for name, aggregate, value in wanted:
            columns[name] = aggregate.of_runs(values[value], runs)
    return columns


def aggregates_of_one(
    groups: AggregateGroups, rows_of: Callable[[Any], Sequence[int]], values: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Return aggregates of one moment by name, as `aggregates_of_runs` does; None is null.

    Parameters
    ----------
    groups
        The aggregates wanted.
    rows_of
        Returns the places of the rows that meet a condition.
    values
        Columns over the rows, as lists.
    """
    columns = {}
    for condition, wanted in groups.items():
        rows = rows_of(condition)
        for name, aggregate, value in wanted:
            columns[name] = aggregate.of_one(values[value], rows)
    return columns


def places_in_runs(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Return the places from `begin` up to `end` of all moments, one after another, and the moment of each."""
    length = end - begin
    which = np.repeat(np.arange(len(length)), length)
    ends = np.cumsum(length)
    return np.arange(len(which)) - np.repeat(ends - length, length) + np.repeat(begin, length), which
