"""Times as texts and clocks say them, made into UTC."""

from __future__ import annotations

import re

import polars as pl

_DAY = "%Y-%m-%d"
_CLOCKS = ("%H:%M:%S%.f", "%H:%M:%S", "%H:%M")
ISO_FORMS = (
    *(f"{_DAY}{mark}{clock}{zone}" for zone in ("", "%#z") for mark in ("T", " ") for clock in _CLOCKS),
    *(f"{_DAY}{mark}{clock} %#z" for mark in ("T", " ") for clock in _CLOCKS[:2]),
    _DAY,
)
"""The forms of ISO 8601 that are read where no form is given."""

_HAS_CLOCK = re.compile(r"%[-_0]?[HIklTRrXcsM+]")
_HAS_ZONE = re.compile(r"%(z|:z|#z|Z|s|\+)")
_END_OF_DAY = pl.duration(days=1) - pl.duration(microseconds=1)


def is_zone(name: str) -> bool:
    """Tell whether `name` is a time zone that is known, such as `Asia/Kolkata`."""
    try:
        pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name)
    except pl.exceptions.PolarsError:
        return False
    return True


def from_zone(times: pl.Series, zone: str) -> pl.Series:
    """Return times on the clocks of `zone` as UTC, in microseconds.

    A time that came twice, when clocks were put back, is read as the first of the two; a time that never
    came, when they were put forward, as if they had not been: 02:30 is half an hour after 02:00, so 03:30.
    """
    times = times.cast(pl.Datetime("us"))
    if zone == "UTC":
        return times.dt.replace_time_zone("UTC")
    utc = _earliest(times, zone)
    skipped = utc.is_null() & times.is_not_null()
    if not skipped.any():
        return utc
    day = pl.duration(days=1)
    shifted = _earliest(pl.select(times - day).to_series(), zone)
    return pl.select(pl.when(skipped).then(shifted + day).otherwise(utc)).to_series().alias(times.name)


def _earliest(times: pl.Series, zone: str) -> pl.Series:
    local = times.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC")


def to_utc(times: pl.Series, zone: str = "UTC") -> pl.Series:
    """Return a column of times or days in UTC and microseconds.

    One without a zone is read on the clocks of `zone`, a day as its end there.
    """
    if times.dtype == pl.Date:
        return from_zone(pl.select(times.cast(pl.Datetime("us")) + _END_OF_DAY).to_series(), zone)
    if getattr(times.dtype, "time_zone", None) is None:
        return from_zone(times, zone)
    return times.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))


def parse_times(text: pl.Series, form: str, zone: str = "UTC") -> pl.Series:
    """Return texts of one `form` (strftime) as UTC times; null where they do not fit it.

    A form without a time of day is read as the end of that day in `zone`.
    """
    if _HAS_ZONE.search(form):
        return text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    if not _HAS_CLOCK.search(form):
        return to_utc(text.str.to_date(form, strict=False), zone)
    return from_zone(text.str.to_datetime(form, time_unit="us", strict=False), zone)


def parse_iso(text: pl.Series, zone: str = "UTC") -> pl.Series:
    """Return texts in any form of ISO 8601 as UTC times; null where they have none.

    The form of most texts is tried first, so that a long column of one form is read once.
    """
    text = text.str.strip_chars().str.replace(r" ?(UTC|z)$", "Z")
    found: list[pl.DataFrame] = []
    rows = pl.DataFrame({"row": pl.int_range(len(text), dtype=pl.UInt32, eager=True)})
    left = rows.with_columns(text.alias("text")).drop_nulls()
    sample = left["text"].gather_every(max(1, left.height // 1000))
    for form in sorted(ISO_FORMS, key=lambda form: parse_times(sample, form).null_count()):
        read = parse_times(left["text"], form, zone)
        found.append(left.select("row", read.alias("time")).drop_nulls())
        left = left.filter(read.is_null())
        if not left.height:
            break
    read = rows.join(pl.concat(found), on="row", how="left", maintain_order="left")["time"]
    return read.alias(text.name)


def parse_moments(column: pl.Series) -> pl.Series | None:
    """Return a column of `as_of`, times or texts, as UTC times; a day is its beginning. None where one is no time."""
    if column.dtype == pl.String:
        column = parse_iso(column.str.strip_chars().str.replace(r"^(\d{4}-\d{2}-\d{2})$", "${1}T00:00"))
    elif column.dtype == pl.Date:
        column = column.cast(pl.Datetime("us"))
    if not isinstance(column.dtype, pl.Datetime) or column.null_count():
        return None
    return to_utc(column)
