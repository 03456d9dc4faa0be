"""When times are plausible: not before 1990, and not after the records were taken."""

# ruff: noqa: N805 (dataframely passes the class to a rule)

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import dataframely as dy
import polars as pl

from forestall.data.casting import unreadable_cells
from forestall.data.schemas import ROW, TIME
from forestall.data.times import parse_iso, to_utc
from forestall.errors import InputError

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
PROMISE_AHEAD = timedelta(days=3653)
"""How far after the export `promised_at` and `purchased_at` may lie: ten years."""
CHECKED_TIMES = {"interactions": "started_at", "events": "at", "feedback": "rated_at", "contacts": "at"}
"""The column of each table whose times must be plausible."""


class _Limits(NamedTuple):
    """The earliest plausible time of a column, and the rules that other times break."""

    earliest: datetime
    too_early: str
    too_late: str


_IMPLAUSIBLE = {
    "promised_at": _Limits(EARLIEST, "before_1990", "promised_too_far_ahead"),
    # what was bought may be old, but programs write the first day of 1970, of 1900 and others for no day
    "purchased_at": _Limits(datetime(1970, 1, 2, 12, tzinfo=UTC), "before_1970", "purchased_too_far_ahead"),
}
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


def without_implausible(
    interactions: pl.DataFrame, latest: datetime
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return interactions without promises and purchases at times that stand for none, and these cells.

    The rows stay. The cells have the columns of `CELLS`; None if there are none.
    """
    broken: list[pl.DataFrame] = []
    for name, rules in _IMPLAUSIBLE.items():
        time = pl.col(name)
        rule = interactions.select(
            pl.when(time < rules.earliest)
            .then(pl.lit(rules.too_early))
            .when(time > pl.lit(latest + PROMISE_AHEAD, dtype=TIME))
            .then(pl.lit(rules.too_late))
        ).to_series()
        if rule.null_count() < len(rule):
            keys = interactions["interaction_id"]
            broken.append(unreadable_cells("interactions", keys, interactions[name], rule))
            interactions = interactions.with_columns(interactions[name].set(rule.is_not_null(), None))
    return interactions, pl.concat(broken) if broken else None
