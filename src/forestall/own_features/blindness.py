"""Whether features change with what must not matter: the order of rows, keys, other interactions, the date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TABLES
from forestall.own_features.fault import Fault
from forestall.own_features.sample import Sample, differing, part_of

ORDER, KEYS, OTHERS, DATE, ALONE, RATING = (
    "blind to the order of rows",
    "stable under renamed keys",
    "blind to other interactions",
    "blind to the date",
    "blind to other moments",
    "blind to its own rating",
)
_SHIFT = timedelta(days=28)
_KEYS = ("interaction_id", "customer_id")
_N_RATED, _N_ALONE = 4, 4
Change = Callable[[pl.DataFrame], pl.DataFrame]


def faults_of_order(sample: Sample) -> Iterator[Fault]:
    """Yield the features that change when the rows of the tables are shuffled."""
    shuffled = {
        name: getattr(sample.tables, name).sample(fraction=1, shuffle=True, seed=3) for name in TABLES
    }
    say = "depends on the order of rows, which means nothing; use times"
    yield from _changed(sample, ORDER, say, sample.tables.replace(**shuffled))


def faults_of_keys(sample: Sample) -> Iterator[Fault]:
    """Yield the features that change when interactions and customers get other keys."""

    def renamed(frame: pl.DataFrame) -> pl.DataFrame:
        keys = [name for name in _KEYS if name in frame.columns]
        return frame.with_columns(pl.col(keys).str.reverse() + "·" + pl.col(keys).hash(11).cast(pl.String))

    say = "depends on the keys of interactions or customers, which are names and say nothing; leave them out"
    yield from _changed(sample, KEYS, say, _each(sample.tables, renamed), renamed)


def faults_of_date(sample: Sample) -> Iterator[Fault]:
    """Yield the features that change when all happens four weeks later."""

    def later(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.selectors.datetime() + _SHIFT)

    say = (
        "depends on the date: four weeks later the same has another value, so a model would learn when it was trained, "
        "not what happens; use the time between two facts, such as AS_OF - START"
    )
    yield from _changed(sample, DATE, say, _each(sample.tables, later), later)


def faults_of_others(sample: Sample) -> Iterator[Fault]:
    """Yield the features that change when other interactions are left out, though they read none of them.

    A feature may read the queue, the customer's earlier interactions and what is usual. It then changes with the
    interactions of the same queue and customer; what is usual is held still here.
    """
    say = "changes with other interactions; only Queue, the Earlier… terms, Usual and Recorded may read them"
    for reads, kept in (
        (set(), ["interaction_id"]),
        ({"history"}, ["customer_id"]),
        ({"queue"}, ["venue", "channel"]),
    ):
        names = [name for name in sample.features if sample.of_others(name) == reads]
        interactions = sample.tables.interactions
        keys = interactions.select(kept).unique(maintain_order=True).sample(fraction=0.5, seed=2)
        some = interactions.join(keys, on=kept, how="semi", nulls_equal=True, maintain_order="left")
        moments = sample.all_moments.join(some, on="interaction_id", how="semi", maintain_order="left")
        if not names or not some.height:
            continue
        full, less = (
            sample.compute(tables, moments, sample.frozen)
            for tables in (sample.tables, part_of(sample.tables, some))
        )
        yield from (Fault(name, OTHERS, say) for name in differing(full, less, names))


def faults_of_moments(sample: Sample) -> Iterator[Fault]:
    """Yield the features that differ between a moment alone and among others, or with the order of moments."""
    names, moments = list(sample.features), sample.all_moments
    table = sample.compute(sample.tables, moments, sample.frozen)
    say = "depends on which other moments are asked for; compute it from the moment alone"
    wrong = set(
        differing(table, sample.compute(sample.tables, moments.reverse(), sample.frozen).reverse(), names)
    )
    for place in range(0, moments.height, max(1, moments.height // _N_ALONE)):
        wrong |= set(
            differing(table[place], sample.compute(sample.tables, moments[place], sample.frozen), names)
        )
    yield from (Fault(name, ALONE, say) for name in names if name in wrong)


def faults_of_rating(sample: Sample) -> Iterator[Fault]:
    """Yield the features that change with the rating of the interaction itself, even once it has come."""
    feedback, names = sample.tables.feedback, list(sample.features)
    rated = feedback.filter(pl.col("rated_at").is_not_null())
    say = "changes with the rating of the interaction itself, which is what the model predicts; leave it out"
    wrong: set[str] = set()
    for place in range(0, rated.height, max(1, rated.height // _N_RATED)):
        moment = rated[place].select("interaction_id", as_of=pl.col("rated_at") + timedelta(hours=1))
        others = feedback.filter(pl.col("interaction_id") != rated["interaction_id"][place])
        full, without = (
            sample.compute(sample.tables.replace(feedback=one), moment, None) for one in (feedback, others)
        )
        wrong |= set(differing(full, without, names))
    yield from (Fault(name, RATING, say) for name in names if name in wrong)


def _changed(
    sample: Sample, rule: str, say: str, tables: Tables, change: Change | None = None
) -> Iterable[Fault]:
    moments = sample.all_moments
    left = sample.compute(sample.tables, moments, sample.frozen)
    right = sample.compute(tables, moments if change is None else change(moments), sample.frozen)
    return [Fault(name, rule, say) for name in differing(left, right, list(sample.features))]


def _each(tables: Tables, change: Change) -> Tables:
    changed: dict[str, Any] = {name: change(getattr(tables, name)) for name in TABLES}
    return tables.replace(**changed)
