"""Segments of interactions: channel, venue, locale, product category and the customer's tenure."""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.data.common_names import without_rare_names
from forestall.model import RiskModel
from forestall.moments.labels import has_no_clock

SEGMENTS = ("channel", "venue", "locale", "product_category", "tenure")
_TENURES = ((0, "first contact"), (3, "1 to 3 earlier"), (9, "4 to 9 earlier"))


def segments_of(tables: Tables, least_customers: int = 1) -> pl.DataFrame:
    """Return `interaction_id` and the segment of each interaction by each of `SEGMENTS`; null if unknown.

    A name that fewer than `least_customers` customers have counts as unknown.
    The tenure is the number of earlier interactions of the customer in the tables. Without a clock it is unknown.
    """
    rows = tables.interactions.select("interaction_id", "customer_id", "started_at", *SEGMENTS[:-1])
    rows = without_rare_names(rows, SEGMENTS[:-1], least_customers)
    earlier = pl.col("started_at").rank("min").over("customer_id") - 1
    tenure = pl.lit("10 or more earlier")
    for most, name in reversed(_TENURES):
        tenure = pl.when(earlier <= most).then(pl.lit(name)).otherwise(tenure)
    is_known = pl.col("customer_id").is_not_null() & pl.lit(not has_no_clock(tables))
    known = pl.when(is_known).then(tenure)
    return rows.with_columns(tenure=known).select("interaction_id", *SEGMENTS)


def groups_learnt(model: RiskModel) -> dict[str, list[str]]:
    """Return by column of `SEGMENTS` the segments that a model was trained on."""
    return {name: list(table["key"]) for name, table in model.facts.tables.items() if name in SEGMENTS}
