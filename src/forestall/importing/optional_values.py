"""Values that may be missing: an unreadable cell is null and kept in `rejected/cells.parquet`; its row stays."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from forestall.data.numbers import currencies, parse_numbers
from forestall.importing.value_sources import Source, TimeSource
from forestall.importing.values import Cells, ReadColumn, read_numbers, read_time
from forestall.importing.values.numbers import has_other_decimal

_CODE = r"^\s*[-+]?0\d|^\(|\d-$"  # 007, (12) and 12- may be codes
_PARTS = r"\d \d"  # blanks separate thousands where commas are decimal marks


def optional_number(
    cells: Cells, source: Source, place: str, target: tuple[str, str], columns: Mapping[str, pl.Series]
) -> pl.Series:
    """Return a number for each row, null where it cannot be read.

    Parameters
    ----------
    cells
        The rows.
    source, place
        The value and its place in the mapping file.
    target
        The table and the column that it becomes.
    columns
        The columns of the table so far, with its key.
    """
    return _keep_unreadable(cells, read_numbers(cells, source, place), target, columns["interaction_id"])


def optional_time(
    cells: Cells,
    source: TimeSource,
    place: str,
    target: tuple[str, str],
    known: Mapping[str, pl.Series],
    keys: pl.Series,
    *,
    day_start: bool = False,
) -> ReadColumn:
    """Return a time for each row, null where it cannot be read."""
    read = read_time(cells, source, place, known, day_start=day_start)
    _keep_unreadable(cells, read, target, keys)
    return ReadColumn(read.values, read.values.is_not_null(), read.rule, read.raw)


def _keep_unreadable(cells: Cells, read: ReadColumn, target: tuple[str, str], keys: pl.Series) -> pl.Series:
    bad = read.unreadable
    if bad.any():
        raw = read.raw if read.raw is not None else cells.repeat(None, pl.String())
        cells.notes.add_cells(target[0], keys, target[1], read.rule, raw, bad)
    return read.values


def number_or_text(column: pl.Series, decimal: str) -> pl.Series:
    """Return a kept column as numbers if all its cells are numbers and none is a code such as 007.

    Thousands separators, currency signs and `%` are taken off; amounts of several currencies stay text. Of texts of
    which most are numbers with a decimal comma, these have a point, as everything reads them that comes later.
    """
    if column.dtype != pl.String or column.null_count() == len(column):
        return column
    code = _CODE if decimal == "," else f"{_CODE}|{_PARTS}"
    if column.str.contains(code).fill_null(False).any() or has_other_decimal(column, decimal):
        return column
    number = parse_numbers(column, decimal)
    if number.null_count() == column.null_count():
        return column if len(currencies(column)) > 1 else number  # as numbers they would be compared
    n_filled = len(column) - column.null_count()
    if decimal == "." or len(number) - number.null_count() <= n_filled / 2:
        return column
    plain = column.to_frame("text").with_columns(number.alias("number"))
    text = pl.format("{}", pl.col("number").cast(pl.String).str.strip_suffix(".0"))
    return plain.select(pl.coalesce(text, "text")).to_series().alias(column.name)
