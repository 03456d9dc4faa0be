"""Moments: pairs of an interaction and a time, `interaction_id` and `as_of`."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from forestall.data import Tables
from forestall.errors import UsageError

ENDS = ("closed", "abandoned")


def default_moments(tables: Tables) -> pl.DataFrame:
    """Return the moment at which each interaction is judged when no time is given.

    It is the time of its last event up to and including its first `closed` or `abandoned`, and its start if
    it has no event.
    """
    lives = _lives(tables)
    return lives.select("interaction_id", as_of="judged_at")


def moments_at(tables: Tables, as_of: datetime | str, *, closed: bool = False) -> pl.DataFrame:
    """Return one moment at `as_of` for each interaction started and not closed by then.

    Parameters
    ----------
    tables
        The company's records.
    as_of
        The time; without a zone it is UTC.
    closed
        Whether to add those closed by then, at their closing.

    Raises
    ------
    UsageError
        `as_of` is no time.
    """
    now = pl.lit(utc(as_of)).cast(pl.Datetime("us", "UTC"))
    lives = _lives(tables).filter(pl.col("started_at") <= now)
    is_closed = (pl.col("ended_at") <= now).fill_null(False)
    moments = lives.select(
        "interaction_id", as_of=pl.when(is_closed).then("ended_at").otherwise(now), was_closed=is_closed
    )
    return (moments if closed else moments.filter(~pl.col("was_closed"))).drop("was_closed")


def utc(time: datetime | str) -> datetime:
    """Return a time in UTC; without a zone it is read as UTC.

    Raises
    ------
    UsageError
        It is no time.
    """
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            raise UsageError("as_of must be a time such as 2026-11-01T12:00:00Z; it is not") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _lives(tables: Tables) -> pl.DataFrame:
    """Return started_at, ended_at (null: open) and judged_at of each interaction, in the table's order."""
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
        .with_columns(judged_at=pl.coalesce("last_at", "started_at"))
        .collect()
    )
