"""What has happened in each interaction of a contact list up to its moment, and how far the interaction has come."""

from __future__ import annotations

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.model.spec import Spec
from forestall.moment_features.stage import STAGE
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moments import Timeline

MAX_EVENTS = 100
"""The longest time line; of a longer one the last events are shown."""

_MICROSECONDS = 1_000_000


def time_lines(moments: pl.DataFrame, tables: Tables, *, texts: bool = False) -> pl.DataFrame:
    """Return the events of each moment's interaction that are known at the moment, in their order.

    Parameters
    ----------
    moments
        One row per moment: `interaction_id` and `as_of`.
    tables
        The records.
    texts
        Whether to return what customers and staff wrote.

    Returns
    -------
    polars.DataFrame
        One row per moment, in the given order: the lists `kind`, `actor`, `text` (null without `texts`) and
        `seconds_before` the moment, and `n_earlier`, the events that are left out because there are more than
        `MAX_EVENTS`.
    """
    owners = moments.select("interaction_id").with_row_index("owner")
    events = tables.events.join(owners, on="interaction_id", maintain_order="left")
    timeline = Timeline.of(
        events["owner"].cast(pl.Int64).to_numpy(), events["at"].dt.timestamp("us").to_numpy(), moments.height
    )
    owner, as_of = np.arange(moments.height), moments["as_of"].dt.timestamp("us").to_numpy()
    begin, end = timeline.begin(owner), timeline.known(owner, as_of)
    first = np.maximum(begin, end - MAX_EVENTS)
    lengths = end - first
    shown = np.repeat(first - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    facts = events[timeline.order[shown]].select(
        "owner", "kind", "actor", text=pl.col("text") if texts else pl.lit(None, pl.String)
    )
    before = (np.repeat(as_of, lengths) - timeline.at[shown]) // _MICROSECONDS
    lists = (
        facts.with_columns(seconds_before=pl.Series(before, dtype=pl.Int64))
        .group_by("owner", maintain_order=True)
        .all()
    )
    empty = [pl.col(name).fill_null(pl.lit([], lists.schema[name])) for name in lists.columns[1:]]
    return (
        owners.select("owner")
        .join(lists, on="owner", how="left", maintain_order="left")
        .select(*empty, n_earlier=pl.Series(first - begin))
    )


def stages(moments: pl.DataFrame, tables: Tables, spec: Spec) -> pl.Series:
    """Return the stage of each moment, such as `served` or `closed`."""
    if not moments.height:
        return pl.Series("stage", [], pl.String)
    ids = moments["interaction_id"].unique().implode()
    own = tables.replace(
        **{
            name: getattr(tables, name).filter(pl.col("interaction_id").is_in(ids))
            for name in ("interactions", "events", "feedback")
        }
    )
    sources = sources_of(own, spec.standards)
    return features_at(sources, *locate(sources, moments), plan_of((), {"stage": STAGE}))["stage"]
