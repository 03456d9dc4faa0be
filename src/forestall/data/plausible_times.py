"""When times are plausible: not before 1990, and not after the records were taken."""

# ruff: noqa: N805 (dataframely passes the class to a rule)

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import dataframely as dy
import polars as pl

from forestall.data.schemas import ROW, TIME
from forestall.data.times import parse_iso, to_utc
from forestall.errors import InputError

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
PROMISE_AHEAD = timedelta(days=3653)
"""How far after the export `promised_at` may lie: ten years."""
CHECKED_TIMES = {"interactions": "started_at", "events": "at", "feedback": "rated_at", "contacts": "at"}
"""The column of each table whose times must be plausible."""

_CHECKED, _LATEST = "__time__", "__latest__"
_QUARTER_US = 900_000_000  # the days of all time zones end at a quarter of an hour


class PlausibleTimes(dy.Schema):
    """Rows whose time is plausible; a row without a time is one too."""

    row = dy.UInt32(alias=ROW, nullable=True)
    time = dy.Datetime(alias=_CHECKED, time_unit="us", time_zone="UTC", nullable=True)
    latest = dy.Datetime(alias=_LATEST, time_unit="us", time_zone="UTC", nullable=True)

    @dy.rule()
    def before_1990(cls) -> pl.Expr:
        """Check that the time is not before 1990."""
        return pl.col(_CHECKED) >= EARLIEST

    @dy.rule()
    def after_export(cls) -> pl.Expr:
        """Check that the time is not after the records were taken.

        A day without a time of day is read as its end. So the end of a day may lie up to a day after the export.
        """
        time, latest = pl.col(_CHECKED), pl.col(_LATEST)
        is_day_end = time.dt.timestamp("us") % _QUARTER_US == _QUARTER_US - 1
        return (time <= latest) | (is_day_end & (time < latest + timedelta(days=1)))


def latest_time(about: Mapping[str, Any]) -> datetime | None:
    """Return the time after which nothing can have been recorded; None without a clock.

    It is `exported_at` of `about`, else the present time. No other place of Forestall reads the present time to decide
    what the records say.

    Raises
    ------
    InputError
        `exported_at` is not a time from 1990 to 2200.
    """
    if about.get("clock") == "none":
        return None
    if about.get("exported_at") is None:
        return datetime.now(UTC)
    return read_exported_at(about["exported_at"])


def read_exported_at(value: object) -> datetime:
    """Return the time at which the records were taken, from ISO 8601 text or a time; UTC without a zone.

    Raises
    ------
    InputError
        It is not a time from 1990 to 2200.
    """
    times: pl.Series | None = None
    if isinstance(value, str):
        times = parse_iso(pl.Series([value]))
    elif isinstance(value, datetime):
        times = to_utc(pl.Series([value]))
    limits = EARLIEST, datetime(2200, 1, 1, tzinfo=UTC)
    if times is None or not times.is_between(*limits).fill_null(False).all():
        raise InputError(
            "about.json: exported_at must be a time from 1990 to 2200, such as 2026-06-04T06:00:00Z, is another value; "
            "write when the records were taken"
        )
    return datetime.fromtimestamp(times.dt.timestamp("us")[0] / 1e6, UTC)


def with_limit(frame: pl.DataFrame, table: str, latest: datetime) -> pl.DataFrame:
    """Return rows with the columns that `PlausibleTimes` checks."""
    return frame.with_columns(
        pl.col(CHECKED_TIMES[table]).alias(_CHECKED), pl.lit(latest, dtype=TIME).alias(_LATEST)
    )


def without_limit(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows without the columns that `with_limit` added."""
    return frame.drop(_CHECKED, _LATEST)


def far_promises(interactions: pl.DataFrame, latest: datetime) -> pl.Series:
    """Return whether each `promised_at` lies more than ten years after the export: no such promise is made."""
    far = pl.col("promised_at") > pl.lit(latest + PROMISE_AHEAD, dtype=TIME)
    return interactions.select(far.fill_null(False)).to_series()
