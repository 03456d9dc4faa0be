"""Labels of moments: what the customer said, or what happened, after the moment and within the horizon."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables
from forestall.moments.label_definition import Label

_US = pl.Datetime("us", "UTC")


def label_moments(tables: Tables, moments: pl.DataFrame, label: Label) -> pl.DataFrame:
    """Return the moments with their labels.

    A rating counts as soon as it has come, if it came after the moment and within the horizon. A moment without one
    is undecided until the horizon is over, and censored from then on: it is never a 0. With an event label, a
    moment is undecided until the horizon is over, and from then on a 1 or, without the event, a 0. Were the 1s
    counted as soon as they came, the last days would hold nothing else.

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
        The moments with `label` (1 dissatisfied, 0 not, null unknown), `decided_at` (when that was known; at the
        latest, where a rating has no time; with an event label the end of the horizon, for both kinds) and `outcome`
        (`decided`, `undecided`, `censored`; `past` where it had come by the moment).
    """
    horizon = timedelta(days=label.horizon_days)
    end = pl.lit(end_of_records(tables), dtype=_US)
    is_over = (pl.col("as_of") + horizon <= end).fill_null(False)
    if label.event is None:
        found = _ratings(tables, label)
    else:
        found = label_events(tables, label).with_columns(answer=pl.lit(1, dtype=pl.Int8))
    joined = moments.join(found, on="interaction_id", how="left", maintain_order="left")
    has_come = pl.col("decided_at") <= pl.col("as_of")
    in_time = pl.col("answer").is_not_null() & (
        (~has_come & (pl.col("decided_at") <= pl.col("as_of") + horizon)).fill_null(True)
    )
    if label.event is not None:
        in_time &= is_over
    silent_zero = pl.when(is_over & ~has_come.fill_null(False)).then(pl.lit(0, dtype=pl.Int8))
    value = pl.when(in_time).then("answer").otherwise(silent_zero if label.event else None)
    # a rating without a time was known when its horizon was over, at the latest
    latest = pl.col("as_of") + horizon
    known_at = latest if label.event is not None else pl.coalesce("decided_at", latest)
    decided = pl.when(in_time).then(known_at).when(value.is_not_null()).then(latest)
    outcome = (
        pl.when(value.is_not_null()).then(pl.lit("decided"))
        .when(has_come).then(pl.lit("past"))
        .when(is_over | (pl.col("answer").is_not_null() & pl.lit(label.event is None))).then(pl.lit("censored"))
        .otherwise(pl.lit("undecided"))
    )  # fmt: skip
    return joined.with_columns(label=value, decided_at=decided, outcome=outcome).drop("answer")


def label_events(tables: Tables, label: Label) -> pl.DataFrame:
    """Return when the label's event first came: `interaction_id` and `decided_at`; no row without it."""
    happened = tables.events.filter(pl.col("kind") == label.event)
    return happened.group_by("interaction_id").agg(decided_at=pl.col("at").min())


def until_label(tables: Tables, label: Label) -> Tables:
    """Return the tables with the events of each interaction strictly before its label came: its rating, or the event.

    Moments to learn from and to judge by are drawn from these: the label, and what comes after it, is none of their
    facts. A help desk that closes a ticket days after the survey is so judged by what it had done until the survey. A
    rating without a time is taken to come last.
    """
    if label.event is not None:
        came = label_events(tables, label)
    else:
        came = tables.feedback.select("interaction_id", decided_at="rated_at").drop_nulls()
    both = tables.events.join(came, on="interaction_id", how="left", maintain_order="left")
    is_before = pl.col("decided_at").is_null() | (pl.col("at") < pl.col("decided_at"))
    return tables.replace(events=both.filter(is_before).drop("decided_at"))


def _ratings(tables: Tables, label: Label) -> pl.DataFrame:
    is_bad = pl.col("rating") <= label.dissatisfied_at_or_below
    return tables.feedback.select("interaction_id", decided_at="rated_at", answer=is_bad.cast(pl.Int8))


def end_of_records(tables: Tables) -> datetime | None:
    """Return the last time at which anything was recorded: until then the silence of others is known."""
    times = (
        tables.interactions["started_at"].max(),
        tables.events["at"].max(),
        tables.feedback["rated_at"].max(),
    )
    return max((time for time in times if isinstance(time, datetime)), default=None)
