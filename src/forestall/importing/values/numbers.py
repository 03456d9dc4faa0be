"""Numbers and counts of a source."""

from __future__ import annotations

import polars as pl

from forestall.data.casting import to_number
from forestall.data.numbers import currencies, finite, parse_numbers
from forestall.errors import UsageError
from forestall.importing.value_sources import Source
from forestall.importing.values.cells import Cells, ReadColumn

MAX_COUNT = 10_000
"""The highest count of events that one row can make."""

_OTHER = {
    ".": r"^\D*(?:\d+,(?:\d{1,2}|\d{4,})|0,\d{3})\D*$|\d\.\d{3},\d",
    ",": r"^\D*(?:\d+\.(?:\d{1,2}|\d{4,})|0\.\d{3})\D*$|\d,\d{3}\.\d",
}
_DECIMALS = {".": "decimal points", ",": "decimal commas"}


def has_other_decimal(text: pl.Series, decimal: str) -> bool:
    """Return whether a text is a number with the other decimal mark: `0,50` or `0,500` where `.` is the mark."""
    return bool(text.str.contains(_OTHER[decimal]).fill_null(False).any())


def read_numbers(cells: Cells, source: Source, place: str, rule: str = "unreadable_number") -> ReadColumn:
    """Return a finite number for each row.

    Raises
    ------
    UsageError
        The numbers have another decimal mark, or the column has filled cells and none holds a number.
    """
    column = cells.column(source, place)
    return _read(cells, column, source.column, place, rule)


def read_number(cells: Cells, source: str | float, place: str, rule: str) -> ReadColumn:
    """Return a finite number for each row, from a column or one number for all rows.

    Raises
    ------
    UsageError
        As in `read_numbers`.
    """
    if not isinstance(source, str):
        number, filled = cells.repeat(float(source), pl.Float64()), cells.repeat(True, pl.Boolean())
        return ReadColumn(number, filled, rule)
    return _read(cells, cells.frame[source], source, place, rule)


def _read(cells: Cells, column: pl.Series, name: str | None, place: str, rule: str) -> ReadColumn:
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        values = finite(to_number(column, place))
        return ReadColumn(values, column.is_not_null(), rule, column.cast(pl.String))
    text = (
        cells.text(name, place)
        if name is not None and column.dtype != pl.String
        else column.str.strip_chars()
    )
    if has_other_decimal(text, cells.decimal):
        other = "," if cells.decimal == "." else "."
        raise UsageError(
            f"{cells.name}: {place}: column '{name}' must hold numbers with {_DECIMALS[cells.decimal]}, holds "
            f"some with "
            f"{_DECIMALS[other]}; write 'decimal: \"{other}\"' in the mapping, or make the column alike"
        )
    values, filled = parse_numbers(text, cells.decimal), text.is_not_null()
    if len(found := currencies(text.filter(values.is_not_null()))) > 1:
        cells.notes.warn(
            f"{place}: column '{name}' has amounts in several currencies ({', '.join(found[:5])}), which are read as "
            "if they were one; convert them before the export, or leave the column out"
        )
    if filled.any() and not values.is_not_null().any():
        raise UsageError(
            f"{cells.name}: {place}: column '{name}' must hold numbers, "
            f"none of its {filled.sum()} filled rows does; name another column, or list its words under 'missing'"
        )
    return ReadColumn(values, filled, rule, text)


def read_count(cells: Cells, column: str, place: str) -> ReadColumn:
    """Return a whole number from 0 to `MAX_COUNT` for each row.

    Raises
    ------
    UsageError
        The column has filled cells, and none holds a finite number.
    """
    read = read_number(cells, column, place, "unreadable_count")
    number = read.values
    is_count = (number >= 0) & (number <= MAX_COUNT) & (number == number.floor())
    counts = pl.select(pl.when(is_count).then(number).cast(pl.UInt32)).to_series()
    return ReadColumn(counts, read.filled, "unreadable_count", read.raw)
