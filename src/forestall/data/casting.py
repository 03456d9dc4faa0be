"""Columns of any type made into the types of the contract; what cannot be read is marked, not lost."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from forestall.data.schemas import REQUIRED, ROW, RULE, TIME, column_types
from forestall.data.times import parse_iso, to_utc
from forestall.errors import InputError, nearest

TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0")
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0")


def is_internal(name: str) -> bool:
    """Tell whether a column is a note of the import or of pandas, not of the data: `__name__`."""
    return name.startswith("__") and name.endswith("__")


def cast_table(raw: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return `raw` with the columns and types of the contract, and `ROW` and `RULE`.

    Parameters
    ----------
    raw
        A table as it came in; missing optional columns become null columns, further columns stay for
        `interactions` (numbers as Float64, others as String) and are left out for the others.
    table
        Which of the three tables it is.

    Returns
    -------
    polars.DataFrame
        As many rows as `raw`. `ROW` is the row's number; `RULE` names what in it could not be read, or null.

    Raises
    ------
    InputError
        A required column is missing, or a column is of a type, or holds only values, that cannot be read.
    """
    missing = [name for name in REQUIRED[table] if name not in raw.columns]
    if missing:
        known = [name for name in raw.columns if not is_internal(name)]
        raise InputError(f"{table} must have a column '{missing[0]}', {nearest(missing[0], known)}")
    types = column_types(table)
    columns: list[pl.Series] = []
    marks: list[pl.Series] = [raw[RULE]] if RULE in raw.columns else []
    for name, dtype in types.items():
        if name not in raw.columns:
            columns.append(_repeat(None, name, dtype, raw.height))
            continue
        column, rule = cast_column(raw[name], dtype, f"{table}.{name}")
        columns.append(column)
        marks += [rule] if rule is not None else []
    if table == "interactions":
        for name in extra_columns(raw, types):
            column, rule = cast_extra(raw[name], f"{table}.{name}")
            columns.append(column)
            marks += [rule] if rule is not None else []
    rows = pl.int_range(raw.height, dtype=pl.UInt32, eager=True).alias(ROW)
    marks.append(_repeat(None, RULE, pl.String(), raw.height))
    return pl.DataFrame([*columns, rows, pl.select(pl.coalesce(marks)).to_series().alias(RULE)])


def _repeat(value: object, name: str, dtype: pl.DataType, n: int) -> pl.Series:
    return pl.Series(name, [value], dtype=dtype).new_from_index(0, n)


def extra_columns(raw: pl.DataFrame, types: Iterable[str]) -> list[str]:
    """Return the columns of `raw` that the contract does not name."""
    return [name for name in raw.columns if name not in types and not is_internal(name)]


def cast_column(column: pl.Series, dtype: pl.DataType, place: str) -> tuple[pl.Series, pl.Series | None]:
    """Return `column` as `dtype`, and the rule that each unreadable value breaks (None: there are none).

    Raises
    ------
    InputError
        The column's type cannot become `dtype`, or none of its values can be read as such.
    """
    if column.dtype.is_float():
        column = column.fill_nan(None)
    if column.null_count() == len(column):  # a column of gaps says nothing by its type
        return _repeat(None, column.name, dtype, len(column)), None
    if dtype == pl.String:
        return to_text(column, place), None
    if dtype == TIME:
        read, what, rule = to_time(column, place), "times (as ISO 8601)", "unreadable_time"
    elif dtype == pl.Boolean:
        read, what, rule = to_flag(column, place), "true or false", "unreadable_flag"
    else:
        read, what, rule = to_number(column, place), "numbers", "unreadable_number"
    if column.dtype != pl.String:
        return read, None
    lost = read.is_null() & is_filled(column) & ~_says_missing(column, dtype)
    n_lost = int(lost.sum())
    if not n_lost:
        return read, None
    if read.null_count() == len(read):
        raise InputError(f"{place} must hold {what}; none of its {n_lost} values can be read as such")
    return read, pl.select(pl.when(lost).then(pl.lit(rule))).to_series()


def is_filled(column: pl.Series) -> pl.Series:
    """Tell of each text whether it has more than blanks; false where it is null."""
    return (column.str.strip_chars() != "").fill_null(False)


def _says_missing(column: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Tell of each text whether it is a number's way to say that there is none."""
    if dtype != pl.Float64:
        return _repeat(False, column.name, pl.Boolean(), len(column))
    return (column.str.strip_chars().str.to_lowercase() == "nan").fill_null(False)


def to_text(column: pl.Series, place: str) -> pl.Series:
    """Return `column` as String, blank texts as null; whole numbers held as floats lose their `.0`, true is 1.

    Raises
    ------
    InputError
        The column is of a type that has no text.
    """
    if column.dtype.is_float():
        column = column.fill_nan(None)
        whole = column.drop_nulls()
        if len(whole) and bool((whole.is_finite() & (whole == whole.floor()) & (whole.abs() < 2**53)).all()):
            column = column.cast(pl.Int64)
    if column.dtype == pl.Boolean:
        column = column.cast(pl.Int8)
    if column.dtype != pl.String:
        if column.dtype.is_nested() or column.dtype in (pl.Object, pl.Binary, pl.Duration):
            raise InputError(f"{place} must hold text, is {column.dtype}")
        column = column.cast(pl.String)
    blank = column.str.strip_chars() == ""
    return column.set(blank, None) if blank.any() else column


def to_number(column: pl.Series, place: str) -> pl.Series:
    """Return `column` as Float64; NaN, and text that is no number, as null.

    Raises
    ------
    InputError
        The column is of a type that is no number.
    """
    if column.dtype == pl.String:
        column = column.str.strip_chars().cast(pl.Float64, strict=False)
    elif not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise InputError(f"{place} must hold numbers, is {column.dtype}")
    return column.cast(pl.Float64).fill_nan(None)


def to_flag(column: pl.Series, place: str) -> pl.Series:
    """Return `column` as Boolean; text that is neither true nor false as null.

    Raises
    ------
    InputError
        The column is neither Boolean nor text nor whole numbers 0 and 1.
    """
    if column.dtype in (pl.Boolean, pl.Null):
        return column.cast(pl.Boolean)
    if column.dtype.is_numeric():
        number = to_number(column, place)
        if not number.drop_nulls().is_in([0.0, 1.0]).all():
            raise InputError(f"{place} must hold true or false, holds other numbers than 0 and 1")
        return number == 1
    if column.dtype != pl.String:
        raise InputError(f"{place} must hold true or false, is {column.dtype}")
    word = column.str.strip_chars().str.to_lowercase()
    truth = {**dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False)}
    return word.replace_strict(truth, default=None, return_dtype=pl.Boolean)


def to_time(column: pl.Series, place: str) -> pl.Series:
    """Return `column` as UTC times in microseconds; text that is no time as null.

    A time without a zone is read as UTC, a day without a time of day as the end of that day.

    Raises
    ------
    InputError
        The column is of a type that is no time.
    """
    if column.dtype == pl.String:
        return parse_iso(column)
    if column.dtype == pl.Null:
        return column.cast(TIME)
    if not isinstance(column.dtype, (pl.Datetime, pl.Date)):
        raise InputError(f"{place} must hold times, is {column.dtype}")
    return to_utc(column)


def cast_extra(column: pl.Series, place: str) -> tuple[pl.Series, pl.Series | None]:
    """Return a further column of the interactions, numbers as Float64, others as String, and broken rules."""
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        return to_text(column, place), None
    number = to_number(column, place)
    infinite = number.is_infinite()
    if not infinite.any():
        return number, None
    return number, pl.select(pl.when(infinite).then(pl.lit("infinite_number"))).to_series()
