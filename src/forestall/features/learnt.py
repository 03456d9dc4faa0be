"""Learnt facts: what a venue, channel, culture, product or category usually delivers.

In training they are computed as of each moment, without the interaction itself; a packaged model carries them frozen at
the end of its training. A mean is drawn towards the company's with the weight of `PRIOR_WEIGHT` interactions,
so that a venue seen twice is not taken at its word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.moments.timeline import NEVER, Ints, Timeline, is_known

PRIOR_WEIGHT = 20.0
ALL = "all"  # the dimension of the whole company
DIMENSIONS = ("venue", "channel", "locale", "product", "product_category", "queue")


class Mean(NamedTuple):
    """A mean: a sum of whole numbers over a count, in units of `unit`."""

    total: str
    count: str
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
    "again_share": Mean("n_again", "n_started", 1),
    "defect_share": Mean("n_defects", "n_started", 1),
    "return_share": Mean("n_returns", "n_started", 1),
    "failure_cost": Mean("failure_cents", "n_started", 100),
    "price": Mean("price_cents", "n_priced", 100),
}
COUNTS = tuple(dict.fromkeys(column for mean in MEANS.values() for column in mean[:2]))


class Facts(Protocol):
    """Learnt facts, as of each moment or frozen."""

    def state(self, keys: pl.DataFrame, place: Ints, as_of: Ints, names: Iterable[str]) -> pl.DataFrame:
        """Return the columns `usual:*` and `recorded:*` of the moments."""


def key_columns(interactions: pl.DataFrame) -> pl.DataFrame:
    """Return the key of each interaction in each dimension; the queue is the venue and channel together."""
    return interactions.select(
        *DIMENSIONS[:-1],
        queue=pl.concat_str(pl.col("venue", "channel").fill_null(""), separator="\x1f"),
    )


def codes(keys: pl.Series) -> tuple[Ints, pl.Series]:
    """Return each key's place among the sorted known keys (-1 where null), and those keys."""
    known = keys.drop_nulls().unique().sort()
    place = pl.DataFrame({"key": known, "place": np.arange(len(known), dtype=np.int64)})
    found = keys.rename("key").to_frame().join(place, on="key", how="left", maintain_order="left")
    return found["place"].fill_null(-1).to_numpy(), known


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
        self._owners: dict[str, tuple[Ints, Timeline]] = {}
        self._running: dict[tuple[str, str], Ints] = {}

    def state(self, keys: pl.DataFrame, place: Ints, as_of: Ints, names: Iterable[str]) -> pl.DataFrame:
        """Return the columns `usual:*` and `recorded:*` of the moments, without the interactions themselves."""
        del keys  # of the same interactions as these
        columns: dict[str, Any] = {}
        bounds: dict[str, tuple[Ints, Ints]] = {}
        for name in names:
            what, *rest = name.split(":")
            if what == "recorded":
                at = self.first_recorded.get(rest[0], int(NEVER))
                columns[name] = is_known(np.full(len(as_of), at, dtype=np.int64), as_of)
            else:
                columns[name] = pl.Series(self._usual(*rest, place, as_of, bounds), nan_to_null=True)
        return pl.DataFrame(columns)

    def _usual(
        self, dimension: str, fact: str, place: Ints, as_of: Ints, bounds: dict[str, tuple[Ints, Ints]]
    ) -> npt.NDArray[np.float64]:
        total, count, unit = MEANS[fact]

        def of(one: str) -> tuple[Ints, Ints]:
            if one not in bounds:
                owner, timeline = self._owner(one)
                bounds[one] = timeline.begin(owner[place]), timeline.known(owner[place], as_of)
            begin, end = bounds[one]
            sums = (self._sum(one, column) for column in (total, count))
            return tuple(running[end] - running[begin] for running in sums)  # type: ignore[return-value]

        own_total, own_count = of("self")
        all_total, all_count = of(ALL)
        prior = _plain_mean(all_total - own_total, all_count - own_count, unit)
        if dimension == ALL:
            return prior
        here_total, here_count = of(dimension)
        value = _mean(here_total - own_total, here_count - own_count, unit, prior)
        return np.where(self._owner(dimension)[0][place] >= 0, value, np.nan)

    def _owner(self, dimension: str) -> tuple[Ints, Timeline]:
        """Return the owner of each interaction in the dimension, and the timeline of its changes."""
        if dimension not in self._owners:
            n = self.keys.height
            if dimension == "self":
                owner, n_owners = np.arange(n), n
            elif dimension == ALL:
                owner, n_owners = np.zeros(n, dtype=np.int64), 1
            else:
                owner, known = codes(self.keys[dimension])
                n_owners = len(known)
            self._owners[dimension] = owner, Timeline.of(owner[self._place], self._at, n_owners)
        return self._owners[dimension]

    def _sum(self, dimension: str, column: str) -> Ints:
        if (dimension, column) not in self._running:
            values = self.changes[column].to_numpy()[self._owner(dimension)[1].order]
            running = np.zeros(len(values) + 1, dtype=np.int64)
            np.cumsum(values, out=running[1:])
            self._running[dimension, column] = running
        return self._running[dimension, column]

    def freeze(self, as_of: int, names: Iterable[str]) -> FrozenFacts:
        """Return the facts that are known at `as_of` (microseconds), for any later moment."""
        wanted = [name.split(":") for name in names]
        kinds = sorted(kind for kind, at in self.first_recorded.items() if at <= as_of)
        company: dict[str, float | None] = {}
        tables: dict[str, dict[str, list[Any]]] = {}
        for dimension in dict.fromkeys([ALL, *(one[1] for one in wanted if one[0] == "usual")]):
            owner, timeline = self._owner(dimension)
            n = len(timeline.offsets) - 1
            every = np.arange(n)
            begin, end = timeline.begin(every), timeline.known(every, np.full(n, as_of))
            known = [] if dimension == ALL else codes(self.keys[dimension])[1].to_list()
            table: dict[str, list[Any]] = {"key": known}
            facts = MEANS if dimension == ALL else [f for w, d, f in (o for o in wanted if len(o) == 3) if d == dimension]
            for fact in facts:
                total, count, unit = MEANS[fact]
                sums = [self._sum(dimension, column) for column in (total, count)]
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

    def state(self, keys: pl.DataFrame, place: Ints, as_of: Ints, names: Iterable[str]) -> pl.DataFrame:
        """Return the columns `usual:*` and `recorded:*` of the moments."""
        wanted = [name.split(":") for name in names]
        parts = [
            pl.DataFrame(
                {f"recorded:{one[1]}": np.full(len(as_of), one[1] in self.kinds) for one in wanted if one[0] == "recorded"}
            )
        ]
        facts: dict[str, list[str]] = {}
        for one in wanted:
            if one[0] == "usual":
                facts.setdefault(one[1], []).append(one[2])
        for dimension, some in facts.items():
            parts.append(self._of(dimension, keys[dimension].gather(place), some))
        return pl.concat([part for part in parts if part.width], how="horizontal")

    def _of(self, dimension: str, keys: pl.Series, facts: list[str]) -> pl.DataFrame:
        if dimension == ALL:
            return pl.DataFrame({f"usual:{ALL}:{fact}": [self.company[fact]] * len(keys) for fact in facts})
        table = pl.DataFrame(
            self.tables[dimension],
            schema={"key": pl.String, **dict.fromkeys(list(self.tables[dimension])[1:], pl.Float64)},
        )
        found = keys.rename("key").to_frame().join(table, on="key", how="left", maintain_order="left")
        return found.select(
            pl.when(pl.col("key").is_not_null())
            .then(pl.col(fact).fill_null(pl.lit(self.company[fact], dtype=pl.Float64)))
            .alias(f"usual:{dimension}:{fact}")
            for fact in facts
        )
