"""Words that stand for a missing value in exports."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

USUAL_GAPS = frozenset(
    {
        "",
        *(
            "null",
            "(null)",
            "<null>",
            "[null]",
            "#null!",
            "none",
            "n/a",
            "na",
            "#n/a",
            "#na",
            "#n/a n/a",
            "<na>",
        ),
        *("nan", "-nan", "nat", r"\n", "-", "--", "---", "–", "—"),
    }
)
"""Texts that mean a missing value in every import, in lower case."""

_NAMES = ("Na", "Nan", "Nat")
"""Names of people, if written like this."""
_DAY = r"\d{4}-\d{2}-\d{2}"
_ZERO_DATE = r"^0000-00-00([ T]00:00(:00(\.0+)?)?Z?)?$"


def is_gap(text: pl.Expr, further: Iterable[str] = (), values: Iterable[str] = ()) -> pl.Expr:
    """Return whether each text means a missing value: blank, one of the usual words, or a zero date of MySQL.

    Words are compared without regard to case and to blanks at their ends, as those of `values` in a mapping file are;
    but `Na`, `Nan` and `Nat` are names.

    Parameters
    ----------
    text
        The cells as text.
    further
        Further texts that mean a missing value.
    values
        Texts that the mapping file names as values of this column. They never mean a missing value.
    """
    word = text.str.strip_chars()
    gaps, names = (USUAL_GAPS | _folded(further)) - _folded(values), set(_NAMES) - set(further)
    # an anchored pattern is faster than the texts in lower case: most of them end at their first letter
    is_word = word.str.contains(rf"(?i)^(?:{'|'.join(map(pl.escape_regex, sorted(gaps)))})$")
    return (is_word & ~word.is_in(sorted(names))) | word.str.contains(_ZERO_DATE)


def written_gaps(words: Iterable[str]) -> set[str]:
    """Return words for no value, and how else a number or a day among them is written.

    Examples
    --------
    >>> sorted(written_gaps(["99"])), len(written_gaps(["2099-12-31"]))
    (['99', '99.0'], 6)
    """
    found = set(words)
    for word in words:
        plain = word.strip()
        if re.fullmatch(r"-?\d+", plain):
            found.add(f"{plain}.0")
        if re.fullmatch(_DAY, plain):
            found |= {f"{plain}{mark}00:00{end}" for mark in " T" for end in (":00", ":00Z")} | {
                f"{plain} 00:00"
            }
    return found


def typed_gaps(column: pl.Series, words: Iterable[str]) -> pl.Series:
    """Return a column of numbers or times in which those that `words` name are null.

    Parameters
    ----------
    column
        Numbers, dates or times; a file such as Parquet or Excel has them without text.
    words
        Texts that mean a missing value, such as `99` or `2099-12-31`.
    """
    texts = pl.Series("text", [word.strip() for word in words], dtype=pl.String)
    if column.dtype.is_numeric():
        gaps = texts.cast(pl.Float64, strict=False).drop_nulls().implode()
        is_missing = column.cast(pl.Float64, strict=False).is_in(gaps)
    else:
        days = texts.filter(texts.str.contains(f"^{_DAY}")).str.replace("T", " ", literal=True)
        forms = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
        times = [days.str.to_date(forms[0], strict=False).cast(pl.Datetime("us"))]
        times += [days.str.to_datetime(form, time_unit="us", strict=False) for form in forms[1:]]
        local = column.cast(pl.Datetime("us"))
        is_missing = local.is_in(pl.concat(times).drop_nulls().implode())
    is_missing = is_missing.fill_null(False)
    return column.set(is_missing, None) if is_missing.any() else column


def _folded(words: Iterable[str]) -> set[str]:
    return {word.strip().lower() for word in words}
