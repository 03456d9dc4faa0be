"""The one reader of times, numbers, flags and names in text: of tables, records, Spark and imports.

A text that stands for a missing value, such as `n/a`, is a missing time, number or flag, and never an unreadable one.
As a name it is itself: which names mean a missing value, an import decides, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from forestall.data.gaps import is_gap
from forestall.data.numbers import parse_numbers
from forestall.data.times import parse_iso

TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0")
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0")
BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""The blanks of Unicode, which are taken off both ends of a text. Python alone would take off four more letters."""
_LARGEST_WHOLE = 2**53
_TRUTH = {**dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False)}


class TextValues(NamedTuple):
    """What was read from texts.

    Attributes
    ----------
    values
        The value of each text, null where it has none.
    unreadable
        Which texts say something that cannot be read.
    """

    values: pl.Series
    unreadable: pl.Series


def read_times(text: pl.Series, *, day_start: bool = False) -> TextValues:
    """Return UTC times in microseconds, see `times.parse_iso`; a time without a zone is in UTC.

    A day without a time of day is its end, or its beginning with `day_start`.
    """
    return _with_unreadable(text, parse_iso(text, day_start=day_start))


def read_numbers(text: pl.Series) -> TextValues:
    """Return finite numbers, see `numbers.parse_numbers`."""
    return _with_unreadable(text, parse_numbers(text))


def read_flags(text: pl.Series) -> TextValues:
    """Return what words say: one of `TRUE_WORDS` or `FALSE_WORDS`, without regard to case."""
    word = text.str.strip_chars().str.to_lowercase()
    return _with_unreadable(text, word.replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean))


def read_names(text: pl.Series) -> pl.Series:
    """Return names: texts without blanks at their ends, null where nothing else is there.

    Texts that are names already are returned as they are: a copy would take as much memory again.
    """
    name = text.str.strip_chars()
    if (name == text).all():
        name = text
    blank = name == ""
    return name.set(blank, None) if blank.any() else name


def name_of(text: str) -> str | None:
    """Return the name that one text is, as `read_names` does.

    Examples
    --------
    >>> name_of(" phone "), name_of(" ")
    ('phone', None)
    """
    return text.strip(BLANKS) or None


def text_of(value: Any) -> str:
    """Return the text of a value that is no text: true is 1, and a whole number has no `.0`.

    Examples
    --------
    >>> text_of(True), text_of(12.0), text_of(0.5)
    ('1', '12', '0.5')
    """
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        is_whole = value.is_integer() and abs(value) < _LARGEST_WHOLE
        return str(int(value)) if is_whole else str(pl.Series([value]).cast(pl.String)[0])
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def as_series(texts: Sequence[str]) -> pl.Series:
    """Return texts as a column, see `as_utf8`."""
    return pl.Series([as_utf8(one) for one in texts], dtype=pl.String)


def as_utf8(text: str) -> str:
    """Return a text that UTF-8 can hold: half a character becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _with_unreadable(text: pl.Series, values: pl.Series) -> TextValues:
    values = values.alias(text.name)
    if values.null_count() == text.null_count():
        return TextValues(values, pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(text)))
    is_lost = values.is_null() & text.is_not_null()
    gap = text.to_frame("text").select(is_gap(pl.col("text")).fill_null(True)).to_series()
    return TextValues(values, is_lost & ~gap)
