"""Numbers and counts."""

from __future__ import annotations

import polars as pl

from forestall.data.casting import to_number
from forestall.errors import UsageError
from forestall.importing.values.cells import Cells, ReadColumn

MAX_COUNT = 10_000
"""The highest count of events that one row can make."""


def read_number(cells: Cells, source: str | float, place: str, rule: str) -> ReadColumn:
    """Return a finite number for each row.

    Parameters
    ----------
    cells
        The rows.
    source
        A column, or one number for all rows.
    place
        The number's place in the mapping file, for errors.
    rule
        The rule that an unreadable cell breaks.

    Raises
    ------
    UsageError
        The column has filled cells, and none holds a finite number.
    """
    if not isinstance(source, str):
        number, filled = cells.repeat(float(source), pl.Float64()), cells.repeat(True, pl.Boolean())
        return ReadColumn(number, filled, rule)
    column = cells.frame[source]
    if not column.dtype.is_numeric():
        column = cells.text(source, place)
    values = to_number(column, place)
    values = pl.select(pl.when(values.is_finite()).then(values)).to_series()
    filled = column.is_not_null()
    if filled.any() and not values.is_not_null().any():
        raise UsageError(
            f"{cells.name}: {place}: column '{source}' must hold numbers, "
            f"none of its {filled.sum()} filled rows does; name another column"
        )
    return ReadColumn(values, filled, rule)


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
    return ReadColumn(counts, read.filled, "unreadable_count")
