"""Conditions: whether an event happened in a row."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forestall.data.text_values import FALSE_WORDS, TRUE_WORDS
from forestall.errors import UsageError
from forestall.importing.value_sources import Condition
from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.words import is_one_of, note_near_words, show_words, words_for_flags


def read_condition(cells: Cells, condition: Condition, place: str) -> ReadColumn:
    """Return whether each row meets a condition; null for an empty cell.

    Without `is`, a cell must hold a word for true or false, or a number, which is true above 0.

    Raises
    ------
    UsageError
        The column has filled cells, and none of them is true or false.
    """
    if isinstance(cells.frame[condition.column].dtype, pl.List):
        return _read_arrays(cells, condition, place)
    text = cells.text(condition.column, place)
    filled = text.is_not_null()
    if condition.empty is not None:
        return ReadColumn(filled != condition.empty, ~filled.is_null(), "")
    other = condition.same_as or condition.differs_from
    if other is not None:
        # an empty cell of the other column fails both conditions: it can be read, and is no value
        compared = cells.text(other, place)
        met = text == compared if condition.same_as else text != compared
        met = pl.select(pl.when(filled).then(met.fill_null(False))).to_series()
        return ReadColumn(met, filled, "")
    if condition.values is not None:
        words = condition.values
        if cells.frame[condition.column].dtype == pl.Boolean:  # 'true' in quotes means what it says
            words = [flag for word in words for flag in words_for_flags(word)]
        note_near_words(cells.notes, text, words, place)
        return ReadColumn(is_one_of(text, words), filled, "")
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


def read_conditions(cells: Cells, conditions: Sequence[Condition], place: str) -> ReadColumn:
    """Return whether each row meets all conditions; unreadable where one of them cannot be read and no other fails."""
    if len(conditions) == 1:
        return read_condition(cells, conditions[0], place)
    met, unreadable = cells.repeat(True, pl.Boolean()), cells.repeat(False, pl.Boolean())
    for i, condition in enumerate(conditions):
        read = read_condition(cells, condition, f"{place}[{i}]")
        met &= read.values.fill_null(False) | read.unreadable
        unreadable |= read.unreadable
    values = pl.select(pl.when(~(met & unreadable)).then(met)).to_series()
    return ReadColumn(values, cells.repeat(True, pl.Boolean()), "unreadable_flag")


def rows_that_meet(cells: Cells, conditions: Sequence[Condition], place: str, otherwise: str) -> pl.Series:
    """Return which rows meet all conditions, and warn of those that cannot be read.

    Parameters
    ----------
    cells, conditions, place
        The rows, and the conditions with their place in the mapping file.
    otherwise
        What becomes of rows whose condition cannot be read, for the warning.
    """
    read = read_conditions(cells, conditions, place)
    if n_unread := int(read.unreadable.sum()):
        some = cells.frame.filter(read.unreadable)
        columns = [
            c.column for c in conditions if c.column in some.columns and some[c.column].dtype == pl.String
        ]
        words = show_words(some[columns[0]]) if len(conditions) == len(columns) == 1 else ""
        cells.notes.warn(
            f"{place}: {n_unread} rows hold neither true nor false{words}, and {otherwise}; list the values that count "
            "under 'is'"
        )
    return read.values.fill_null(False)


def _read_arrays(cells: Cells, condition: Condition, place: str) -> ReadColumn:
    """Return whether an element of each array meets a condition."""
    column = cells.frame[condition.column]
    sizes = column.list.len()
    if condition.empty is not None:
        is_empty = (sizes == 0).fill_null(True)
        return ReadColumn(is_empty == condition.empty, cells.repeat(True, pl.Boolean()), "")
    if condition.values is None:
        raise UsageError(
            f"{cells.name}: {place}: column '{condition.column}' holds arrays; list the elements that count under 'is'"
        )
    # elements are JSON: a text has quotes around it
    elements = column.list.eval(pl.element().cast(pl.String).str.strip_chars('"'))
    rows = pl.DataFrame({"row": pl.int_range(len(column), eager=True), "element": elements}).explode(
        "element"
    )
    met = rows.filter(is_one_of(rows["element"], condition.values))["row"]
    values = pl.int_range(len(column), eager=True).is_in(met.unique().implode())
    return ReadColumn(values, (sizes > 0).fill_null(False), "")
