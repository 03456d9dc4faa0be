"""The cells of a source, and columns of text, of replaced words or of one constant that are read from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from forestall.data.casting import to_text
from forestall.errors import InputError, UsageError
from forestall.importing.import_notes import ImportNotes
from forestall.importing.value_sources import Source

MOST_WORDS = 20
"""Up to so many different texts, a column holds categories, and messages may show them."""


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
            return self.frame[source.column]
        return _replace_words(self.text(source.column, place), source)

    def text(self, column: str, place: str) -> pl.Series:
        """Return a column as text without blanks at its ends.

        Raises
        ------
        UsageError
            The column's type has no text.
        """
        try:
            return to_text(self.frame[column], place).str.strip_chars()
        except InputError as error:
            raise UsageError(f"{self.name}: {error}") from None

    def _constant(self, value: Any) -> pl.Series:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.repeat(float(value), pl.Float64())
        return self.repeat(_to_word(value), pl.String())


def words_of(text: pl.Series) -> list[str] | None:
    """Return the different texts of a column, the most frequent first; None if they are too many to be categories."""
    counts = text.drop_nulls().value_counts(name="n").sort(["n", text.name or ""], descending=[True, False])
    return None if counts.height > MOST_WORDS else counts[:, 0].to_list()


def show_words(text: pl.Series) -> str:
    """Return the words of a column of categories for a message, such as ` ('Good', 'Bad')`, empty for other texts."""
    words = words_of(text.alias("word"))
    if not words or max(len(word) for word in words) > 40:
        return ""
    return " (" + ", ".join(f"'{word}'" for word in words) + ")"


def is_one_of(text: pl.Series, words: list[str]) -> pl.Series:
    """Return whether each text is one of `words`, without regard to case; a whole number such as `9.0` is also `9`."""
    plain, wanted = text.str.to_lowercase(), [_fold(word) for word in words]
    return plain.is_in(wanted) | plain.str.strip_suffix(".0").is_in(wanted)


def _fold(word: str) -> str:
    return word.strip().lower()


def _replace_words(text: pl.Series, source: Source) -> pl.Series:
    """Return texts as `values` of the source maps them; other texts as `default`, or unchanged without one."""
    exact = {old: _to_word(value) for old, value in (source.values or {}).items()}
    folded = {_fold(old): value for old, value in reversed(exact.items())}
    plain = text.str.to_lowercase()
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
