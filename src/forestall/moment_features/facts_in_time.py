"""Learnt facts as of each moment, without the interaction itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.data.schemas import CORE_KINDS
from forestall.moment_features.distinct_customers import DistinctCustomers
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.learnt_facts import ALL, COUNTS, MEANS, Facts, Keys, Mean
from forestall.moment_features.name_columns import codes
from forestall.moment_features.row_aggregates import Array
from forestall.moment_features.state_columns import FactColumn, Recorded, Usual
from forestall.moments.timeline import NEVER, Ints, Timeline, is_known

_BEGINNING = np.iinfo(np.int64).min
SELF = "self"  # the dimension in which each interaction is alone


@dataclass
class FactsInTime:
    """Learnt facts as of each moment.

    Parameters
    ----------
    changes
        The changes of the sums: place (of the interaction), at (microseconds) and the columns of `COUNTS`, sorted by
        at.
    keys
        The key of each interaction in each dimension, and its `customer_id`.
    first_recorded
        When the company first recorded each kind of event.
    """

    changes: pl.DataFrame
    keys: pl.DataFrame
    first_recorded: Mapping[str, int]

    def __post_init__(self) -> None:
        self._place = self.changes["place"].to_numpy()
        self._at = self.changes["at"].to_numpy()
        self._columns = {name: self.changes[name].to_numpy() for name in COUNTS}
        # most are small counts: sums of 32 bits take half the memory and half the time
        self._types = {
            name: np.int64 if values.dtype == np.int64 and not is_small(values) else np.int32
            for name, values in self._columns.items()
        }
        self._place_type = np.int32 if len(self._at) < np.iinfo(np.int32).max else np.int64
        self._owners: dict[str, tuple[Ints, Timeline]] = {}
        self._running: dict[tuple[str, str], Array] = {}

    def with_all_recorded(self) -> FactsInTime:
        """Return facts in which every kind of event was recorded from the beginning, as it must be without a clock."""
        return replace(self, first_recorded=dict.fromkeys(self.first_recorded, _BEGINNING))

    def state(self, keys: Keys, place: Ints, as_of: Ints, columns: Sequence[FactColumn]) -> dict[str, Array]:
        """Return columns of moments by name, computed without the interaction of each moment; see `Facts`."""
        del keys  # these facts have the keys of the same interactions
        if not self._running:
            self._prepare(columns)
        sums = _Sums(self, place, as_of)
        return {
            one.name: self._recorded(one, as_of)
            if isinstance(one, Recorded)
            else self._usual(one, place, sums)
            for one in columns
        }

    def _recorded(self, column: Recorded, as_of: Ints) -> Array:
        at = self.first_recorded.get(column.event_kind, int(NEVER))
        return is_known(np.full(len(as_of), at, dtype=np.int64), as_of)

    def _usual(self, column: Usual, place: Ints, sums: _Sums) -> npt.NDArray[np.float64]:
        prior = sums.mean_of_all(column.fact)
        if column.dimension == ALL:
            return prior
        mean = MEANS[column.fact]
        total, count = (sums.of_others(column.dimension, name) for name in (mean.total, mean.counted))
        value = mean.shrunk(total, count, prior)
        value[self.owner(column.dimension)[0][place] < 0] = np.nan
        return value

    def owner(self, dimension: str) -> tuple[Ints, Timeline]:
        """Return the number of each interaction's key in a dimension, and the timeline of the keys' changes.

        The changes are sorted by time, so that a change is known if it is among the first ones, which are known. The
        times of all timelines but that of `ALL` are places among the changes: they take half the memory.
        """
        if dimension not in self._owners:
            n = self.keys.height
            if dimension == ALL:
                timeline = Timeline(self._at, np.array([0, len(self._at)]), np.empty(0, dtype=np.int64))
                self._owners[dimension] = np.zeros(n, dtype=np.int64), timeline
                return self._owners[dimension]
            if dimension == SELF:
                owner, n_owners = np.arange(n), n
            else:
                owner, known = codes(self.keys[dimension])
                n_owners = len(known)
            timeline = Timeline.of(owner[self._place], self._at, n_owners)
            places: Any = timeline.order.astype(self._place_type)
            self._owners[dimension] = owner, Timeline(places, timeline.offsets, places)
        return self._owners[dimension]

    def last_known(self, as_of: Ints) -> Ints:
        """Return the place of the last change of all that is known at moments, -1 for none."""
        n_known = self.owner(ALL)[1].known(np.zeros(len(as_of), dtype=np.int64), as_of)
        return (n_known - 1).astype(self._place_type)

    def running(self, dimension: str, column: str) -> Array:
        """Return the running sums of a column, in the order of a dimension's timeline."""
        if (dimension, column) not in self._running:
            rows = slice(None) if dimension == ALL else self.owner(dimension)[1].order
            self._running[dimension, column] = self.sums(column, rows)
        return self._running[dimension, column]

    def sums(self, column: str, rows: Ints | slice) -> Array:
        """Return the sums of a column before each of some rows, and of them all."""
        values, kind = self._columns[column][rows], self._types[column]
        running = np.empty(len(values) + 1, dtype=kind)
        running[0] = 0
        np.cumsum(values, dtype=kind, out=running[1:])
        return running

    def _prepare(self, columns: Iterable[FactColumn]) -> None:
        """Compute the running sums that columns need, on all cores."""
        pairs = {
            (dimension, name)
            for one in columns
            if isinstance(one, Usual)
            for dimension in (one.dimension, ALL)
            for name in MEANS[one.fact][:2]
        }
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.owner, (SELF, *dict.fromkeys(dimension for dimension, _ in pairs))))
            list(pool.map(lambda pair: self.running(*pair), sorted(pairs)))

    def freeze(self, as_of: int, columns: Sequence[FactColumn], least: int = 1) -> FrozenFacts:
        """Return the facts that are known at `as_of` (microseconds), for any later moment; see `freeze` below."""
        read = {one.event_kind for one in columns if isinstance(one, Recorded)}
        recorded = (kind for kind, at in self.first_recorded.items() if at <= as_of)
        kinds = sorted(kind for kind in recorded if kind in read or kind in CORE_KINDS)
        count = DistinctCustomers(self, as_of, least)
        wanted: dict[str, list[str]] = {}
        for one in columns:
            if isinstance(one, Usual) and one.dimension != ALL:
                wanted.setdefault(one.dimension, []).append(one.fact)
        company = {}
        for fact, mean in MEANS.items():
            sums = self._sums_by_key(ALL, mean, as_of)
            value = float(mean.of(*sums)[0]) if len(sums[0]) and count.has_enough(ALL, mean)[0] else np.nan
            company[fact] = None if np.isnan(value) else value
        tables: dict[str, dict[str, list[Any]]] = {}
        for dimension, facts in wanted.items():
            keys = codes(self.keys[dimension])[1]
            enough = {fact: count.has_enough(dimension, MEANS[fact]) for fact in facts}
            # a key of which nothing is learnt is not named; its facts are then the company's too
            kept = np.any(list(enough.values()), axis=0)
            tables[dimension] = {"key": [key for key, is_kept in zip(keys, kept, strict=True) if is_kept]}
            for fact in facts:
                sums = self._sums_by_key(dimension, MEANS[fact], as_of)
                prior = np.full(len(keys), company[fact], dtype=np.float64)
                values = np.where(enough[fact], MEANS[fact].shrunk(*sums, prior), prior)[kept]
                tables[dimension][fact] = [None if np.isnan(value) else float(value) for value in values]
        return FrozenFacts(kinds, company, tables)

    def _sums_by_key(self, dimension: str, mean: Mean, as_of: int) -> tuple[Ints, Ints]:
        """Return the total and the count of each key of a dimension at `as_of`."""
        timeline = self.owner(dimension)[1]
        keys = np.arange(len(timeline.offsets) - 1)
        last = self.last_known(np.array([as_of]))
        begin = timeline.begin(keys)
        end = last + 1 if dimension == ALL else timeline.known(keys, np.repeat(last, len(keys)))
        total, count = (self.running(dimension, name) for name in (mean.total, mean.counted))
        return total[end] - total[begin], count[end] - count[begin]


def is_small(values: Array) -> bool:
    """Return whether all sums of whole numbers fit 32 bits."""
    return int(np.abs(values).sum()) < np.iinfo(np.int32).max


def freeze(facts: Facts, as_of: int, columns: Sequence[FactColumn], least: int = 1) -> FrozenFacts:
    """Return the facts known at `as_of` (microseconds), for any later moment.

    A fact that comes from fewer than `least` customers is the company's mean. If all facts of a key do, the key is not
    in the result. The company's own mean of so few is null.

    Raises
    ------
    TypeError
        The facts are frozen already.
    """
    if not isinstance(facts, FactsInTime):
        raise TypeError("only facts as of each moment can be frozen")
    return facts.freeze(as_of, columns, least)


class _Sums:
    """Sums of the changes known at moments; each is computed once."""

    def __init__(self, facts: FactsInTime, place: Ints, as_of: Ints) -> None:
        self._facts, self._place, self._last = facts, place, facts.last_known(as_of)
        self._bounds: dict[str, tuple[Ints, Ints]] = {}
        self._known: dict[tuple[str, str], Array] = {}
        self._means: dict[str, npt.NDArray[np.float64]] = {}

    def mean_of_all(self, fact: str) -> npt.NDArray[np.float64]:
        """Return the company's mean without the interaction itself."""
        if fact not in self._means:
            mean = MEANS[fact]
            self._means[fact] = mean.of(self.of_others(ALL, mean.total), self.of_others(ALL, mean.counted))
        return self._means[fact]

    def of_others(self, dimension: str, column: str) -> Array:
        """Return the sums over the dimension's key, without the interaction itself."""
        return self._of(dimension, column) - self._of(SELF, column)

    def _of(self, dimension: str, column: str) -> Array:
        if (dimension, column) not in self._known:
            if dimension not in self._bounds:
                owner, timeline = self._facts.owner(dimension)
                mine = owner[self._place]
                begin = timeline.begin(mine)
                end = self._last + 1 if dimension == ALL else timeline.known(mine, self._last)
                if dimension == SELF:  # the moments are neighbours: only their own changes are added up
                    low = int(begin.min()) if len(begin) else 0
                    self._own_rows = timeline.order[low : int(end.max(initial=low))]
                    begin, end = begin - low, end - low
                self._bounds[dimension] = begin, end
            begin, end = self._bounds[dimension]
            if dimension == SELF:
                running = self._facts.sums(column, self._own_rows)
            else:
                running = self._facts.running(dimension, column)
            known = running[end]
            if dimension != ALL:  # whose sums begin at 0
                known -= running[begin]
            self._known[dimension, column] = known
        return self._known[dimension, column]
