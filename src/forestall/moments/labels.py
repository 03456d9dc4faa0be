"""Labels of moments: what the customer said, or what happened, after the moment and within the horizon."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from forestall.data import Tables
from forestall.moments.label import Label

_US = pl.Datetime("us", "UTC")


def label_moments(tables: Tables, moments: pl.DataFrame, label: Label) -> pl.DataFrame:
    """Return the moments with their labels.

    A rating counts as soon as it has come, if it came after the moment and within the horizon. A moment without one
    is undecided until the horizon is over, and censored from then on: it is never a 0. With an event label, a
    moment without the event is a 0 once the horizon is over.

    Parameters
    ----------
    tables
        The company's records; ratings off the label's scale must have been rejected.
    moments
        Polars frame with `interaction_id` and `as_of`.
    label
        What is learnt.

    Returns
    -------
    pl.DataFrame
        The moments with `label` (1 dissatisfied, 0 not, null unknown), `decided_at` (when that was known; at
        the latest, where a rating has no time) and `outcome` (`decided`, `undecided`, `censored`; `past` where it
        had come by the moment).
    """
    horizon = timedelta(days=label.horizon_days)
    end = _end_of_records(tables)
    is_over = (pl.col("as_of") + horizon <= end).fill_null(False)
    if label.event is None:
        found = _ratings(tables, label)
    else:
        found = (
            tables.events.filter(pl.col("kind") == label.event)
            .group_by("interaction_id")
            .agg(decided_at=pl.col("at").min(), answer=pl.lit(1, dtype=pl.Int8))
        )
    joined = moments.join(found, on="interaction_id", how="left", maintain_order="left")
    has_come = pl.col("decided_at") <= pl.col("as_of")
    in_time = pl.col("answer").is_not_null() & (
        (~has_come & (pl.col("decided_at") <= pl.col("as_of") + horizon)).fill_null(True)
    )
    silent_zero = pl.when(is_over & ~has_come.fill_null(False)).then(pl.lit(0, dtype=pl.Int8))
    value = pl.when(in_time).then("answer").otherwise(silent_zero if label.event else None)
    # a rating without a time was known when its horizon was over, at the latest
    latest = pl.col("as_of") + horizon
    decided = pl.when(in_time).then(pl.coalesce("decided_at", latest)).when(value.is_not_null()).then(latest)
    outcome = (
        pl.when(value.is_not_null()).then(pl.lit("decided"))
        .when(has_come).then(pl.lit("past"))
        .when(is_over | pl.col("answer").is_not_null()).then(pl.lit("censored"))
        .otherwise(pl.lit("undecided"))
    )  # fmt: skip
    return joined.with_columns(label=value, decided_at=decided, outcome=outcome).drop("answer")


def _ratings(tables: Tables, label: Label) -> pl.DataFrame:
    is_bad = pl.col("rating") <= label.dissatisfied_at_or_below
    return tables.feedback.select("interaction_id", decided_at="rated_at", answer=is_bad.cast(pl.Int8))


def _end_of_records(tables: Tables) -> pl.Expr:
    """Return the last time at which anything was recorded: until then the silence of others is known."""
    times = [
        tables.interactions["started_at"].max(),
        tables.events["at"].max(),
        tables.feedback["rated_at"].max(),
    ]
    known = [time for time in times if time is not None]
    return pl.lit(max(known) if known else None, dtype=_US)
