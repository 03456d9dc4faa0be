"""Which columns are times, and in which form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile, share_of
from forestall.importing.suggest.date_parts import find_date_parts
from forestall.importing.suggest.day_order import fill_order
from forestall.importing.suggest.name_words import find_roles, has_role, plain_words
from forestall.importing.suggest.text_times import OpenTime, decide_orders, reason_of, text_of_times
from forestall.importing.suggest.time_forms import CLOCK_ONLY, count_templates, is_iso

_EPOCHS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIRST_S, _LAST_S = 631_152_000, 4_102_444_800  # 1990 to 2100
_BARE_CLOCK = r"^(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?$"  # 081500
_KEY_WORDS = {"id", "ids", "key", "uuid", "code", "zip"}
_FEW = 0.02
_EXCEL_1990, _EXCEL_2100 = 32_874, 73_051


@dataclass(frozen=True)
class TimeColumn:
    """A time of the source.

    Parameters
    ----------
    columns
        The column, or the columns of the date and of the time of day.
    values
        The times of the sample, local and without a zone.
    formats
        The formats to name; none if the import reads the times without.
    unit
        The unit of a number that is a time.
    has_clock
        Whether the times have a time of day.
    has_zone
        Whether the values name their zone.
    reason, question
        What decided the form, or what could not be decided.
    shares_date
        Whether the date is that of another time, which this time of day goes with too.
    zone
        The column with the zone of each row.
    """

    columns: tuple[str, ...]
    values: pl.Series
    formats: tuple[str, ...] = ()
    unit: str | None = None
    has_clock: bool = True
    has_zone: bool = False
    reason: str = ""
    question: str = ""
    shares_date: bool = False
    zone: str | None = None

    @property
    def name(self) -> str:
        """The column by which the time is known: that of the date, or of the time of day if it shares its date."""
        return self.columns[-1] if self.shares_date else self.columns[0]

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The columns that are of this time alone."""
        return self.columns[1:] if self.shares_date else self.columns

    def source(self) -> Any:
        """Return the time as the mapping file writes it."""
        given: dict[str, Any] = (
            {"column": self.columns[0]} if len(self.columns) == 1 else {"columns": list(self.columns)}
        )
        if self.formats:
            given["format"] = self.formats[0] if len(self.formats) == 1 else list(self.formats)
        if self.unit:
            given["unit"] = self.unit
        if self.zone:
            given["timezone"] = {"column": self.zone}
        return self.name if given == {"column": self.columns[0]} else given


def find_times(profiles: Sequence[ColumnProfile]) -> dict[str, TimeColumn]:
    """Return the times among the columns of one source, by the name of the column with the date."""
    found = {p.name: time for p in profiles if (time := _typed_time(p) or _number_time(p)) is not None}
    opened = [
        OpenTime(p, templates) for p in profiles if p.name not in found and (templates := _templates(p))
    ]
    decide_orders(opened, [time.values for time in found.values()])
    for one in opened:
        found[one.profile.name] = _text_time(one)
    for columns, form, days in find_date_parts([p for p in profiles if p.name not in found]):
        found[columns[0]] = TimeColumn(
            columns, days, (form,), has_clock=False, reason="year, month and day in three columns"
        )
    for name, time in _joined_clocks(profiles, found).items():
        found[name] = time
    return {p.name: found[p.name] for p in profiles if p.name in found}


def _typed_time(profile: ColumnProfile) -> TimeColumn | None:
    kind = profile.raw.dtype
    if kind == pl.Date:
        return TimeColumn((profile.name,), profile.raw.cast(pl.Datetime("us")), has_clock=False)
    if not isinstance(kind, pl.Datetime):
        return None
    local = profile.raw.dt.replace_time_zone(None).dt.cast_time_unit("us")
    return TimeColumn((profile.name,), local, has_zone=kind.time_zone is not None)


def _number_time(profile: ColumnProfile) -> TimeColumn | None:
    """Return a number as a time: seconds since 1970, Excel's days; only if the name speaks of time."""
    number = profile.numbers
    is_named = _speaks_of_time(profile.name)
    if number is None or not number.count() or not (is_named or _time_roles(profile.name)):
        return None
    if _KEY_WORDS & set(plain_words(profile.name)):  # such as `Contact ID`
        return None
    low, high = number.quantile(0.02), number.quantile(0.98)
    if low is None or high is None:
        return None
    for unit, per_s in _EPOCHS.items():
        if _FIRST_S * per_s <= low and high <= _LAST_S * per_s:
            values = (number / per_s * 1_000_000).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
            return TimeColumn((profile.name,), values, unit=unit, has_zone=True)
    if is_named and low >= _EXCEL_1990 and high <= _EXCEL_2100:
        values = ((number - 25_569) * 86_400_000_000).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
        has_clock = share_of(number.drop_nulls() % 1 != 0) > _FEW
        reason = "Excel's serial days"
        return TimeColumn((profile.name,), values, unit="excel", has_clock=has_clock, reason=reason)
    return None


def _speaks_of_time(name: str) -> bool:
    if has_role("holds", "date", name) or has_role("holds", "clock", name):
        return True
    return any(role in ("started_at", "closed", "resolved", "updated") for role in _time_roles(name))


def _time_roles(name: str) -> list[str]:
    return [role for role, _ in find_roles("times", name)]


def _templates(profile: ColumnProfile) -> list[str]:
    """Return the templates of a text column of times, the most frequent first; none if it is something else."""
    if profile.raw.dtype != pl.String or not profile.n_filled:
        return []
    counts = count_templates(text_of_times(profile))
    total = counts.total()
    known = {template: n for template, n in counts.items() if template is not None}
    if sum(known.values()) < 0.8 * total:
        return []
    if all(template == "%Y%m%d" for template in known) and not _speaks_of_time(profile.name):
        return []
    by_count = sorted(known.items(), key=lambda item: (-item[1], item[0]))
    return [template for template, n in by_count if n >= max(1, 0.002 * total)] or [by_count[0][0]]


def _text_time(one: OpenTime) -> TimeColumn:
    filled = [one.filled(template) for template in one.templates]
    formats = [] if all(is_iso(template) for template in filled) else list(dict.fromkeys(filled))
    question = ""
    if one.order and not one.order.reason and not any(order.reason for order in one.orders.values()):
        other = fill_order(one.templates[0], not one.order.day_first)
        question = f'is it day or month first? No value decides it; the other form is "{other}"'
    return TimeColumn(
        (one.profile.name,),
        one.values,
        formats=tuple(formats),
        has_clock=any("%H" in template or "%I" in template for template in one.templates),
        has_zone=all("%z" in template or "%Z" in template for template in one.templates),
        reason=reason_of(one),
        question=question,
    )


def is_clock_column(profile: ColumnProfile) -> bool:
    """Return whether a column holds times of day: `HH:MM` below 24 hours, and its name is not of a length."""
    if profile.raw.dtype == pl.Time:
        return True
    if profile.raw.dtype != pl.String or not profile.n_filled:
        return False
    text = profile.text.drop_nulls()
    is_bare = text.str.contains(_BARE_CLOCK).mean() == 1
    if not is_bare and text.str.contains(CLOCK_ONLY).mean() != 1:
        return False
    if has_role("holds", "length", profile.name):
        return False
    hours = text.str.extract(r"^(\d{1,2})").cast(pl.Int32)
    is_spread = hours.n_unique() >= 5 and bool((hours < 24).all())
    return is_spread and _is_called_clock(profile.name)


def _is_called_clock(name: str) -> bool:
    return has_role("holds", "clock", name) or bool(find_roles("times", name))


def _is_part_of_day(profile: ColumnProfile) -> bool:
    """Return whether numbers are times of day as a spreadsheet counts them: 0.75 is 18:00."""
    number = profile.numbers
    if number is None or not number.count() or not _is_called_clock(profile.name):
        return False
    if has_role("holds", "length", profile.name):
        return False
    found = number.drop_nulls()
    return share_of((found >= 0) & (found < 1)) > 1 - _FEW and found.n_unique() >= 5


def _joined_clocks(profiles: Sequence[ColumnProfile], times: dict[str, TimeColumn]) -> dict[str, TimeColumn]:
    """Return the dates without a time of day that another column completes, joined with it."""
    joined: dict[str, TimeColumn] = {}
    for clock in profiles:
        unit = "excel" if _is_part_of_day(clock) else None
        if unit is None and not is_clock_column(clock):
            continue
        dates = [t for t in times.values() if not t.has_clock and t.unit == unit and t.name not in joined]
        first = [name for name, time in joined.items() if not time.shares_date]
        if not dates and len(first) == 1:
            joined[clock.name] = replace(_with_clock(times[first[0]], clock), shares_date=True)
        if not dates:
            continue
        own = _stem(clock.name)
        same = [date for date in dates if _stem(date.name) == own]
        fitting = dates if len(dates) == 1 else same or (dates if not own else [])
        if fitting:
            joined[fitting[0].name] = _with_clock(fitting[0], clock)
    return joined


def is_plain_date(name: str) -> bool:
    """Return whether a name says only that a column is a time, such as `Date`."""
    return not _stem(name)


def _stem(name: str) -> tuple[str, ...]:
    marks = {
        "date",
        "time",
        "day",
        "datum",
        "uhrzeit",
        "zeit",
        "dato",
        "tid",
        "fecha",
        "hora",
        "horario",
        "data",
        "ora",
        "heure",
        "of",
        "klokken",
    }
    return tuple(word for word in plain_words(name) if word not in marks and not word.isdigit())


def _with_clock(date: TimeColumn, clock: ColumnProfile) -> TimeColumn:
    if date.unit is not None:
        assert clock.numbers is not None
        days = pl.duration(microseconds=pl.lit((clock.numbers * 86_400_000_000).cast(pl.Int64)))
        values = pl.select(date.values + days).to_series().alias(date.name)
        return replace(date, columns=(*date.columns, clock.name), values=values, has_clock=True)
    sample = str(clock.text.drop_nulls()[0])
    is_bare = sample.isdigit()
    mark = "" if is_bare else "." if ":" not in sample else ":"
    has_seconds = len(sample) == 6 if is_bare else bool(re.match(r"\d+([:.])\d+\1\d", sample))
    form = mark.join(("%H", "%M", "%S") if has_seconds else ("%H", "%M"))
    if sample[-1:] in "mM.":
        form = form.replace("%H", "%I") + (" %p" if " " in sample else "%p")
    hour, minute = (r"^(\d{2})", r"^\d{2}(\d{2})") if is_bare else (r"^(\d+)[:.]", r"^\d+[:.](\d+)")
    of_day = clock.text.str.extract(hour).cast(pl.Int64) * 3600
    of_day = of_day + clock.text.str.extract(minute).cast(pl.Int64) * 60
    if "%I" in form:
        is_late = clock.text.str.contains(r"(?i)p\.?m") & (of_day < 12 * 3600)
        of_day = of_day + is_late.cast(pl.Int64) * 12 * 3600
    values = pl.select(date.values + pl.duration(seconds=pl.lit(of_day))).to_series().alias(date.name)
    day_forms = date.formats or ("%Y-%m-%d",)
    return TimeColumn(
        (*date.columns, clock.name),
        values,
        tuple(f"{day_form} {form}" for day_form in day_forms),
        None,
        True,
        False,
        date.reason,
        date.question,
    )
