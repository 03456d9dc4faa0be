"""The feature table: one row a moment, one column a feature."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from forestall.data import Tables
from forestall.data.times import parse_moments
from forestall.errors import InputError
from forestall.moment_features.catalogue import FAMILIES, columns_of
from forestall.moment_features.family import Family
from forestall.moment_features.feature_plan import FEW, FeaturePlan, Lists
from forestall.moment_features.learnt_facts import Facts
from forestall.moment_features.sources import Sources
from forestall.moment_features.standards import Standards
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.terms import Term
from forestall.moments.moments import default_moments
from forestall.moments.timeline import Ints

log = logging.getLogger(__name__)

_CHUNK = 250_000  # moments made at once: a bound on memory


def feature_table(
    tables: Tables,
    moments: Any = None,
    *,
    standards: Standards | None = None,
    facts: Facts | None = None,
    families: Sequence[Family] = FAMILIES,
) -> Any:
    """Return the features of moments, from facts at or before each moment only.

    Parameters
    ----------
    tables
        The company's records.
    moments
        A pandas or Polars frame with `interaction_id` and `as_of`; by default each interaction's default moment.
    standards
        What is promised, seconds; by default 90 s for all.
    facts
        Learnt facts; by default those as of each moment.
    families
        The families wanted.

    Returns
    -------
    pandas.DataFrame or polars.DataFrame
        `interaction_id`, `as_of` and the features, one row a moment in the order given: numbers (null where
        unobserved), or strings for categories. pandas where the tables or moments came from pandas.

    Raises
    ------
    InputError
        A moment's interaction is not in the tables, or has not begun by then.
    """
    is_pandas = tables.frames == "pandas" if moments is None else not isinstance(moments, pl.DataFrame)
    chosen = default_moments(tables) if moments is None else moments_frame(moments)
    sources = sources_of(tables, standards or Standards(), facts)
    place, as_of = locate(sources, chosen)
    table = chosen.select("interaction_id", "as_of").hstack(
        features_at(sources, place, as_of, plan_of(families))
    )
    log.info("features: %d moments, %d features", table.height, table.width - 2)
    return table.to_pandas() if is_pandas else table


def moments_frame(moments: Any) -> pl.DataFrame:
    """Return moments as a Polars frame with `interaction_id` and `as_of` (UTC, microseconds).

    Raises
    ------
    InputError
        They are no frame, or a column is missing or no time.
    """
    if isinstance(moments, pl.LazyFrame):
        moments = moments.collect()
    if not isinstance(moments, pl.DataFrame | pd.DataFrame):
        raise InputError(f"moments must be a pandas or Polars frame, is {type(moments).__name__}")
    frame = moments if isinstance(moments, pl.DataFrame) else pl.from_pandas(moments)
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
    return frame.with_columns(pl.col("interaction_id").cast(pl.String), as_of.alias("as_of"))


def locate(sources: Sources, moments: pl.DataFrame) -> tuple[Ints, Ints]:
    """Return the moments' interactions, as places in the table, and their times, microseconds.

    Raises
    ------
    InputError
        An interaction is not there, or has not begun.
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
    """Return how the features of families are computed; `beside` names further terms of the same moments."""
    features = {name: feature.value for name, feature in columns_of(families).items()}
    return FeaturePlan({**features, **(beside or {})})


def values_at(sources: Sources, place: Ints, as_of: Ints, plan: FeaturePlan) -> pl.DataFrame | Lists:
    """Return what `features_at` does; of a few moments as lists by name, with None for null."""
    if 0 < len(place) <= FEW:
        return plan.lists(sources.state_in_lists(place, as_of, plan.columns))
    return features_at(sources, place, as_of, plan)


def features_at(sources: Sources, place: Ints, as_of: Ints, plan: FeaturePlan) -> pl.DataFrame:
    """Return the features of moments given as places and microseconds, in their order.

    Moments are made in chunks of neighbouring interactions, so that memory stays bounded.
    """
    order = np.argsort(place, kind="stable")
    chunks = [order[begin : begin + _CHUNK] for begin in range(0, max(len(order), 1), _CHUNK)]

    def features_of(rows: Ints) -> pl.DataFrame:
        return plan.frame(sources.state(place[rows], as_of[rows], plan.columns))

    parts = [features_of(chunk) for chunk in chunks[:1]]  # what the chunks share is made with the first
    if len(chunks) > 1:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            parts += pool.map(features_of, chunks[1:])
    table = pl.concat(parts)
    if np.all(order[:-1] <= order[1:]):
        return table
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return table[back]
