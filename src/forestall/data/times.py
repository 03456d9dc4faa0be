"""Times in text, converted to UTC: ISO 8601 with its variants, and strftime formats."""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from forestall.data.month_names import has_month_name, in_english, without_weekday
from forestall.data.written_clocks import has_clock, has_day, read_clock, read_halves
from forestall.data.zones import from_zone, is_zone, local_to_utc, split_zone

__all__ = ["from_zone", "is_zone", "parse_iso", "parse_moments", "parse_times", "to_utc"]

_DAY = "%Y-%m-%d"
_CLOCKS = ("%H:%M:%S%.f", "%H:%M:%S", "%H:%M")
ISO_FORMS = (
    *(f"{_DAY}{mark}{clock}{zone}" for zone in ("", "%#z") for mark in ("T", " ") for clock in _CLOCKS),
    *(f"{_DAY}{mark}{clock} %#z" for mark in ("T", " ") for clock in _CLOCKS[:2]),
    _DAY,
)
"""The formats of ISO 8601 that most exports have. They are tried first, as they stand."""

_VARIANTS = (
    *(f"{day} {clock}" for day in (_DAY, "%Y/%m/%d") for clock in _CLOCKS),
    *(f"%Y%m%d {clock}" for clock in ("%H%M%S%.f", "%H%M", *_CLOCKS)),
    *(_DAY, "%Y/%m/%d", "%Y%m%d"),
)
"""Variants that are tried on what is left, after the zone is taken off and `T` made a blank."""

_TOKENS = re.compile(r"%[-_0]?[:#.]*\d?[A-Za-z%]|[A-Za-z]+|.", re.DOTALL)
_ZONES = {"%z", "%:z", "%#z", "%Z", "Z", "UTC", "GMT"}
_ORDINAL = r"(?i)\b(\d{1,2})(?:st|nd|rd|th|er)\b"
_END_OF_DAY = pl.duration(days=1) - pl.duration(microseconds=1)
_BLANKS = r"[\u00a0\u2000-\u200a\u202f\u3000\t]+"
_END_OF_DAY_24 = r" 24:00(?::00(?:\.0+)?)?$"
_BEGIN = "^[1-9][0-9]{3}"  # a year of four digits
_FEW = 250
"""Up to this many texts, one query tries all formats: the queries cost more than the texts."""
_EARLIEST_YEAR = 1000  # `%Y` also reads 23 as the year 23


def to_utc(times: pl.Series, zone: str = "UTC", *, day_start: bool = False) -> pl.Series:
    """Return a column of times or dates in UTC and microseconds.

    A time without a zone is a local time of `zone`. A date is read as the end of its day there, or as its beginning
    with `day_start`.
    """
    if times.dtype == pl.Date:
        return from_zone(_at_day_end(times, day_start), zone)
    if getattr(times.dtype, "time_zone", None) is None:
        return from_zone(times, zone)
    return times.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))


def _at_day_end(days: pl.Series, day_start: bool) -> pl.Series:
    local = days.cast(pl.Datetime("us"))
    return local if day_start else pl.select(local + _END_OF_DAY).to_series()


def parse_times(
    text: pl.Series,
    form: str,
    zone: str = "UTC",
    *,
    zones: pl.Series | None = None,
    day_start: bool = False,
    changes: Counter[str] | None = None,
) -> pl.Series:
    """Return texts of a strftime format as UTC times; null if they do not fit it.

    Directives are those of Python: `%f` is a fraction of a second, `%p` takes `am`, `p.m.` and `午後` too, `%b` and
    `%B` take the names of months in the languages of Europe and some others, and `%Z` takes the usual abbreviations. A
    zone in the text counts before `zones` and `zone`, also if the format has it as a literal `Z`, `UTC` or `GMT`.

    Parameters
    ----------
    text
        Times as text.
    form
        The format. Without a time of day, it is read as the end of that day, or as its beginning with `day_start`;
        without a day, as that of the month.
    zone
        The zone of times that name none.
    zones
        The zone of each time that names none, before `zone`; null for none.
    day_start
        Whether a day is read as its beginning.
    changes
        Counts local times that occur twice or never; see `from_zone`.
    """
    body = text.str.replace_all(_BLANKS, " ").str.strip_chars()
    body, form = read_halves(body, form)
    own = pl.Series([None], dtype=pl.String).new_from_index(0, len(body))
    before, has_zone, after = _split_form(form)
    if has_zone:
        body, own = split_zone(body, is_last=not after)
        form = f"{before.rstrip()}{after}"
        body = pl.select(pl.when(own.is_not_null()).then(body)).to_series()
    clock = read_clock(body, form)
    body, form = clock.text, clock.form
    local = _parse_local(body, form, day_start)
    if has_month_name(form) and local.null_count() > body.null_count():
        local = _with_other_months(local, body, form, day_start)
    local = clock.finish(local)
    if "%s" in form:  # seconds since 1970 have no zone
        return from_zone(local, "UTC").alias(text.name)
    return local_to_utc(local, own if zones is None else own.fill_null(zones), zone, changes).alias(text.name)


def _with_other_months(local: pl.Series, text: pl.Series, form: str, day_start: bool) -> pl.Series:
    """Return local times with those of the texts whose month, or weekday, is in another language than English."""
    unread = pl.select(pl.when(local.is_null()).then(text)).to_series()
    unread, form = without_weekday(unread.str.replace(_ORDINAL, "${1}"), form)
    unread = in_english(unread, keeps_dots=bool(re.search(r"%[-_0]?[bBh]\.", form)))
    return pl.select(pl.coalesce(local, _parse_local(unread, form, day_start))).to_series().alias(local.name)


def _split_form(form: str) -> tuple[str, bool, str]:
    """Return a format before its zone, whether it has one, and the format after it."""
    tokens = _TOKENS.findall(form.replace("'", ""))
    place = next((i for i, token in enumerate(tokens) if token in _ZONES), None)
    if place is None:
        return form, False, ""
    return "".join(tokens[:place]), True, "".join(tokens[place + 1 :])


def _parse_local(text: pl.Series, form: str, day_start: bool) -> pl.Series:
    """Return texts as local times; null if they do not fit the format."""
    if re.search(r",%f", form):
        text, form = text.str.replace(r",(\d+)", ".${1}"), form.replace(",%f", ".%f")
    form = re.sub(r"(?<!%)\.%f", "%.f", form)
    form = re.sub(r"(?<!%)%f", "%6f", form)
    return text.to_frame("text").select(_local_of(form, day_start)).to_series()


def _local_of(form: str, day_start: bool) -> pl.Expr:
    """Return the local times of the column `text` that fit a format of Polars."""
    text = pl.col("text").str
    if has_clock(form):
        times = text.to_datetime(form, time_unit="us", strict=False)
    else:
        days = text.to_date(form, strict=False).cast(pl.Datetime("us"))
        last = days if has_day(form) else days.dt.month_end()
        times = days if day_start else last + _END_OF_DAY
    return pl.when(times.dt.year() >= _EARLIEST_YEAR).then(times) if "%Y" in form else times


def parse_iso(
    text: pl.Series,
    zone: str = "UTC",
    *,
    zones: pl.Series | None = None,
    day_start: bool = False,
    changes: Counter[str] | None = None,
) -> pl.Series:
    """Return texts in ISO 8601 or a variant of it as UTC times; null if they fit none.

    The year has four digits, from 1000 on. Variants are `/` between year, month and day, the basic form
    `20230530T221507Z`, a comma before the fraction, and any zone at the end: an offset with or without a colon, an
    abbreviation, or a name such as `Europe/Oslo`.

    Parameters
    ----------
    text, zone, zones, day_start, changes
        As in `parse_times`.
    """
    rows = pl.DataFrame({"row": pl.int_range(len(text), dtype=pl.UInt32, eager=True)})
    unread = rows.with_columns(text.str.strip_chars().alias("text")).filter(
        pl.col("text").str.contains(_BEGIN)
    )
    if zones is not None:
        unread = unread.join(
            rows.with_columns(zones.alias("zone")), on="row", how="left", maintain_order="left"
        )
    parsed: list[pl.DataFrame] = []
    if zones is None:
        # the format of most texts first, so that a long column of one format is parsed once
        unread = _parse_as_they_stand(unread, zone, day_start, parsed, changes)
    if unread.height:
        parsed.append(_parse_variants(unread, zone, day_start, changes))
    if not parsed:
        return pl.Series(text.name, [None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(text))
    times = rows.join(pl.concat(parsed), on="row", how="left", maintain_order="left")["time"]
    return times.alias(text.name)


def _parse_as_they_stand(
    unread: pl.DataFrame,
    zone: str,
    day_start: bool,
    parsed: list[pl.DataFrame],
    changes: Counter[str] | None,
) -> pl.DataFrame:
    """Add the times that fit one of `ISO_FORMS` to `parsed`, and return the rows that fit none."""
    if unread.height <= _FEW:
        return _parse_few(unread, zone, day_start, parsed, changes)
    sample = unread["text"].gather_every(max(1, unread.height // 1000))
    for form in _forms_by_fit(sample):
        times = _parse_form(unread["text"], form, zone, day_start, changes)
        parsed.append(unread.select("row", times.alias("time")).drop_nulls())
        unread = unread.filter(times.is_null())
        if not unread.height:
            break
    return unread


def _parse_few(
    unread: pl.DataFrame,
    zone: str,
    day_start: bool,
    parsed: list[pl.DataFrame],
    changes: Counter[str] | None,
) -> pl.DataFrame:
    """Do the same as `_parse_as_they_stand` with all formats in one query."""
    if not unread.height:
        return unread
    zoned = [form for form in ISO_FORMS if "%#z" in form]
    found = unread.select(
        "row",
        local=pl.coalesce([_local_of(form, day_start) for form in ISO_FORMS if form not in zoned]),
        utc=pl.coalesce([_zoned(pl.col("text"), form) for form in zoned]),
    )
    times = found["utc"]
    if found["local"].null_count() < found.height:
        times = from_zone(found["local"], zone, changes).zip_with(found["local"].is_not_null(), times)
    parsed.append(unread.select("row", times.alias("time")).drop_nulls())
    return unread.filter(times.is_null())


def _zoned(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)


def _parse_form(
    text: pl.Series, form: str, zone: str, day_start: bool, changes: Counter[str] | None = None
) -> pl.Series:
    if "%#z" in form:
        return text.to_frame("text").select(_zoned(pl.col("text"), form)).to_series()
    return from_zone(_parse_local(text, form, day_start), zone, changes)


def _forms_by_fit(sample: pl.Series) -> list[str]:
    """Return the `ISO_FORMS` that fit a text, the one first that fits most; all of them if the sample fits none."""
    n_unfit: dict[str, int] = {}
    for form in ISO_FORMS:
        n_unfit[form] = _parse_form(sample, form, "UTC", day_start=False).null_count()
        if n_unfit[form] == 0:
            break
    return sorted(ISO_FORMS, key=lambda form: n_unfit.get(form, len(sample)))


def _parse_variants(
    unread: pl.DataFrame, zone: str, day_start: bool, changes: Counter[str] | None
) -> pl.DataFrame:
    """Return the rows in a variant of ISO 8601, each with its `time`."""
    plain = (
        unread["text"].str.replace_all(_BLANKS, " ").str.replace(r"^(\d{4}[-/]?\d{2}[-/]?\d{2})[Tt]", "${1} ")
    )
    plain = plain.str.replace(r"(:\d{2}|\d{6}),(\d+)", "${1}.${2}")
    body, own = split_zone(plain)
    is_midnight = body.str.contains(_END_OF_DAY_24)  # the end of the day, in ISO 8601
    body = body.str.replace(_END_OF_DAY_24, " 00:00:00")
    local = pl.Series("time", [None], dtype=pl.Datetime("us")).new_from_index(0, len(body))
    step = len(_VARIANTS) if len(body) <= _FEW else 1
    for start in range(0, len(_VARIANTS), step):
        if not local.null_count():
            break
        times = [_local_of(form, day_start) for form in _VARIANTS[start : start + step]]
        found = pl.DataFrame({"text": body, "time": local})
        local = found.select(pl.coalesce(pl.col("time"), *times)).to_series()
    if is_midnight.any():
        local = pl.select(pl.when(is_midnight).then(local + pl.duration(days=1)).otherwise(local)).to_series()
    if "zone" in unread.columns:
        own = own.fill_null(unread["zone"])
    return unread.select("row", local_to_utc(local, own, zone, changes).alias("time")).drop_nulls()


def parse_moments(column: pl.Series) -> pl.Series | None:
    """Return a column `as_of` of times or texts as UTC times, or None if a value is not a time.

    A date is read as the beginning of its day.
    """
    if column.dtype == pl.String:
        column = parse_iso(column, day_start=True)
    elif column.dtype == pl.Date:
        column = column.cast(pl.Datetime("us"))
    if not isinstance(column.dtype, pl.Datetime) or column.null_count():
        return None
    return to_utc(column)
