"""Learnt facts: what a venue, channel, culture, product or category usually delivers.

In training they are computed as of each moment, without the interaction itself; a packaged model carries them frozen at
the end of its training. A mean is drawn towards the company's with the weight of `PRIOR_WEIGHT` interactions,
so that a venue seen twice is not taken at its word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.features.keys import NULL, UNKNOWN, Names, codes, joined, listed, places_in, take
from forestall.moments.timeline import NEVER, Ints, Timeline, is_known

Array = npt.NDArray[Any]
PRIOR_WEIGHT = 20.0
ALL, SELF = "all", "self"  # the whole company, and the interaction alone
QUEUE_KEY = "own:queue"  # the column of interactions that holds their queue
DIMENSIONS = ("venue", "channel", "locale", "product", "product_category", "queue")


class Mean(NamedTuple):
    """A mean: a sum of whole numbers over a count, in units of `unit`."""

    total: str
    counted: str
    unit: float


MEANS: Mapping[str, Mean] = {
    "wait_s": Mean("wait_us", "n_waits", 1e6),
    "resolve_s": Mean("resolve_us", "n_resolves", 1e6),
    "resolved_share": Mean("n_resolved", "n_ended", 1),
    "greeted_share": Mean("n_greeted", "n_ended", 1),
    "manner": Mean("manner", "n_staff_texts", 1),
    "rating": Mean("rating", "n_rated", 100),
    "rating_polite": Mean("rating_polite", "n_rated_polite", 100),
    "rating_rude": Mean("rating_rude", "n_rated_rude", 100),
    "tip_share": Mean("n_tips", "n_started", 1),
    "again_share": Mean("n_again", "n_known", 1),
    "defect_share": Mean("n_defects", "n_started", 1),
    "return_share": Mean("n_returns", "n_started", 1),
    "failure_cost": Mean("failure_cents", "n_started", 100),
    "price": Mean("price_cents", "n_priced", 100),
}
COUNTS = tuple(dict.fromkeys(column for mean in MEANS.values() for column in mean[:2]))


class Keys(Protocol):
    """Interactions, of which a column can be had by its name."""

    def __getitem__(self, name: str, /) -> Names:
        """Return a column."""


class Facts(Protocol):
    """Learnt facts, as of each moment or frozen."""

    def state(self, keys: Keys, place: Ints, as_of: Ints, names: Iterable[str]) -> dict[str, Array]:
        """Return the columns `usual:*` and `recorded:*` of the moments."""

    def few(
        self, keys: Keys, place: Ints, as_of: Ints, names: Iterable[str]
    ) -> Mapping[str, Sequence[float | None]]:
        """Return what `state` does, of a few moments, as lists; None for null."""


def key_columns(interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the key of each interaction in each dimension."""
    return interactions.select(*DIMENSIONS[:-1]).hstack([queue_key(interactions).alias("queue")])


def queue_key(interactions: pl.DataFrame) -> pl.Series:
    """Return the queue of each interaction: the venue and channel together."""
    return joined(interactions["venue"], interactions["channel"]).alias(QUEUE_KEY)


def _mean(total: Ints, count: Ints, unit: float, prior: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return (total / unit + PRIOR_WEIGHT * prior) / (count + PRIOR_WEIGHT)


def _plain_mean(total: Ints, count: Ints, unit: float) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / unit / count, np.nan)


@dataclass
class FactsInTime:
    """Learnt facts as of each moment.

    Parameters
    ----------
    changes
        What became known and when: place (of the interaction), at (microseconds) and the columns of `COUNTS`,
        sorted by at.
    keys
        The key of each interaction in each dimension.
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
        self._owners: dict[str, tuple[Ints, Timeline]] = {}
        self._running: dict[tuple[str, str], Array] = {}

    def few(
        self, keys: Keys, place: Ints, as_of: Ints, names: Iterable[str]
    ) -> Mapping[str, Sequence[float | None]]:
        """Return what `state` does, as lists; None for null."""
        return {name: listed(values) for name, values in self.state(keys, place, as_of, names).items()}

    def state(self, keys: Keys, place: Ints, as_of: Ints, names: Iterable[str]) -> dict[str, Array]:
        """Return the columns `usual:*` and `recorded:*` of the moments, without the interactions themselves."""
        del keys  # of the same interactions as these
        names = list(names)
        if not self._running:
            self.prepare(names)
        sums = _Sums(self, place, as_of)
        columns: dict[str, Array] = {}
        for name in names:
            what, first, fact = _parts(name)
            if what == "recorded":
                at = self.first_recorded.get(first, int(NEVER))
                columns[name] = is_known(np.full(len(as_of), at, dtype=np.int64), as_of)
            else:
                columns[name] = self._usual(first, fact, place, sums)
        return columns

    def _usual(self, dimension: str, fact: str, place: Ints, sums: _Sums) -> npt.NDArray[np.float64]:
        prior = sums.mean_of_all(fact)
        if dimension == ALL:
            return prior
        total, count, unit = MEANS[fact]
        value = _mean(sums.of_others(dimension, total), sums.of_others(dimension, count), unit, prior)
        value[self.owner(dimension)[0][place] < 0] = np.nan
        return value

    def owner(self, dimension: str) -> tuple[Ints, Timeline]:
        """Return the owner of each interaction in the dimension, and the timeline of its changes."""
        if dimension not in self._owners:
            n = self.keys.height
            if dimension == SELF:
                owner, n_owners = np.arange(n), n
            elif dimension == ALL:
                owner, n_owners = np.zeros(n, dtype=np.int64), 1
            else:
                owner, known = codes(self.keys[dimension])
                n_owners = len(known)
            self._owners[dimension] = owner, Timeline.of(owner[self._place], self._at, n_owners)
        return self._owners[dimension]

    def running(self, dimension: str, column: str) -> Array:
        """Return the running sums of a column, in the order of the dimension's timeline."""
        if (dimension, column) not in self._running:
            values = self._columns[column][self.owner(dimension)[1].order]
            # most are small counts: half the memory, and so half the time
            is_small = int(np.abs(values).sum()) < np.iinfo(np.int32).max
            running = np.zeros(len(values) + 1, dtype=np.int32 if is_small else np.int64)
            np.cumsum(values, out=running[1:])
            self._running[dimension, column] = running
        return self._running[dimension, column]

    def prepare(self, names: Iterable[str]) -> None:
        """Compute the running sums that the names need, on all cores, before the first moment asks."""
        wanted = [name.split(":") for name in names if name.startswith("usual:")]
        pairs = {
            (d, c) for _, dimension, fact in wanted for d in (dimension, ALL, SELF) for c in MEANS[fact][:2]
        }
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.owner, dict.fromkeys(dimension for dimension, _ in pairs)))
            list(pool.map(lambda pair: self.running(*pair), sorted(pairs)))

    def freeze(self, as_of: int, names: Iterable[str]) -> FrozenFacts:
        """Return the facts that are known at `as_of` (microseconds), for any later moment."""
        wanted = [name.split(":") for name in names]
        kinds = sorted(kind for kind, at in self.first_recorded.items() if at <= as_of)
        company: dict[str, float | None] = {}
        tables: dict[str, dict[str, list[Any]]] = {}
        for dimension in dict.fromkeys([ALL, *(one[1] for one in wanted if one[0] == "usual")]):
            timeline = self.owner(dimension)[1]
            n = len(timeline.offsets) - 1
            every = np.arange(n)
            begin, end = timeline.begin(every), timeline.known(every, np.full(n, as_of))
            known = [] if dimension == ALL else codes(self.keys[dimension])[1]
            table: dict[str, list[Any]] = {"key": known}
            facts = (
                MEANS
                if dimension == ALL
                else [f for w, d, f in (o for o in wanted if len(o) == 3) if d == dimension]
            )
            for fact in facts:
                total, count, unit = MEANS[fact]
                sums = [self.running(dimension, column) for column in (total, count)]
                totals, counts = (running[end] - running[begin] for running in sums)
                if dimension == ALL:
                    mean = float(_plain_mean(totals, counts, unit)[0]) if n else float("nan")
                    company[fact] = None if np.isnan(mean) else mean
                else:
                    prior = np.full(n, np.nan if company[fact] is None else company[fact], dtype=np.float64)
                    values = _mean(totals, counts, unit, prior)
                    table[fact] = [None if np.isnan(value) else float(value) for value in values]
            tables[dimension] = table
        tables.pop(ALL)
        return FrozenFacts(kinds, company, tables)


class _Sums:
    """Sums of changes known at moments, each computed once."""

    def __init__(self, facts: FactsInTime, place: Ints, as_of: Ints) -> None:
        self._facts, self._place, self._as_of = facts, place, as_of
        self._bounds: dict[str, tuple[Ints, Ints]] = {}
        self._known: dict[tuple[str, str], Array] = {}
        self._means: dict[str, npt.NDArray[np.float64]] = {}

    def mean_of_all(self, fact: str) -> npt.NDArray[np.float64]:
        """Return the company's mean without the interaction itself."""
        if fact not in self._means:
            total, count, unit = MEANS[fact]
            self._means[fact] = _plain_mean(self.of_others(ALL, total), self.of_others(ALL, count), unit)
        return self._means[fact]

    def of_others(self, dimension: str, column: str) -> Array:
        """Return the sums over the dimension's key, without the interaction itself."""
        return self._of(dimension, column) - self._of(SELF, column)

    def _of(self, dimension: str, column: str) -> Array:
        if (dimension, column) not in self._known:
            if dimension not in self._bounds:
                owner, timeline = self._facts.owner(dimension)
                mine = owner[self._place]
                self._bounds[dimension] = timeline.begin(mine), timeline.known(mine, self._as_of)
            begin, end = self._bounds[dimension]
            running = self._facts.running(dimension, column)
            self._known[dimension, column] = running[end] - running[begin]
        return self._known[dimension, column]


@dataclass(frozen=True)
class FrozenFacts:
    """Learnt facts at the end of a training, as plain values that JSON can hold.

    Parameters
    ----------
    kinds
        The kinds of events that the company has recorded.
    company
        The company's mean of each fact: what is usual where nothing is known yet.
    tables
        By dimension, the keys and the facts of each.
    """

    kinds: list[str]
    company: dict[str, float | None]
    tables: dict[str, dict[str, list[Any]]]

    def state(self, keys: Keys, place: Ints, as_of: Ints, names: Iterable[str]) -> dict[str, Array]:
        """Return the columns `usual:*` and `recorded:*` of the moments."""
        columns: dict[str, Array] = {}
        found: dict[str, Ints] = {}
        for name in names:
            what, dimension, fact = _parts(name)
            if what == "recorded":
                columns[name] = np.full(len(as_of), dimension in self.kinds)
            elif dimension == ALL:
                columns[name] = np.full(len(as_of), self.company[fact], dtype=np.float64)
            else:
                if dimension not in found:
                    found[dimension] = self._places(dimension, take(keys[_column(dimension)], place))
                columns[name] = self._values[dimension][fact][found[dimension]]
        return columns

    def few(
        self, keys: Keys, place: Ints, as_of: Ints, names: Iterable[str]
    ) -> Mapping[str, Sequence[float | None]]:
        """Return what `state` does, of a few moments, as lists; None for null."""
        columns: dict[str, Sequence[float | None]] = {}
        found: dict[str, list[int]] = {}
        for name in names:
            what, dimension, fact = _parts(name)
            if what == "recorded":
                columns[name] = [dimension in self.kinds] * len(place)
            elif dimension == ALL:
                columns[name] = [self.company[fact]] * len(place)
            else:
                if dimension not in found:
                    index = self._index[dimension]
                    found[dimension] = [
                        len(index) + 1 if key is None else index.get(key, len(index))
                        for key in listed(take(keys[_column(dimension)], place))
                    ]
                values = self._lists[dimension][fact]
                columns[name] = [values[one] for one in found[dimension]]
        return columns

    @cached_property
    def _index(self) -> dict[str, dict[str, int]]:
        return {
            name: {key: place for place, key in enumerate(table["key"])}
            for name, table in self.tables.items()
        }

    @cached_property
    def _lists(self) -> dict[str, dict[str, list[float | None]]]:
        """By dimension and fact, the values of all keys, then the company's for the unknown, then a gap for null."""
        return {
            name: {
                fact: [*values, self.company[fact], None] for fact, values in table.items() if fact != "key"
            }
            for name, table in self.tables.items()
        }

    @cached_property
    def _values(self) -> dict[str, dict[str, npt.NDArray[np.float64]]]:
        """The same as arrays."""
        return {
            name: {fact: np.array(values, dtype=np.float64) for fact, values in table.items()}
            for name, table in self._lists.items()
        }

    def _places(self, dimension: str, keys: Names) -> Ints:
        index = self._index[dimension]
        place = places_in(keys, index)
        return np.where(place == UNKNOWN, len(index), np.where(place == NULL, len(index) + 1, place))


@lru_cache(maxsize=1024)
def _parts(name: str) -> tuple[str, str, str]:
    """Return what a column is, of which dimension (or kind of event) and of which fact."""
    what, dimension, *fact = name.split(":")
    return what, dimension, fact[0] if fact else ""


def _column(dimension: str) -> str:
    return QUEUE_KEY if dimension == "queue" else dimension
