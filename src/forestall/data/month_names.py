"""Names of months in the languages of Europe and some others, in English, as formats of times need them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import polars as pl
from babel import Locale

_LANGUAGES = (
    "en", "af", "bg", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "it", "lt", "lv",
    "nb", "nl", "nn", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk", "az", "id", "is", "ms", "sq", "sw",
)  # fmt: skip
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FURTHER = {"mrz": 3, "maerz": 3, "setiembre": 9}  # of German programs, and of Peru
_WORD = r"[\p{L}\p{M}]{3,}"
_MOST_WORDS = 300
"""A column with more different words holds texts, not times."""
_WEEKDAY_FORM = re.compile(r"^%[aA][.,]*\s*")
_WEEKDAY = r"^[\p{L}\p{M}-]+[.,]*\s*"
_ENGLISH_DAY = r"(?i)^(?:mon|tue|wed|thu|fri|sat|sun)"


def has_month_name(form: str) -> bool:
    """Return whether a strftime format has the name of a month.

    Examples
    --------
    >>> has_month_name("%d %b %Y"), has_month_name("%d/%m/%Y")
    (True, False)
    """
    return re.search(r"%[-_0]?[bBh]", form) is not None


def in_english(text: pl.Series, *, keeps_dots: bool = False) -> pl.Series:
    """Return texts in which names of months of other languages, long or short, are the short English ones.

    Parameters
    ----------
    text
        Times as text.
    keeps_dots
        Whether the dot of `janv.` is left where it stands.
    """
    words = text.str.extract_all(_WORD).explode().drop_nulls().unique(maintain_order=True).to_list()
    if len(words) > _MOST_WORDS:
        return text
    for word in words:
        month = months().get(_fold(word))
        if month is not None and word != month:
            dot = "" if keeps_dots else r"(?:\.(\s|$))?"
            text = text.str.replace_all(rf"\b{word}\b{dot}", month if keeps_dots else f"{month}${{1}}")
    return text


def without_weekday(text: pl.Series, form: str) -> tuple[pl.Series, str]:
    """Return texts and their format without a weekday at the beginning, if it is none of English."""
    if not _WEEKDAY_FORM.match(form):
        return text, form
    day = pl.col("text")
    is_foreign = day.str.contains(_WEEKDAY) & ~day.str.contains(_ENGLISH_DAY)
    foreign = pl.when(is_foreign).then(day.str.replace(_WEEKDAY, ""))
    return text.to_frame("text").select(foreign).to_series(), _WEEKDAY_FORM.sub("", form)


@cache
def months() -> dict[str, str]:
    """Return the short English name of each month by its names in all languages, without case, accents and dots.

    A name that means different months in two languages is left out.
    """
    found = {name: {number} for name, number in _FURTHER.items()}
    for language in _LANGUAGES:
        for context in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in context[width].items():
                    found.setdefault(_fold(name.split()[-1].rsplit("’", 1)[-1]), set()).add(number)
    return {name: _ENGLISH[numbers.pop() - 1] for name, numbers in found.items() if len(numbers) == 1}


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).rstrip(".")
