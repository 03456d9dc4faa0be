"""Whether features take facts from after their moment, and which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TIME
from forestall.data.times import parse_moments
from forestall.moment_features.operations import Kind
from forestall.own_features.fault import Fault
from forestall.own_features.sample import Sample, differing

RULE = "blind to the future"
_N_TIMES, _N_OPEN = 5, 200


class Later(NamedTuple):
    """A column of the interactions that is known only from a time on.

    Attributes
    ----------
    column
        Its name.
    why
        From when on, in words.
    known
        (n_interactions) the time from which on it is known; null: never.
    """

    column: str
    why: str
    known: pl.Series


def faults_of_columns(sample: Sample) -> Iterator[Fault]:
    """Yield the features that read a column of the interaction before it is known."""
    for later in later_columns(sample):
        readers = [
            name
            for name in sample.features
            if later.column in {one.column for one in sample.own_columns(name)}
        ]
        for moments in sample.rounds if readers else ():
            when = moments["as_of"]
            hidden = later.known.is_null() | (later.known > when)
            column = pl.when(~hidden).then(later.column).alias(later.column)
            known = sample.tables.replace(interactions=sample.tables.interactions.with_columns(column))
            full, then = (sample.compute(tables, moments, sample.frozen) for tables in (sample.tables, known))
            for name, row in differing(full, then, readers).items():
                readers.remove(name)
                yield _fault(sample, name, later, row, when)


def _fault(sample: Sample, name: str, later: Later, row: int, when: pl.Series) -> Fault:
    time, kind = later.known[row], sample.tables.about.get("known_at", {}).get(later.column)
    came = "which never comes" if time is None else f"which comes at {time:%Y-%m-%d %H:%M:%S}"
    holds = next(one.holds for one in sample.own_columns(name) if one.column == later.column)
    read = f"{'text' if holds is Kind.TEXT else 'number'}('{later.column}')"
    do = f"read it once it is known: only_if(has_happened('{kind}'), {read})"
    if kind is None:
        do = "name the event that makes it known under known_at in the mapping file, and read it from then on"
    return Fault(
        name,
        RULE,
        f"takes the column '{later.column}' from after the moment: it is known only from {later.why} on, {came}, "
        f"and the moment is {when[row]:%Y-%m-%d %H:%M:%S}; {do}",
    )


def later_columns(sample: Sample) -> Iterator[Later]:
    """Yield the columns that features read and that are known only from some time on.

    These are the columns of `known_at` in about.json, and texts that are times themselves.
    """
    tables = sample.tables
    events, order = tables.events, tables.interactions.select("interaction_id")
    kinds: Mapping[str, str] = tables.about.get("known_at", {})

    def first(of: pl.Expr) -> pl.Series:
        found = events.filter(of).group_by("interaction_id").agg(pl.col("at").min())
        return order.join(found, on="interaction_id", how="left", maintain_order="left")["at"]

    read = {one.column: one.holds for name in sample.features for one in sample.own_columns(name)}
    for column, holds in read.items():
        if column in kinds:
            yield Later(column, f"the first event '{kinds[column]}'", first(pl.col("kind") == kinds[column]))
        elif holds is Kind.TEXT:
            values = tables.interactions[column]
            times = parse_moments(values.drop_nulls()) if values.null_count() < len(values) else None
            if times is not None:
                known = pl.Series(values=[None], dtype=TIME).new_from_index(0, len(values))
                yield Later(
                    column, "the time that it holds", known.scatter(values.is_not_null().arg_true(), times)
                )


def faults_of_events(sample: Sample) -> Iterator[Fault]:
    """Yield the features that change when what comes after the moment is left out: events, ratings, interactions."""
    tables, own = sample.tables, [name for name in sample.features if not sample.of_others(name)]
    for moments in sample.rounds if own else ():
        events = tables.events.join(moments, on="interaction_id", how="left", maintain_order="left")
        early = tables.events.filter(events["at"] <= events["as_of"])
        full, then = (
            sample.compute(one, moments, sample.frozen) for one in (tables, tables.replace(events=early))
        )
        for name, row in differing(full, then, own).items():
            own.remove(name)
            yield _event_fault(sample, name, moments[row])
    yield from _faults_of_all(
        sample, [name for name in sample.features if sample.of_others(name) or name in own]
    )


def _faults_of_all(sample: Sample, names: list[str]) -> Iterator[Fault]:
    """Yield the features that change when all that any interaction recorded after some times is left out."""
    starts = sample.tables.interactions.select("interaction_id", "started_at")
    times = sample.all_moments["as_of"].sort()
    for k in range(1, _N_TIMES + 1):
        time = times[k * len(times) // (_N_TIMES + 1)]
        moments = starts.filter(pl.col("started_at") <= time).top_k(_N_OPEN, by="started_at")
        moments = moments.select("interaction_id", as_of=pl.lit(time, TIME))
        full, then = (
            sample.compute(one, moments, None) for one in (sample.tables, known_by(sample.tables, time))
        )
        for name, row in differing(full, then, names).items():
            names.remove(name)
            yield _event_fault(sample, name, moments[row])


def known_by(tables: Tables, time: datetime) -> Tables:
    """Return what a company had recorded at a time; columns of interactions are left as they are."""
    return tables.replace(
        interactions=tables.interactions.filter(pl.col("started_at") <= time),
        events=tables.events.filter(pl.col("at") <= time),
        feedback=tables.feedback.filter(pl.col("rated_at") <= time),
    )


def _event_fault(sample: Sample, name: str, moment: pl.DataFrame) -> Fault:
    """Return the fault of a feature that changes with what comes after a moment, with the fact that it took."""
    tables, as_of = sample.tables, moment["as_of"][0]
    full = sample.compute(tables, moment, None)
    later = tables.events.filter(pl.col("at") > as_of).sort("at")
    for kind in later["kind"].unique(maintain_order=True):
        rest = tables.events.filter((pl.col("at") <= as_of) | (pl.col("kind") != kind))
        if differing(full, sample.compute(tables.replace(events=rest), moment, None), [name]):
            at = later.filter(pl.col("kind") == kind)["at"][0]
            return _later_fault(name, f"the event '{kind}' of {at:%Y-%m-%d %H:%M:%S}", as_of)
    early = tables.feedback.filter(pl.col("rated_at") <= as_of)
    if differing(full, sample.compute(tables.replace(feedback=early), moment, None), [name]):
        return _later_fault(name, f"a rating of {_first_after(tables.feedback, 'rated_at', as_of)}", as_of)
    start = _first_after(tables.interactions, "started_at", as_of)
    return _later_fault(name, f"another interaction, such as that of {start},", as_of)


def _first_after(frame: pl.DataFrame, column: str, time: datetime) -> str:
    """Return the first time of a column after another time."""
    first = frame[column].filter(frame[column] > time).min()
    return f"{first:%Y-%m-%d %H:%M:%S}" if isinstance(first, datetime) else "some time"


def _later_fault(name: str, what: str, as_of: datetime) -> Fault:
    return Fault(
        name,
        RULE,
        f"takes {what} from after the moment, which is {as_of:%Y-%m-%d %H:%M:%S}; use only what is known by the moment",
    )
