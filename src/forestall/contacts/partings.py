"""Planned partings: customers of low value whom failures have cost more than they are worth, for a person to judge."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from forestall.contacts.contact_list import ROW_COLUMNS
from forestall.data import Tables
from forestall.moment_features.fact_changes import FAILURES
from forestall.moments import Timeline
from forestall.moments.timeline import whole

PARTINGS = "partings.parquet"
FOR_A_PERSON = (
    "For a person to think about, never to act on by itself: Forestall parts with nobody. High risk and cost may be "
    "the company's own fault."
)
COST_DAYS = 365
_BAND = "critical"
_CENTS = 100


def typical_value(tables: Tables) -> float | None:
    """Return the median of the customers' known values, one of each interaction; None if none is known."""
    median = tables.interactions["customer_value"].median()
    return median if isinstance(median, float) else None


def partings(rows: pl.DataFrame, tables: Tables, low: float | None) -> pl.DataFrame:
    """Return customers of critical risk and low value who have cost more by failures than they are worth.

    Customers of unknown value are never listed. The cost is that of the customer's defects, returns and refunds in the
    year before the moment.

    Parameters
    ----------
    rows
        Score rows.
    tables
        The records of these customers.
    low
        A value at or below it is low: the `typical_value` of all records.

    Returns
    -------
    polars.DataFrame
        One row per customer, the highest cost first: columns of the score rows, `customer_value`, `failure_cost` and
        `note`, which says that the list is for a person.
    """
    values = tables.interactions.select("interaction_id", "customer_value")
    candidates = rows.filter(pl.col("risk_band") == _BAND, pl.col("customer_id").is_not_null()).join(
        values.drop_nulls(), on="interaction_id", maintain_order="left"
    )
    is_low = pl.col("customer_value") <= pl.lit(low, pl.Float64)  # without any known value none is low
    costly = in_order(
        candidates.with_columns(failure_cost=_failure_cost(candidates, tables)).filter(
            is_low, pl.col("failure_cost") > pl.col("customer_value")
        )
    ).unique("customer_id", keep="first", maintain_order=True)
    return costly.select(*ROW_COLUMNS, "failure_cost", note=pl.lit(FOR_A_PERSON))


def in_order(partings: pl.DataFrame) -> pl.DataFrame:
    """Return partings with the highest cost first."""
    return partings.sort("failure_cost", "interaction_id", descending=[True, False])


def _failure_cost(rows: pl.DataFrame, tables: Tables) -> pl.Series:
    """Return the cost of each row's customer's failures in the year before its moment."""
    customers = tables.interactions["customer_id"].drop_nulls().unique().sort()
    owners = pl.DataFrame({"customer_id": customers}).with_row_index("owner")
    costs = (
        tables.events.filter(pl.col("kind").is_in(FAILURES), pl.col("value").is_not_null())
        .join(tables.interactions.select("interaction_id", "customer_id"), on="interaction_id")
        .join(owners, on="customer_id")
    )
    owner = costs["owner"].cast(pl.Int64).to_numpy()
    timeline = Timeline.of(owner, costs["at"].dt.timestamp("us").to_numpy(), len(customers))
    cents = whole(costs["value"].to_numpy() * _CENTS)[timeline.order]
    row_owner = rows.join(owners, on="customer_id", how="left", maintain_order="left")["owner"]
    until, since = (
        timeline.known(
            row_owner.cast(pl.Int64).to_numpy(), (rows["as_of"] - before).dt.timestamp("us").to_numpy()
        )
        for before in (timedelta(0), timedelta(days=COST_DAYS))
    )
    return pl.Series(np.asarray(timeline.sums(cents, since, until)) / _CENTS)
