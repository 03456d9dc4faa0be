"""Conditions: whether an event happened in a row."""

from __future__ import annotations

import polars as pl

from forestall.data.casting import FALSE_WORDS, TRUE_WORDS
from forestall.errors import UsageError
from forestall.importing.value_sources import Condition
from forestall.importing.values.cells import Cells, ReadColumn, is_one_of


def read_condition(cells: Cells, condition: Condition, place: str) -> ReadColumn:
    """Return whether each row meets a condition; null for an empty cell.

    Without `is`, a cell must hold a word for true or false, or a number, which is true above 0.

    Raises
    ------
    UsageError
        The column has filled cells, and none of them is true or false.
    """
    text = cells.text(condition.column, place)
    filled = text.is_not_null()
    if condition.values is not None:
        return ReadColumn(is_one_of(text, condition.values), filled, "")
    word = text.str.to_lowercase()
    truth = {**dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False)}
    known = word.replace_strict(truth, default=None, return_dtype=pl.Boolean)
    number = word.cast(pl.Float64, strict=False).fill_nan(None)
    values = pl.select(pl.coalesce(known, number > 0)).to_series()
    if filled.any() and not values.is_not_null().any():
        raise UsageError(
            f"{cells.name}: {place}: column '{condition.column}' must hold true or false, "
            f"none of its {filled.sum()} filled rows does; list the values that count under 'is'"
        )
    return ReadColumn(values, filled, "unreadable_flag")
