"""Cells of a source read as a mapping file says: texts, times, durations, counts and conditions."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import Any

import polars as pl

from forestall.data.casting import FALSE_WORDS, TRUE_WORDS, to_number, to_text
from forestall.data.schemas import TIME
from forestall.data.times import parse_iso, parse_times, to_utc
from forestall.errors import InputError, UsageError
from forestall.importing.mapping import UNITS_S, Condition, Source, TimeSource

MOST_TIMES = 10_000
"""The highest count that is read as so many events."""


@dataclass(frozen=True)
class Read:
    """A column made from cells.

    Parameters
    ----------
    values
        What was read; null where a cell is empty or unreadable.
    filled
        Which cells were not empty.
    rule
        The rule that an unreadable cell breaks.
    """

    values: pl.Series
    filled: pl.Series
    rule: str

    @property
    def lost(self) -> pl.Series:
        """Which cells could not be read."""
        return self.filled & self.values.is_null()


@dataclass(frozen=True)
class Cells:
    """The cells of a source, and how to read them.

    Parameters
    ----------
    frame
        The source's rows; empty cells are null.
    zone
        The time zone of times without one.
    name
        The mapping file, for errors.
    """

    frame: pl.DataFrame
    zone: str
    name: str

    def at_rows(self, rows: pl.DataFrame) -> Cells:
        """Return the cells of other rows of the same source."""
        return Cells(rows, self.zone, self.name)

    def same(self, value: object, dtype: pl.DataType) -> pl.Series:
        """Return `value` once for each row."""
        return pl.Series([value], dtype=dtype).new_from_index(0, self.frame.height)

    def column(self, source: Source, place: str) -> pl.Series:
        """Return a value for each row, of the column's own type, or text where words are replaced."""
        if source.column is None:
            is_number = isinstance(source.constant, int | float) and not isinstance(source.constant, bool)
            return (
                self.same(_text_of(source.constant), pl.String())
                if not is_number
                else self.same(float(source.constant or 0), pl.Float64())
            )
        column = self.frame[source.column]
        if source.values is None:
            return column
        new = {old: _text_of(value) for old, value in source.values.items()}
        text = self.text(source.column, place)
        found = pl.coalesce(
            text.replace_strict(new, default=None, return_dtype=pl.String),
            text.str.strip_suffix(".0").replace_strict(new, default=None, return_dtype=pl.String),
        )
        return pl.select(_or_else(text, found, new, source)).to_series()

    def text(self, column: str, place: str) -> pl.Series:
        """Return a column as text."""
        try:
            return to_text(self.frame[column], place).str.strip_chars()
        except InputError as error:
            raise UsageError(f"{self.name}: {error}") from None

    def time(self, source: TimeSource, place: str, known: MappingType[str, pl.Series]) -> Read:
        """Return a time for each row.

        Parameters
        ----------
        source
            A column, or a duration after one of the `known` times.
        place
            The time's place in the mapping file.
        known
            By name, the times of the rows' interactions that are already read.
        """
        if source.column is not None:
            return self._time_of_column(source.column, source.format, place)
        base = known[str(source.after)]
        microseconds, filled, lost = (
            self.same(0, pl.Int64()),
            base.is_not_null(),
            self.same(False, pl.Boolean()),
        )
        for unit, length in source.durations().items():
            part = self.number(length, f"{place}.{unit}", "unreadable_duration")
            filled &= part.filled
            lost |= part.lost
            microseconds += (part.values * UNITS_S[unit] * 1e6).round().cast(pl.Int64, strict=False)
        at = pl.select(base + pl.duration(microseconds=pl.lit(microseconds))).to_series()
        at = pl.select(pl.when(filled & ~lost).then(at)).to_series()
        return Read(at.cast(TIME), filled, "unreadable_duration")

    def _time_of_column(self, column: str, form: str | None, place: str) -> Read:
        cells = self.frame[column]
        if cells.dtype in (pl.Date, pl.Datetime):
            return Read(to_utc(cells, self.zone), cells.is_not_null(), "unreadable_time")
        text = self.text(column, place)
        try:
            values = parse_iso(text, self.zone) if form is None else parse_times(text, form, self.zone)
        except pl.exceptions.PolarsError:
            raise UsageError(f"{self.name}: {place}.format: '{form}' is no format of a time") from None
        filled = text.is_not_null()
        if filled.any() and not values.is_not_null().any():
            what = f"the format '{form}' fits" if form else "without a format, ISO 8601 is read; it fits"
            raise UsageError(f"{self.name}: {place}.format: {what} no row of column '{column}'")
        return Read(values, filled, "unreadable_time")

    def number(self, source: str | float, place: str, rule: str) -> Read:
        """Return a finite number for each row, from a column or the same for all."""
        if not isinstance(source, str):
            return Read(self.same(float(source), pl.Float64()), self.same(True, pl.Boolean()), rule)
        cells = self.frame[source]
        if not cells.dtype.is_numeric():
            cells = self.text(source, place)
        values = to_number(cells, place)
        values = pl.select(pl.when(values.is_finite()).then(values)).to_series()
        filled = cells.is_not_null()
        if filled.any() and not values.is_not_null().any():
            raise UsageError(f"{self.name}: {place}: column '{source}' must hold numbers, holds none")
        return Read(values, filled, rule)

    def count(self, column: str, place: str) -> Read:
        """Return how many times something happened, 0 to `MOST_TIMES`, for each row."""
        read = self.number(column, place, "unreadable_count")
        number = read.values
        is_count = (number >= 0) & (number <= MOST_TIMES) & (number == number.floor())
        whole = pl.select(pl.when(is_count).then(number).cast(pl.UInt32)).to_series()
        return Read(whole, read.filled, "unreadable_count")

    def condition(self, when: Condition, place: str) -> Read:
        """Tell of each row whether a condition holds; an empty cell says no."""
        text = self.text(when.column, place)
        filled = text.is_not_null()
        if when.values is not None:
            return Read(text.is_in(when.values) | text.str.strip_suffix(".0").is_in(when.values), filled, "")
        word = text.str.to_lowercase()
        truth = {**dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False)}
        known = word.replace_strict(truth, default=None, return_dtype=pl.Boolean)
        number = word.cast(pl.Float64, strict=False).fill_nan(None)
        values = pl.select(pl.coalesce(known, number > 0)).to_series()
        if filled.any() and not values.is_not_null().any():
            raise UsageError(
                f"{self.name}: {place}: column '{when.column}' must say true or false; "
                "use 'is' for other words"
            )
        return Read(values, filled, "unreadable_flag")


def _text_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)


def _or_else(text: pl.Series, found: pl.Expr, new: dict[str, str | None], source: Source) -> pl.Expr:
    """Return what was found; else the default where one is given, else the cell's own text."""
    named = text.is_in(list(new)) | text.str.strip_suffix(".0").is_in(list(new))
    given = "default" in source.model_fields_set
    other = pl.lit(_text_of(source.default), dtype=pl.String) if given else pl.lit(text)
    return pl.when(pl.lit(named)).then(found).when(pl.lit(text.is_not_null())).then(other)
