"""Times in text and in local time, converted to UTC."""

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
"""The formats of ISO 8601 that are read if no format is given."""

_HAS_CLOCK = re.compile(r"%[-_0]?[HIklTRrXcsM+]")
_HAS_ZONE = re.compile(r"%(z|:z|#z|Z|s|\+)")
_END_OF_DAY = pl.duration(days=1) - pl.duration(microseconds=1)


def is_zone(name: str) -> bool:
    """Return whether `name` is a known time zone, such as `Asia/Kolkata`."""
    try:
        pl.Series([0]).cast(pl.Datetime("us")).dt.replace_time_zone(name)
    except pl.exceptions.PolarsError:
        return False
    return True


def from_zone(times: pl.Series, zone: str) -> pl.Series:
    """Return local times of `zone` in UTC and microseconds.

    A local time that occurs twice, because clocks are set back, is read as the first. A local time that does
    not occur, because clocks are set forward, is read as if they were not: 02:30 is half an hour after 02:00,
    which is 03:30.
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
    """Return a column of times or dates in UTC and microseconds.

    A time without a zone is a local time of `zone`. A date is read as the end of its day there.
    """
    if times.dtype == pl.Date:
        return from_zone(pl.select(times.cast(pl.Datetime("us")) + _END_OF_DAY).to_series(), zone)
    if getattr(times.dtype, "time_zone", None) is None:
        return from_zone(times, zone)
    return times.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))


def parse_times(text: pl.Series, form: str, zone: str = "UTC") -> pl.Series:
    """Return texts of the strftime format `form` as UTC times; null if they do not fit it.

    A format without a time of day is read as the end of that day in `zone`.
    """
    if _HAS_ZONE.search(form):
        return text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    if not _HAS_CLOCK.search(form):
        return to_utc(text.str.to_date(form, strict=False), zone)
    return from_zone(text.str.to_datetime(form, time_unit="us", strict=False), zone)


def parse_iso(text: pl.Series, zone: str = "UTC") -> pl.Series:
    """Return texts in any of `ISO_FORMS` as UTC times; null if they fit none.

    The format of most texts is tried first, so that a long column of one format is parsed once.
    """
    text = text.str.strip_chars().str.replace(r" ?(UTC|z)$", "Z")
    parsed: list[pl.DataFrame] = []
    rows = pl.DataFrame({"row": pl.int_range(len(text), dtype=pl.UInt32, eager=True)})
    unread = rows.with_columns(text.alias("text")).drop_nulls()
    sample = unread["text"].gather_every(max(1, unread.height // 1000))
    for form in _forms_by_fit(sample):
        times = parse_times(unread["text"], form, zone)
        parsed.append(unread.select("row", times.alias("time")).drop_nulls())
        unread = unread.filter(times.is_null())
        if not unread.height:
            break
    times = rows.join(pl.concat(parsed), on="row", how="left", maintain_order="left")["time"]
    return times.alias(text.name)


def _forms_by_fit(sample: pl.Series) -> list[str]:
    """Return `ISO_FORMS`, the format first that fits most texts; the search ends at one that fits them all."""
    n_unfit: dict[str, int] = {}
    for form in ISO_FORMS:
        n_unfit[form] = parse_times(sample, form).null_count()
        if n_unfit[form] == 0:
            break
    return sorted(ISO_FORMS, key=lambda form: n_unfit.get(form, len(sample)))


def parse_moments(column: pl.Series) -> pl.Series | None:
    """Return a column `as_of` of times or texts as UTC times, or None if a value is not a time.

    A date is read as the beginning of its day.
    """
    if column.dtype == pl.String:
        column = parse_iso(column.str.strip_chars().str.replace(r"^(\d{4}-\d{2}-\d{2})$", "${1}T00:00"))
    elif column.dtype == pl.Date:
        column = column.cast(pl.Datetime("us"))
    if not isinstance(column.dtype, pl.Datetime) or column.null_count():
        return None
    return to_utc(column)
