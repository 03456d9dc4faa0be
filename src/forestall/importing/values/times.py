"""Times: read from a column, or computed as a duration after another time."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from forestall.data.schemas import TIME
from forestall.data.times import parse_iso, parse_times, to_utc
from forestall.errors import UsageError
from forestall.importing.value_sources import UNITS_S, TimeSource
from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.numbers import read_number


def read_time(cells: Cells, source: TimeSource, place: str, known: Mapping[str, pl.Series]) -> ReadColumn:
    """Return the time of each row, UTC.

    Parameters
    ----------
    cells
        The rows.
    source
        A column, or a duration after one of the `known` times.
    place
        The time's place in the mapping file, for errors.
    known
        The times of the interactions that are already read, by name.

    Raises
    ------
    UsageError
        The column has filled cells but none that the format fits, or the format is not valid.
    """
    if source.column is not None:
        return _read_column(cells, source.column, source.format, place)
    return _add_durations(cells, source, place, known[str(source.after)])


def _read_column(cells: Cells, column: str, form: str | None, place: str) -> ReadColumn:
    times = cells.frame[column]
    if times.dtype in (pl.Date, pl.Datetime):
        return ReadColumn(to_utc(times, cells.zone), times.is_not_null(), "unreadable_time")
    text = cells.text(column, place)
    try:
        values = parse_iso(text, cells.zone) if form is None else parse_times(text, form, cells.zone)
    except pl.exceptions.PolarsError:
        raise UsageError(
            f"{cells.name}: {place}.format must be a strftime format such as '%d/%m/%Y %H:%M', is '{form}'"
        ) from None
    filled = text.is_not_null()
    if filled.any() and not values.is_not_null().any():
        given = f"is '{form}', which" if form else "is left out, so ISO 8601 is read, which"
        raise UsageError(
            f"{cells.name}: {place}.format must fit the times of column '{column}', "
            f"{given} fits none of its {filled.sum()} filled rows"
        )
    return ReadColumn(values, filled, "unreadable_time")


def _add_durations(cells: Cells, source: TimeSource, place: str, start: pl.Series) -> ReadColumn:
    """Return `start` plus the durations of all units, in whole microseconds."""
    filled, unreadable = start.is_not_null(), cells.repeat(False, pl.Boolean())
    microseconds = cells.repeat(0, pl.Int64())
    for unit, length in source.durations().items():
        part = read_number(cells, length, f"{place}.{unit}", "unreadable_duration")
        filled &= part.filled
        unreadable |= part.unreadable
        microseconds += (part.values * UNITS_S[unit] * 1e6).round().cast(pl.Int64, strict=False)
    at = pl.select(start + pl.duration(microseconds=pl.lit(microseconds))).to_series()
    at = pl.select(pl.when(filled & ~unreadable).then(at)).to_series()
    return ReadColumn(at.cast(TIME), filled, "unreadable_duration")
