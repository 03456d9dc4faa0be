"""Times: read from columns, or computed as a duration after another time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from forestall.data.numbers import ascii_digits, parse_numbers
from forestall.data.schemas import TIME
from forestall.data.times import parse_iso, parse_times
from forestall.data.written_clocks import has_clock, has_day, has_year_and_month
from forestall.data.zones import unknown_zones
from forestall.errors import UsageError
from forestall.importing.value_sources import TimeSource, ZoneColumn
from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.durations import read_duration
from forestall.importing.values.number_times import (
    RULE,
    are_days,
    is_written_as_day,
    read_number_times,
    typed_to_utc,
)
from forestall.importing.values.time_forms import fitting_formats, fitting_unit, unlike_formats
from forestall.importing.values.words import show_words

_CHANGES = {
    "twice": "local times that occur twice, read as the first",
    "never": "local times that do not exist, read as if clocks were not set forward",
}
_DAY_ONLY = r"^\d{4}[-/]?\d{2}[-/]?\d{2}$"


def read_time(
    cells: Cells,
    source: TimeSource,
    place: str,
    known: Mapping[str, pl.Series],
    *,
    day_start: bool = False,
) -> ReadColumn:
    """Return the time of each row, UTC.

    Parameters
    ----------
    cells
        The rows.
    source
        One or more columns, or a duration after one of the `known` times.
    place
        The time's place in the mapping file, for errors.
    known
        The times that are already read, by name.
    day_start
        Whether a day without a time of day is read as its beginning, with a warning.

    Raises
    ------
    UsageError
        The column has filled cells but none that the format fits; the format is not valid; or numbers have no unit, or
        one that does not fit.
    """
    if not source.is_read:
        return _add_durations(cells, source, place, known[str(source.after)])
    read = _read_columns(cells, source, place, day_start)
    if day_start and (share := _share_of_days(cells, source, read)):
        cells.notes.warn(
            f"{place} has no time of day in {share:.0%} of its rows: the beginning of the day is taken, and "
            f"waits within "
            "the day cannot be known; export it with the time of day if you can"
        )
    return read


def _read_columns(cells: Cells, source: TimeSource, place: str, day_start: bool) -> ReadColumn:
    zone = source.timezone if isinstance(source.timezone, str) else cells.zone
    zones = (
        cells.frame[source.timezone.column].cast(pl.String)
        if isinstance(source.timezone, ZoneColumn)
        else None
    )
    if source.columns is not None and source.unit is None:
        text = cells.joined_text(source.columns, place)
        return _read_text(cells, text, source, place, zone, zones, day_start)
    if source.columns is not None:
        return read_number_times(cells, source, place, zone, zones, day_start)
    column = cells.frame[str(source.column)]
    if column.dtype in (pl.Date, pl.Datetime):
        values = typed_to_utc(column, zone, zones, day_start)
        return ReadColumn(values, column.is_not_null(), RULE, column.cast(pl.String))
    is_number = column.dtype.is_numeric() and not source.formats() and not is_written_as_day(column)
    if source.unit is not None or is_number:
        return read_number_times(cells, source, place, zone, zones, day_start)
    return _read_text(cells, cells.text(str(source.column), place), source, place, zone, zones, day_start)


def _read_text(
    cells: Cells,
    text: pl.Series,
    source: TimeSource,
    place: str,
    zone: str,
    zones: pl.Series | None,
    day_start: bool,
) -> ReadColumn:
    filled = text.is_not_null()
    if not source.formats() and filled.any():
        _refuse_numbers(cells, text, source, place)
    changes: Counter[str] = Counter()
    values = None
    if not source.formats():
        values = parse_iso(text, zone, zones=zones, day_start=day_start, changes=changes)
    n_unlike = 0
    for form in source.formats():
        read = _read_form(cells, ascii_digits(text), form, place, zone, zones, day_start, changes)
        if values is not None:
            n_unlike += int((read != values).sum())
        values = read if values is None else pl.select(pl.coalesce(values, read)).to_series()
    if n_unlike:
        cells.notes.warn(
            f"{place}: {n_unlike:,} times fit several of its formats and mean another time by each; the first format "
            "counts: check that its order of day and month is right for them"
        )
    assert values is not None
    if zones is not None:
        _check_own_zones(
            cells, source, place, zones.filter(filled & values.is_null()), not values.is_not_null().any()
        )
    if filled.any() and not values.is_not_null().any():
        raise UsageError(_no_time_fits(cells, text, source, place))
    for change, words in _CHANGES.items():
        if changes[change]:
            cells.notes.counts[f"{place}: {words}"] += changes[change]
    return ReadColumn(values, filled, RULE, text)


def _read_form(
    cells: Cells,
    text: pl.Series,
    form: str,
    place: str,
    zone: str,
    zones: pl.Series | None,
    day_start: bool,
    changes: Counter[str],
) -> pl.Series:
    """Return the times of one format.

    Raises
    ------
    UsageError
        The format is not valid, or leaves the day open.
    """
    if has_year_and_month(form) and not has_day(form):
        cells.notes.warn(
            f"{place} has no day: the {'beginning' if day_start else 'end'} of the month is taken; export it with the "
            "day if you can"
        )
    try:
        read = parse_times(text, form, zone, zones=zones, day_start=day_start, changes=changes)
    except pl.exceptions.PolarsError:
        raise UsageError(
            f"{cells.name}: {place}.format must be a strftime format such as '%d/%m/%Y %H:%M', is '{form}'"
        ) from None
    if read.is_not_null().any() and not has_year_and_month(form):
        raise UsageError(
            f"{cells.name}: {place}.format must name year, month and day, is '{form}'; if they stand in another "
            'column, join both: {columns: [Date, Time], format: "%d/%m/%Y %H:%M"}'
        )
    return read


def _check_own_zones(
    cells: Cells, source: TimeSource, place: str, of_unread: pl.Series, is_none_read: bool
) -> None:
    """Say which zones of the rows whose time cannot be read are none.

    Raises
    ------
    UsageError
        No time of the column could be read.
    """
    unknown = unknown_zones(of_unread, cells.zone)
    if not unknown:
        return
    column = getattr(source.timezone, "column", "")
    fault = (
        f"{place}: column '{column}' must hold time zones such as Europe/Oslo, +02:00 or W. Europe Standard "
        f"Time, holds others{show_words(pl.Series(unknown))}"
    )
    if is_none_read:
        raise UsageError(f"{cells.name}: {fault}; write them in one of these forms, or leave 'timezone' out")
    cells.notes.warn(f"{fault}; their rows are rejected")


def _refuse_numbers(cells: Cells, text: pl.Series, source: TimeSource, place: str) -> None:
    """Raise an error if the texts are plain numbers other than days such as 20230530."""
    n_filled = len(text) - text.null_count()
    if text.str.contains(":", literal=True).sum() > n_filled / 2:
        return  # no number has a colon
    number = parse_numbers(text).fill_nan(None)
    n_numbers = len(number) - number.null_count()
    if n_numbers < n_filled / 2 or text.str.contains(_DAY_ONLY).all():
        return
    unit = fitting_unit(number)
    forms = [] if unit else fitting_formats(text)
    if unit is None and not forms:
        return
    remedy = f"unit: {unit}" if unit else f'format: "{forms[0]}"'
    raise UsageError(
        f"{cells.name}: {place}: column '{source.column}' holds numbers; 'unit' or 'format' must say what they count: "
        f"write {{column: {source.column}, {remedy}}}"
    )


def _no_time_fits(cells: Cells, text: pl.Series, source: TimeSource, place: str) -> str:
    """Return an error that names the formats which would fit."""
    name = source.column or " + ".join(source.columns or [])
    given = source.formats()
    said = (
        f"is {given[0] if len(given) == 1 else given!r}, which"
        if given
        else "is left out, so ISO 8601 is read, which"
    )
    forms = unlike_formats(text)
    remedy = "name another column, or give its format"
    if forms:
        fits = " or ".join(f"'{form}'" for form in forms)
        remedy = f'{fits} would fit: write format: "{forms[0]}"' + (
            " or the other, as your system writes day and month" if len(forms) > 1 else ""
        )
    n_filled = text.len() - text.null_count()
    return (
        f"{cells.name}: {place}.format must fit the times of column '{name}', {said} fits none of its "
        f"{n_filled} filled "
        f"rows; {remedy}"
    )


def _share_of_days(cells: Cells, source: TimeSource, read: ReadColumn) -> float:
    """Return the share of the filled rows whose time has no time of day."""
    n_filled = int(read.filled.sum())
    if not n_filled:
        return 0.0
    if source.column is not None and cells.frame[source.column].dtype == pl.Date:
        return 1.0
    forms = source.formats()
    if forms:
        return 1.0 if not any(has_clock(form) for form in forms) else 0.0
    if source.unit == "excel" and source.columns is None and read.raw is not None:
        return float(are_days(parse_numbers(read.raw, cells.decimal)))
    if source.unit is not None or read.raw is None:
        return 0.0
    return int(read.raw.str.contains(_DAY_ONLY).fill_null(False).sum()) / n_filled


def _add_durations(cells: Cells, source: TimeSource, place: str, start: pl.Series) -> ReadColumn:
    """Return `start` plus the durations of all units, in whole microseconds."""
    filled, unreadable = start.is_not_null(), cells.repeat(False, pl.Boolean())
    microseconds = cells.repeat(0, pl.Int64())
    raws: list[pl.Series] = []
    for unit, lengths in source.durations().items():
        for length in lengths:
            part = read_duration(cells, length, unit, f"{place}.{unit}")
            filled &= part.filled
            unreadable |= part.unreadable
            microseconds += part.values
            raws += [part.raw] if part.raw is not None else []
    at = pl.select(start + pl.duration(microseconds=pl.lit(microseconds))).to_series()
    at = pl.select(pl.when(filled & ~unreadable).then(at)).to_series()
    raw = None
    if raws:
        frame = pl.DataFrame({str(i): text for i, text in enumerate(raws)})
        raw = frame.select(pl.concat_str(pl.all(), separator=" + ", ignore_nulls=True)).to_series()
    return ReadColumn(at.cast(TIME), filled, "unreadable_duration", raw)
