"""Moments: pairs of an interaction and a time (`interaction_id`, `as_of`)."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from forestall.data import Tables
from forestall.errors import UsageError

ENDS = ("closed", "abandoned")
"""The kinds of event that end an interaction."""


def default_moments(tables: Tables) -> pl.DataFrame:
    """Return the moment of each interaction when no time is given.

    It is the time of the last event up to and including the first `closed` or `abandoned`, or the start of an
    interaction without an event.
    """
    return _spans(tables).select("interaction_id", as_of="last_at")


def moments_at(tables: Tables, as_of: datetime | str, *, closed: bool = False) -> pl.DataFrame:
    """Return one moment at `as_of` for each interaction that has started and not ended by then.

    Parameters
    ----------
    tables
        The company's records.
    as_of
        The time; UTC without a zone.
    closed
        Whether to add a moment at the end of each interaction that has ended by then.

    Raises
    ------
    UsageError
        `as_of` is not a time.
    """
    now = pl.lit(utc(as_of)).cast(pl.Datetime("us", "UTC"))
    spans = _spans(tables).filter(pl.col("started_at") <= now)
    is_closed = (pl.col("ended_at") <= now).fill_null(False)
    moments = spans.select(
        "interaction_id", as_of=pl.when(is_closed).then("ended_at").otherwise(now), was_closed=is_closed
    )
    return (moments if closed else moments.filter(~pl.col("was_closed"))).drop("was_closed")


def utc(time: datetime | str) -> datetime:
    """Return a time in UTC; a time without a zone is read as UTC.

    Raises
    ------
    UsageError
        A text is not a time in ISO 8601.
    """
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            raise UsageError("as_of must be a time such as 2026-11-01T12:00:00Z, is another text") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _spans(tables: Tables) -> pl.DataFrame:
    """Return `started_at`, `ended_at` (null if open) and `last_at` of each interaction, in the table's order."""
    ends = (
        tables.events.lazy()
        .filter(pl.col("kind").is_in(ENDS))
        .group_by("interaction_id")
        .agg(ended_at=pl.col("at").min())
    )
    last = (
        tables.events.lazy()
        .join(ends, on="interaction_id", how="left")
        .filter(pl.col("ended_at").is_null() | (pl.col("at") <= pl.col("ended_at")))
        .group_by("interaction_id")
        .agg(last_at=pl.col("at").max(), ended_at=pl.col("ended_at").first())
    )
    return (
        tables.interactions.lazy()
        .select("interaction_id", "started_at")
        .join(last, on="interaction_id", how="left", maintain_order="left")
        .with_columns(last_at=pl.coalesce("last_at", "started_at"))
        .collect()
    )
