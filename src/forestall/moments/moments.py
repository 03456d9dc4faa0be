"""Moments: pairs of an interaction and a time (`interaction_id`, `as_of`)."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from forestall.data import Tables
from forestall.data.frames import to_series
from forestall.data.times import parse_moments
from forestall.errors import UsageError
from forestall.moments.timeline import is_known

log = logging.getLogger(__name__)

ENDS = ("closed", "abandoned")
"""The kinds of event that end an interaction."""
OPEN_DAYS = 30.0
"""Days of silence after which an interaction without `closed` is over, by default."""
_US = pl.Datetime("us", "UTC")
_LONGEST_US = 2**62
_OLD = timedelta(days=2)  # a weekend without a record is usual


def default_moments(tables: Tables, label_event: str | None = None) -> pl.DataFrame:
    """Return the moment of each interaction when no time is given: its end.

    An interaction ends at its first `closed` or `abandoned`. Without one, it ends at its last event; without any event,
    at its start.

    Parameters
    ----------
    tables
        The company's records.
    label_event
        The kind of event that a model predicts. What comes after an interaction does not end it, so this event is
        not a last event.
    """
    return _ends(tables, label_event).select("interaction_id", as_of="last_at")


def moments_at(
    tables: Tables,
    as_of: datetime | str,
    *,
    closed: bool = False,
    open_days: float = OPEN_DAYS,
    label_event: str | None = None,
) -> pl.DataFrame:
    """Return one moment at `as_of` for each interaction that has started and is not over by then.

    An interaction is over at its first `closed` or `abandoned`, and after `open_days` without an event. Only events at
    or before `as_of` count.

    Parameters
    ----------
    tables
        The company's records.
    as_of
        The time; UTC without a zone.
    closed
        Whether to add a moment at the end of each interaction that is over by then.
    open_days
        Days of silence after which an interaction without `closed` is over; see `moments.open_days` in `model.yaml`.
    label_event
        The kind of event that a model predicts; see `default_moments`.

    Raises
    ------
    UsageError
        `as_of` is not a time.
    """
    now = pl.lit(utc(as_of)).cast(_US)
    ends = _ends(tables.replace(events=_known_events(tables.events, utc(as_of))), label_event)
    # a duration of whole microseconds: a difference of times cannot overflow, a sum could
    silence = pl.lit(days_in_microseconds(open_days)).cast(pl.Duration("us"))
    is_over = pl.col("closed_at").is_not_null() | (now - pl.col("last_at") > silence)
    moments = ends.filter(pl.col("started_at") <= now).select(
        "interaction_id", as_of=pl.when(is_over).then("last_at").otherwise(now), is_over=is_over
    )
    return (moments if closed else moments.filter(~pl.col("is_over"))).drop("is_over")


def warn_of_no_moment(n_moments: int, n_interactions: int, as_of: Any, *, closed: bool) -> None:
    """Say on the log that no interaction has a moment at a time: a day and month that changed places look like that.

    Parameters
    ----------
    n_moments, n_interactions
        How many there are.
    as_of
        The time that was asked for, None if none was.
    closed
        Whether interactions that were over by then have a moment too.
    """
    if n_moments or not n_interactions or as_of is None:
        return
    had = "had started" if closed else "had started and was not over; --all adds those that are over"
    log.warning(
        "at %s none of the %d interactions %s", f"{utc(as_of):%Y-%m-%d %H:%M} UTC", n_interactions, had
    )


def warn_of_old_records(end: datetime | None, as_of: datetime | None) -> None:
    """Say in the log that the records end long before the time that was asked for: they may be those of another day.

    Parameters
    ----------
    end
        Where the records end, None if that is not known.
    as_of
        The time that was asked for, None if none was.
    """
    if end is None or as_of is None or as_of - end <= _OLD:
        return
    log.warning(
        "the records end %s UTC, %d days before the time to score at: are these the newest?",
        f"{end:%Y-%m-%d %H:%M}", (as_of - end).days,
    )  # fmt: skip


def utc(time: Any) -> datetime:
    """Return a time in UTC: a datetime, a date or a text in ISO 8601; a time without a zone is read as UTC.

    Raises
    ------
    UsageError
        It is not a time.
    """
    if isinstance(time, datetime) and time is not pd.NaT:  # which is a datetime
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    found = None
    if isinstance(time, str | date | np.datetime64):
        try:
            read = parse_moments(to_series([time]))
            found = None if read is None else read.to_list()[0]
        except OverflowError:  # it is after the year 9999
            found = None
    if not isinstance(found, datetime):
        raise UsageError("as_of must be a time such as 2026-11-01T12:00:00Z, is another value")
    return found.astimezone(UTC)


def _known_events(events: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Return the events that are known at a time."""
    at = events["at"].dt.timestamp("us").to_numpy()
    now = pl.Series([as_of], dtype=_US).dt.timestamp("us")[0]
    return events.filter(pl.Series(is_known(at, np.full(len(at), now))))


def _ends(tables: Tables, label_event: str | None) -> pl.DataFrame:
    """Return `started_at`, `closed_at` (null if none) and `last_at`, the end, of interactions, in the table's order.

    This is the only definition of an interaction's end.
    """
    closings = (
        tables.events.lazy()
        .filter(pl.col("kind").is_in(ENDS))
        .group_by("interaction_id")
        .agg(closed_at=pl.col("at").min())
    )
    is_own = pl.col("kind") == label_event if label_event not in (None, *ENDS) else pl.lit(False)
    last = (
        tables.events.lazy()
        .join(closings, on="interaction_id", how="left")
        .filter(~is_own & (pl.col("closed_at").is_null() | (pl.col("at") <= pl.col("closed_at"))))
        .group_by("interaction_id")
        .agg(last_at=pl.col("at").max(), closed_at=pl.col("closed_at").first())
    )
    return (
        tables.interactions.lazy()
        .select("interaction_id", "started_at")
        .join(last, on="interaction_id", how="left", maintain_order="left")
        .with_columns(last_at=pl.coalesce("last_at", "started_at"))
        .collect()
    )


def days_in_microseconds(days: float) -> int:
    """Return days in microseconds; more days than fit are cut."""
    return min(round(days * 86_400_000_000), _LONGEST_US)
