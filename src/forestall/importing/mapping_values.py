"""Values of a mapping file that YAML does not read as text: words for no value, and the time of the export."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import polars as pl
from pydantic import BeforeValidator

from forestall.data.times import to_utc


def _as_texts(given: Any) -> Any:
    """Return words for no value as text: `[99, 2099-12-31]` are a number and a date to YAML."""
    if not isinstance(given, list):
        return given
    if any(isinstance(word, bool) for word in given):
        raise ValueError(
            "must be texts; YAML reads yes, no, on and off as true and false: put the word in quotes"
        )
    # YAML reads NULL and ~ as nothing; they are usual words for a missing value anyway
    return [str(word) if isinstance(word, int | float | date) else word for word in given if word is not None]


def _with_day_end(given: Any) -> Any:
    """Return a day without a time of day as its end, as it is read everywhere."""
    if isinstance(given, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", given.strip()):
        given = date.fromisoformat(given.strip())
    is_day = isinstance(given, date) and not isinstance(given, datetime)
    return datetime.combine(given, time.max) if is_day else given


GapWords = Annotated[list[str], BeforeValidator(_as_texts)]
DayOrTime = Annotated[datetime, BeforeValidator(_with_day_end)]


def in_utc(moment: datetime, zone: str) -> datetime:
    """Return a time of a mapping file in UTC; one that names no zone is a local time of `zone`, the mapping's.

    Examples
    --------
    >>> in_utc(datetime(2026, 6, 4, 8), "Europe/Oslo").isoformat()
    '2026-06-04T06:00:00+00:00'
    """
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    read: datetime = to_utc(pl.Series([moment], dtype=pl.Datetime("us")), zone)[0]
    return read.astimezone(UTC)
