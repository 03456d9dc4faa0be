"""Words that stand for a missing value in exports."""

from __future__ import annotations

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


def _folded(words: Iterable[str]) -> set[str]:
    return {word.strip().lower() for word in words}
