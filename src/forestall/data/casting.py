"""Casts of columns of any type to the types of the contract. Rows with an unreadable value are marked."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from forestall.data.schemas import CONTACTS, FROM_DAY_START, REQUIRED, ROW, RULE, TIME, column_types
from forestall.data.text_values import TextValues, read_flags, read_names, read_numbers, read_times
from forestall.data.times import to_utc
from forestall.data.whole_tables import WholeTables, no_value_read
from forestall.errors import InputError, nearest


def is_internal(name: str) -> bool:
    """Return whether a column belongs to the import or to pandas, not to the data: `__name__`."""
    return name.startswith("__") and name.endswith("__")


CELLS = {"table": pl.String, "key": pl.String, "column": pl.String, "rule": pl.String, "raw": pl.String}
"""The columns of `rejected/cells.parquet`: the cells of optional columns that could not be read."""


def check_columns(names: list[str], table: str) -> None:
    """Check that a table has the columns that it must have.

    Raises
    ------
    InputError
        A required column is missing.
    """
    missing = [name for name in REQUIRED[table] if name not in names]
    if missing:
        known = [name for name in names if not is_internal(name)]
        raise InputError(f"{table} must have a column '{missing[0]}', {nearest(missing[0], known)}")


def cast_table(
    raw: pl.DataFrame, table: str, whole: WholeTables | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `raw` with the columns and types of the contract, and the cells that could not be read.

    Parameters
    ----------
    raw
        A table as it came in. Missing optional columns become null. Further columns are kept in `interactions` and
        `events` (numbers as Float64, others as String) and dropped from `feedback` and `contacts`.
    table
        The table's name.
    whole
        What is known of the whole table, of which `raw` is a part; None if it is the whole table.

    Returns
    -------
    table, cells
        As many rows as `raw`, with two more columns: `ROW` is the row's number, and `RULE` the rule that an unreadable
        value of a required column breaks, or null. An unreadable value of an optional column is null, and a row of
        `cells`, with the columns of `CELLS`.

    Raises
    ------
    InputError
        A required column is missing, or a column has the wrong type or no readable value.
    """
    check_columns(raw.columns, table)
    types = column_types(table)
    columns: list[pl.Series] = []
    cells: list[pl.DataFrame] = []
    rules: list[pl.Series] = [raw[RULE]] if RULE in raw.columns else []
    for name, dtype in types.items():
        if name not in raw.columns:
            columns.append(_repeat(None, name, dtype, raw.height))
            continue
        column, rule = cast_column(raw[name], dtype, f"{table}.{name}", whole)
        columns.append(column)
        if rule is not None and name in REQUIRED[table]:
            rules.append(rule)
        elif rule is not None:
            cells.append(unreadable_cells(table, columns[0], raw[name], rule))
    if table not in ("feedback", CONTACTS):
        for name in extra_columns(raw, types):
            column, rule = cast_extra(raw[name], f"{table}.{name}")
            columns.append(column)
            rules += [rule] if rule is not None else []
    rows = pl.int_range(raw.height, dtype=pl.UInt32, eager=True).alias(ROW)
    rules.append(_repeat(None, RULE, pl.String(), raw.height))
    cast = pl.DataFrame([*columns, rows, pl.select(pl.coalesce(rules)).to_series().alias(RULE)])
    return cast, pl.concat([pl.DataFrame(schema=CELLS), *cells])


def unreadable_cells(table: str, keys: pl.Series, raw: pl.Series, rule: pl.Series) -> pl.DataFrame:
    """Return the cells of a column that break a rule, with the columns of `CELLS`.

    Parameters
    ----------
    table
        The table's name.
    keys
        The key of each row's interaction.
    raw
        The column as it came in.
    rule
        The rule that each cell breaks, or null.
    """
    columns = {"key": keys.cast(pl.String), "rule": rule, "raw": raw.cast(pl.String, strict=False)}
    frame = pl.DataFrame(columns).drop_nulls("rule")
    return frame.select(table=pl.lit(table), key="key", column=pl.lit(raw.name), rule="rule", raw="raw")


def _repeat(value: object, name: str, dtype: pl.DataType, n: int) -> pl.Series:
    return pl.Series(name, [value], dtype=dtype).new_from_index(0, n)


def extra_columns(raw: pl.DataFrame, types: Iterable[str]) -> list[str]:
    """Return the columns of `raw` that the contract does not name."""
    return [name for name in raw.columns if name not in types and not is_internal(name)]


def cast_column(
    column: pl.Series, dtype: pl.DataType, place: str, whole: WholeTables | None = None
) -> tuple[pl.Series, pl.Series | None]:
    """Return `column` as `dtype`, and the rule that each unreadable value breaks (None if all are readable).

    Parameters
    ----------
    column
        A column as it came in.
    dtype
        String, Float64, Boolean or a UTC time in microseconds.
    place
        The column's name, with its table, for errors.
    whole
        What is known of the whole column, of which this is a part; None if it is the whole column.

    Raises
    ------
    InputError
        The column has the wrong type, or none of its filled values can be read; of a part the values are counted.
    """
    if column.dtype.is_float():
        column = column.fill_nan(None)
    if column.null_count() == len(column):  # the type of a column without values is arbitrary
        return _repeat(None, column.name, dtype, len(column)), None
    if dtype == pl.String:
        return to_text(column, place, has_whole_numbers(whole, place)), None
    if dtype == TIME:
        cast, what, rule = to_time, "times in ISO 8601", "unreadable_time"
    elif dtype == pl.Boolean:
        cast, what, rule = to_flag, "true or false", "unreadable_flag"
    else:
        cast, what, rule = to_number, "numbers", "unreadable_number"
    if column.dtype != pl.String:
        return cast(column, place), None
    read, unreadable = _of_texts(column, dtype)
    n_unreadable, n_read = int(unreadable.sum()), len(read) - read.null_count()
    if whole is not None:
        whole.counts.add(place, what, n_read, n_unreadable)
    if not n_unreadable:
        return read, None
    if not n_read and whole is None:
        raise no_value_read(place, what, n_unreadable)
    return read, pl.select(pl.when(unreadable).then(pl.lit(rule))).to_series()


def _of_texts(column: pl.Series, dtype: pl.DataType) -> TextValues:
    if dtype == TIME:
        return read_times(column, day_start=column.name in FROM_DAY_START)
    return read_flags(column) if dtype == pl.Boolean else read_numbers(column)


def is_filled(column: pl.Series) -> pl.Series:
    """Return whether each text has more than blanks; false for null."""
    return (column.str.strip_chars() != "").fill_null(False)


def has_whole_numbers(whole: WholeTables | None, place: str) -> bool | None:
    """Return whether all values of a column of floats are whole numbers, None if that is not known before."""
    return None if whole is None else whole.has_whole_numbers.get(place)


def are_whole(column: pl.Expr) -> pl.Expr:
    """Return whether all values of a column of floats are whole numbers; false if it has none."""
    filled = column.fill_nan(None).drop_nulls()
    is_whole = filled.is_finite() & (filled == filled.floor()) & (filled.abs() < 2**53)
    return (filled.len() > 0) & is_whole.all()


def to_text(column: pl.Series, place: str, has_whole: bool | None = None) -> pl.Series:
    """Return `column` as String; texts lose the blanks at their ends, and blank ones are null.

    Floats that are all whole numbers lose their `.0`, so that keys match across tables. True is `1`.

    Parameters
    ----------
    column
        A column of any type that has a text.
    place
        The column's name, with its table, for errors.
    has_whole
        Whether floats count as whole numbers; by default it is decided by the column itself.

    Raises
    ------
    InputError
        The column's type has no text, such as a list.
    """
    if column.dtype.is_float():
        if has_whole is None:
            has_whole = bool(column.to_frame("x").select(are_whole(pl.col("x"))).item())
        column = column.fill_nan(None)
        if has_whole:
            column = column.cast(pl.Int64)
    if column.dtype == pl.Boolean:
        column = column.cast(pl.Int8)
    if column.dtype != pl.String:
        if column.dtype.is_nested() or column.dtype in (pl.Object, pl.Binary, pl.Duration):
            raise InputError(f"{place} must hold text, is {column.dtype}; convert the column")
        column = column.cast(pl.String)
    return read_names(column)


def to_number(column: pl.Series, place: str) -> pl.Series:
    """Return `column` as Float64; NaN and text that is not a finite number are null.

    Raises
    ------
    InputError
        The column's type is neither number nor text.
    """
    if column.dtype == pl.String:
        return read_numbers(column).values
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise InputError(f"{place} must hold numbers, is {column.dtype}; convert the column")
    return column.cast(pl.Float64).fill_nan(None)


def to_flag(column: pl.Series, place: str) -> pl.Series:
    """Return `column` as Boolean; text that is neither true nor false is null.

    Raises
    ------
    InputError
        The column is neither Boolean nor text nor numbers 0 and 1.
    """
    if column.dtype in (pl.Boolean, pl.Null):
        return column.cast(pl.Boolean)
    if column.dtype.is_numeric():
        number = to_number(column, place)
        if not number.drop_nulls().is_in([0.0, 1.0]).all():
            raise InputError(
                f"{place} must hold true or false, holds other numbers than 0 and 1; convert the column"
            )
        return number == 1
    if column.dtype != pl.String:
        raise InputError(f"{place} must hold true or false, is {column.dtype}; convert the column")
    return read_flags(column).values


def to_time(column: pl.Series, place: str) -> pl.Series:
    """Return `column` as UTC times in microseconds; text that is not a time is null.

    A time without a zone is read as UTC. A date without a time of day is read as the end of that day, and in a column
    of `FROM_DAY_START` as its beginning.

    Raises
    ------
    InputError
        The column's type is neither time nor date nor text.
    """
    day_start = column.name in FROM_DAY_START
    if column.dtype == pl.String:
        return read_times(column, day_start=day_start).values
    if column.dtype == pl.Null:
        return column.cast(TIME)
    if not isinstance(column.dtype, (pl.Datetime, pl.Date)):
        raise InputError(f"{place} must hold times, is {column.dtype}; convert the column")
    return to_utc(column, day_start=day_start)


def cast_extra(column: pl.Series, place: str) -> tuple[pl.Series, pl.Series | None]:
    """Return a further column of the interactions as Float64 or String, and the rule that each value breaks.

    The rules are None if all values are readable.
    """
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        return to_text(column, place), None
    number = to_number(column, place)
    infinite = number.is_infinite()
    if not infinite.any():
        return number, None
    return number, pl.select(pl.when(infinite).then(pl.lit("infinite_number"))).to_series()
