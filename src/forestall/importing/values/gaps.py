"""Words that stand for a missing value in exports."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

USUAL_GAPS = frozenset(
    {
        "",
        *("NULL", "null", "Null", "(null)", "(NULL)", "<null>", "<NULL>", "[NULL]", "#NULL!"),
        *("None", "NONE", "N/A", "n/a", "N/a", "NA", "#N/A", "#NA", "#N/A N/A", "<NA>"),
        *("nan", "NaN", "NAN", "-nan", "NaT", "nat", r"\N", "-", "--", "---", "–", "—"),
    }
)
"""Texts that mean a missing value in every import."""

_ZERO_DATE = r"^0000-00-00([ T]00:00(:00(\.0+)?)?Z?)?$"


def is_gap(text: pl.Expr, further: Iterable[str], values: Iterable[str] = ()) -> pl.Expr:
    """Return whether each text means a missing value: blank, one of the usual words, or a zero date of MySQL.

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
    gaps = (USUAL_GAPS | set(further)) - set(values)
    return word.is_in(sorted(gaps)) | word.str.contains(_ZERO_DATE)
