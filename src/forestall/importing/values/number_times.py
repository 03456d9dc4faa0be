"""Times that are numbers: since 1970, Excel's days, or days written without marks."""

from __future__ import annotations

import polars as pl

from forestall.data.numbers import parse_numbers
from forestall.data.schemas import TIME
from forestall.data.times import parse_iso, to_utc
from forestall.errors import UsageError
from forestall.importing.value_sources import TimeSource
from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.numbers import has_other_decimal
from forestall.importing.values.time_forms import fitting_unit

RULE = "unreadable_time"
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_US = 1_000_000
_EXCEL_ZERO_US = -25_569 * 86_400 * _US  # 1899-12-30
_LARGEST_US = 253_402_300_799 * _US  # the year 9999
_WRITTEN = r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}|\d{6})?$"


def is_written_as_day(column: pl.Series) -> bool:
    """Return whether numbers are days such as 20230530, with or without a time of day behind them."""
    text = column.cast(pl.Int64, strict=False).cast(pl.String)
    return fitting_unit(column) is None and bool(text.str.contains(_WRITTEN).all()) and len(text) > 0


def typed_to_utc(times: pl.Series, zone: str, zones: pl.Series | None, day_start: bool) -> pl.Series:
    """Return times or dates in UTC: those without a zone are local times of their own zone, or of `zone`."""
    if zones is None or getattr(times.dtype, "time_zone", None) is not None:
        return to_utc(times, zone, day_start=day_start)
    return parse_iso(times.cast(pl.String), zone, zones=zones, day_start=day_start)


def read_number_times(
    cells: Cells, source: TimeSource, place: str, zone: str, zones: pl.Series | None, day_start: bool
) -> ReadColumn:
    """Return times that are numbers of a unit since 1970, or days of Excel, which are local."""
    names = source.columns or [str(source.column)]
    shown = " + ".join(names)
    parts = [_as_text(cells, name, place) for name in names]
    raw = parts[0] if source.columns is None else cells.joined_text(names, place)
    number = sum(
        (parse_numbers(part, cells.decimal) for part in parts[1:]), parse_numbers(parts[0], cells.decimal)
    )
    no_time = ((number == 0) | (number == -1)).fill_null(False)  # what programs write for no time
    number = pl.select(pl.when(~no_time).then(number)).to_series()
    unit, filled = source.unit, raw.is_not_null() & ~no_time
    fitting = fitting_unit(number)
    if no_time.any():
        cells.notes.counts[f"{place}: times of 0 or -1, which are none"] += int(no_time.sum())
    if unit is None:
        raise UsageError(
            f"{cells.name}: {place}: column '{shown}' holds numbers; 'unit' must say what they count: write "
            f"{{column: {shown}, unit: {fitting or 's'}}}, or give the 'format' in which they are written"
        )
    if unit == "excel":
        microseconds = (number * 86_400_000).round() * 1_000 + _EXCEL_ZERO_US
    else:
        microseconds = number * (_US / _PER_SECOND[unit])
        if unit == "ns":  # a whole number has more digits than a float can hold
            exact = raw.cast(pl.Int64, strict=False)
            microseconds = pl.select(pl.coalesce((exact // 1_000).cast(pl.Float64), microseconds)).to_series()
        microseconds = microseconds.round()
    is_sane = microseconds.abs() <= _LARGEST_US
    sane = pl.select(pl.when(is_sane).then(microseconds.cast(pl.Int64, strict=False))).to_series()
    if unit == "excel":
        local = sane.cast(pl.Datetime("us"))
        values = typed_to_utc(local.dt.date() if are_days(number) else local, zone, zones, day_start)
    else:
        values = sane.cast(TIME)
    if filled.any() and fitting != unit and not _is_mostly_plausible(values):
        hint = f"unit {fitting} would fit: write 'unit: {fitting}'" if fitting else "name another column"
        if has_other_decimal(raw, cells.decimal):
            hint = f"they seem to have another decimal mark than '{cells.decimal}', see 'decimal'"
        raise UsageError(
            f"{cells.name}: {place}: column '{shown}' must hold times from 1990 to 2100 in the unit '{unit}', "
            f"holds others; {hint}"
        )
    return ReadColumn(values, filled, RULE, raw)


def _as_text(cells: Cells, name: str, place: str) -> pl.Series:
    column = cells.frame[name]
    return column.cast(pl.String) if column.dtype.is_numeric() else cells.text(name, place)


def are_days(number: pl.Series) -> bool:
    """Return whether none of Excel's days has a time of day; where one has, a whole number is a midnight."""
    return bool((number == number.floor()).all())


def _is_mostly_plausible(values: pl.Series) -> bool:
    years = values.drop_nulls().dt.year()
    return bool(len(years)) and bool(years.is_between(1990, 2100).mean() >= 0.5)  # type: ignore[operator]
