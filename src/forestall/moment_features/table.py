"""The feature table: a row for each moment, a column for each feature."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.casting import to_text
from forestall.data.frames import in_library, library_of, to_polars
from forestall.data.times import parse_moments
from forestall.errors import InputError
from forestall.moment_features.business_time import with_business_time
from forestall.moment_features.calendars import read_calendars
from forestall.moment_features.catalogue import FAMILIES, columns_of, without_clock
from forestall.moment_features.family import Family
from forestall.moment_features.feature_plan import FEW, SOME, VERY_FEW, FeaturePlan
from forestall.moment_features.learnt_facts import Facts
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.sources import Sources
from forestall.moment_features.standards import Standards
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.terms import Term
from forestall.moments.moments import default_moments
from forestall.moments.timeline import Ints

log = logging.getLogger(__name__)

_CHUNK = 100_000  # moments computed at once, which limits memory; fewer at once take longer


def feature_table(
    tables: Tables,
    moments: Any = None,
    *,
    standards: Standards | None = None,
    facts: Facts | None = None,
    families: Sequence[Family] = FAMILIES,
    calendars: Mapping[str, Any] | None = None,
) -> Any:
    """Return the features of moments, computed only from facts at or before each moment.

    Parameters
    ----------
    tables
        The company's records.
    moments
        A pandas or Polars frame with `interaction_id` and `as_of`; by default each interaction's default moment.
    standards
        The standards, seconds; by default 90 s everywhere.
    facts
        Learnt facts; by default those as of each moment.
    families
        The families wanted. Without a clock, the features that need one are left out.
    calendars
        When the company is open, as `calendars` in model.yaml: adds the features in business time.

    Returns
    -------
    pandas.DataFrame or polars.DataFrame
        `interaction_id`, `as_of` and the features, a row for each moment in the order given: numbers (null where
        unobserved), or strings for categories. pandas where the tables or moments came from pandas.

    Raises
    ------
    InputError
        The interaction of a moment is not in the tables, or starts after the moment.
    UsageError
        A calendar is not valid.
    """
    if calendars:
        families = with_business_time(families, OpenCalendars.of(read_calendars(calendars)))
    if tables.about["clock"] == "none":
        families = without_clock(families)
    library = tables.frames if moments is None else library_of(moments)
    chosen = default_moments(tables) if moments is None else moments_frame(moments)
    sources = sources_of(tables, standards or Standards(), facts)
    place, as_of = locate(sources, chosen)
    table = chosen.select("interaction_id", "as_of").hstack(
        features_at(sources, place, as_of, plan_of(families))
    )
    log.info("features: %d moments, %d features", table.height, table.width - 2)
    return in_library(table, library)


def moments_frame(moments: Any) -> pl.DataFrame:
    """Return moments as a Polars frame with `interaction_id` and `as_of` (UTC, microseconds).

    Raises
    ------
    InputError
        They are not a frame, or a column is missing or does not hold times.
    """
    frame = to_polars(moments, "moments", ("interaction_id", "as_of"))
    missing = [name for name in ("interaction_id", "as_of") if name not in frame.columns]
    if missing:
        raise InputError(
            f"moments must have the columns interaction_id and as_of; missing: {', '.join(missing)}"
        )
    as_of = parse_moments(frame["as_of"])
    if as_of is None:
        raise InputError(
            "moments: the column as_of must hold times, such as 2026-11-01T12:00:00Z; some are not"
        )
    return frame.with_columns(
        to_text(frame["interaction_id"], "moments.interaction_id"), as_of.alias("as_of")
    )


def locate(sources: Sources, moments: pl.DataFrame) -> tuple[Ints, Ints]:
    """Return the places of the moments' interactions in the table, and the moments in microseconds.

    Raises
    ------
    InputError
        An interaction is not in the table, or starts after its moment.
    """
    known = sources.frame.select("interaction_id", "started_at").with_row_index("place")
    found = moments.select("interaction_id", at=pl.col("as_of").dt.timestamp("us")).join(
        known, on="interaction_id", how="left", maintain_order="left"
    )
    n_lost = found["place"].null_count()
    if n_lost:
        raise InputError(f"moments: each interaction_id must be in interactions; {n_lost} are not")
    n_early = int((found["at"] < found["started_at"]).sum())
    if n_early:
        raise InputError(f"moments: as_of must not be before the interaction's started_at; {n_early} are")
    return found["place"].cast(pl.Int64).to_numpy(), found["at"].to_numpy()


def plan_of(families: Iterable[Family], beside: Mapping[str, Term] | None = None) -> FeaturePlan:
    """Return the plan that computes the features of families; `beside` are further terms, by name."""
    features = {name: feature.value for name, feature in columns_of(families).items()}
    return FeaturePlan({**features, **(beside or {})})


def values_at(
    sources: Sources, place: Ints, as_of: Ints, plan: FeaturePlan, *, are_told: bool
) -> pl.DataFrame | Mapping[str, Any]:
    """Return what `features_at` does, but of a few moments as lists by name, with None for null.

    Parameters
    ----------
    sources, place, as_of, plan
        See `features_at`.
    are_told
        Whether the values are told in reasons. If not, those of some moments are arrays, with NaN for null.
    """
    if 0 < len(place) <= (FEW if are_told else VERY_FEW):
        return plan.lists(sources.state_in_lists(place, as_of, plan.columns))
    if 0 < len(place) <= SOME and not are_told:
        return plan.arrays(sources.state_of_some(place, as_of, plan.columns))
    return features_at(sources, place, as_of, plan)


def table_at(sources: Sources, place: Ints, as_of: Ints, plan: FeaturePlan) -> pl.DataFrame:
    """Return `interaction_id`, `as_of` and what `features_at` returns."""
    ids = sources.frame.select("interaction_id")[place]
    when = pl.Series("as_of", as_of).cast(pl.Datetime("us", "UTC"))
    return ids.hstack([when]).hstack(features_at(sources, place, as_of, plan))


def features_at(sources: Sources, place: Ints, as_of: Ints, plan: FeaturePlan) -> pl.DataFrame:
    """Return the features of moments, given as places and microseconds, in their order.

    Moments are computed in chunks of neighbouring interactions, which limits memory.
    """
    order = np.argsort(place, kind="stable")
    chunks = [order[begin : begin + _CHUNK] for begin in range(0, max(len(order), 1), _CHUNK)]

    def features_of(rows: Ints) -> pl.DataFrame:
        return plan.frame(sources.state(place[rows], as_of[rows], plan.columns))

    parts = [features_of(chunk) for chunk in chunks[:1]]  # the first chunk prepares what all of them share
    if len(chunks) > 1:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            parts += pool.map(features_of, chunks[1:])
    table = pl.concat(parts)
    if np.all(order[:-1] <= order[1:]):
        return table
    del parts
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    columns, indices = table.get_columns(), pl.Series(back)
    del table
    for number in range(len(columns)):  # one by one, so that no two tables are held
        columns[number] = columns[number].gather(indices)
    return pl.DataFrame(columns)
