"""A source with one row an event: its activities become events, its cases interactions."""

from __future__ import annotations

import polars as pl

from forestall.data.schemas import RULE
from forestall.importing.cells import Cells
from forestall.importing.file_readers import SOURCE_ROW
from forestall.importing.mapping import EventLog, FeedbackColumns

STARTED_AT = "__started_at__"
"""The first time of a case."""
STAFF = "__staff__"
"""The first resource of a case."""


def log_events(plan: EventLog, cells: Cells) -> pl.DataFrame:
    """Return an event for each row with a time, but for the activities that are left out."""
    read = cells.time(plan.timestamp, "event_log.timestamp", {})
    activity = cells.text(plan.activity, "event_log.activity")
    kind = kind_of(activity, plan.kinds)
    columns = {"interaction_id": cells.frame[plan.case], "at": read.values, "kind": kind}
    for name in ("actor", "text", "value"):
        if (source := getattr(plan, name)) is not None:
            columns[name] = cells.column(source, f"event_log.{name}")
    if plan.actor is None and plan.resource is not None:
        columns["actor"] = pl.select(
            pl.when(cells.frame[plan.resource].is_not_null()).then(pl.lit("staff"))
        ).to_series()
    rule = pl.select(pl.when(pl.lit(read.lost)).then(pl.lit(read.rule))).to_series()
    left_out = [name for name, kind in plan.kinds.items() if kind is None]
    frame = pl.DataFrame([*(column.alias(name) for name, column in columns.items()), cells.frame[SOURCE_ROW]])
    return frame.with_columns(rule.alias(RULE)).filter(
        read.filled & ~activity.is_in(left_out).fill_null(False)
    )


def kind_of(activity: pl.Series, kinds: dict[str, str | None]) -> pl.Series:
    """Return the kind of each activity: as named, else its own name as a word (`Take over`: take_over)."""
    word = activity.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "_").str.strip_chars("_")
    named = activity.replace_strict(kinds, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(named, word)).to_series()


def cases_of(plan: EventLog, feedback: FeedbackColumns | None, cells: Cells) -> tuple[Cells, Cells]:
    """Return one row a case: its first in time (what was known at its start), and its last with a rating.

    Both have `STARTED_AT` and, where resources are mapped, `STAFF`. Where no row of a case has a rating, its
    last row stands.
    """
    times = cells.time(plan.timestamp, "event_log.timestamp", {}).values
    rows = cells.frame.with_columns(times.alias("__at__")).filter(pl.col(plan.case).is_not_null())
    rows = rows.sort("__at__", SOURCE_ROW, nulls_last=True)
    rows = rows.with_columns(pl.col("__at__").min().over(plan.case).alias(STARTED_AT))
    if plan.resource is not None:
        rows = rows.with_columns(pl.col(plan.resource).drop_nulls().first().over(plan.case).alias(STAFF))
    first = rows.unique(plan.case, keep="first", maintain_order=True)
    rating = feedback.rating.column if feedback else None
    ordered = rows.sort(pl.col(rating).is_not_null(), maintain_order=True) if rating else rows
    last = ordered.unique(plan.case, keep="last", maintain_order=True)
    return cells.at_rows(first), cells.at_rows(last)
