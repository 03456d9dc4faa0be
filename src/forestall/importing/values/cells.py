"""The cells of a source, and columns of text, of replaced words or of one constant that are read from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from forestall.data.casting import to_text
from forestall.errors import InputError, UsageError
from forestall.importing.import_notes import ImportNotes
from forestall.importing.value_sources import Cell, Source
from forestall.importing.values.words import (
    fold,
    fold_texts,
    is_one_of,
    note_near_words,
    words_for_flags,
)


@dataclass(frozen=True)
class ReadColumn:
    """The values that were read from a column of cells.

    Parameters
    ----------
    values
        The values; null where a cell is empty or unreadable.
    filled
        Whether each cell has a content.
    rule
        The rule that an unreadable cell breaks.
    raw
        What stands in the cells, as text; None if there are no cells.
    """

    values: pl.Series
    filled: pl.Series
    rule: str
    raw: pl.Series | None = None

    @property
    def unreadable(self) -> pl.Series:
        """Whether each cell has a content that could not be read."""
        return self.filled & self.values.is_null()

    def at(self, rows: pl.Series) -> ReadColumn:
        """Return the values of some rows, those where `rows` is true."""
        raw = None if self.raw is None else self.raw.filter(rows)
        return ReadColumn(self.values.filter(rows), self.filled.filter(rows), self.rule, raw)


@dataclass(frozen=True)
class Cells:
    """The rows of a source, with what is needed to read them.

    Parameters
    ----------
    frame
        The source's rows; empty cells are null.
    zone
        The time zone of times that name none.
    name
        The mapping file's name, for errors.
    decimal
        The decimal mark of numbers.
    notes
        What is found while cells are read.
    """

    frame: pl.DataFrame
    zone: str
    name: str
    decimal: str = "."
    notes: ImportNotes = field(default_factory=ImportNotes)

    def with_rows(self, rows: pl.DataFrame) -> Cells:
        """Return the cells of other rows."""
        return replace(self, frame=rows)

    def repeat(self, value: object, dtype: pl.DataType) -> pl.Series:
        """Return `value` once for each row."""
        return pl.Series([value], dtype=dtype).new_from_index(0, self.frame.height)

    def column(self, source: Source, place: str) -> pl.Series:
        """Return the value of `source` in each row.

        A column keeps its type; a column with replaced words becomes text.

        Parameters
        ----------
        source
            A column or a constant.
        place
            The source's place in the mapping file, for errors.
        """
        if source.column is None:
            return self._constant(source.constant)
        if source.values is None:
            return self.plain(source.column, place)
        text = self.text(source.column, place)
        note_near_words(self.notes, text, source.values, f"{place}.values")
        values = source.values
        if self.frame[source.column].dtype == pl.Boolean:  # 'true' in quotes means what it says
            values = {flag: value for word, value in values.items() for flag in words_for_flags(word)}
        return _replace_words(text, source, values)

    def plain(self, column: str, place: str) -> pl.Series:
        """Return a column as it is.

        Raises
        ------
        UsageError
            Its cells are arrays.
        """
        cells = self.frame[column]
        if isinstance(cells.dtype, pl.List):
            raise UsageError(
                f"{self.name}: {place}: column '{column}' must hold one value in each row, holds arrays; make "
                f"events or ratings of their elements by 'from: {column}' (an element that is no object is the column "
                "'value'), or leave it out"
            )
        return cells

    def text(self, column: str, place: str) -> pl.Series:
        """Return a column as text without blanks at its ends.

        Raises
        ------
        UsageError
            The column's type has no text.
        """
        try:
            return to_text(self.plain(column, place), place).str.strip_chars()
        except InputError as error:
            raise UsageError(f"{self.name}: {error}") from None

    def joined_text(self, columns: Sequence[str], place: str) -> pl.Series:
        """Return the texts of several columns, joined by a blank; null where all of them are empty.

        Where one is missing, what stands in the others is kept.
        """
        frame = pl.DataFrame({str(i): self.text(name, place) for i, name in enumerate(columns)})
        joined = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)
        return frame.select(pl.when(~pl.all_horizontal(pl.all().is_null())).then(joined)).to_series()

    def _constant(self, value: Any) -> pl.Series:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.repeat(float(value), pl.Float64())
        return self.repeat(_to_word(value), pl.String())


def _replace_words(text: pl.Series, source: Source, values: dict[str, Cell]) -> pl.Series:
    """Return texts as `values` maps them; other texts as the `default` of the source, or unchanged without one."""
    exact = {old: _to_word(value) for old, value in values.items()}
    folded = {fold(old): value for old, value in reversed(exact.items())}
    plain = fold_texts(text)
    mapped = pl.coalesce(
        text.replace_strict(exact, default=None, return_dtype=pl.String),
        plain.replace_strict(folded, default=None, return_dtype=pl.String),
        plain.str.strip_suffix(".0").replace_strict(folded, default=None, return_dtype=pl.String),
    )
    has_default = "default" in source.model_fields_set
    other = pl.lit(_to_word(source.default), dtype=pl.String) if has_default else pl.lit(text)
    return pl.select(
        pl.when(pl.lit(is_one_of(text, list(folded))))
        .then(mapped)
        .when(pl.lit(text.is_not_null()))
        .then(other)
    ).to_series()


def _to_word(value: Any) -> str | None:
    """Return a value of the mapping file as text, in the form that cells have."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)
