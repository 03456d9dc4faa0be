"""Which formats fit the times of a column: evidence for messages and for suggested mappings."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from forestall.data.times import parse_times

_DAYS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y", "%Y/%m/%d", "%Y-%m-%d", "%Y.%m.%d",
    "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
    "%B %d, %Y", "%d/%b/%Y", "%d. %b %Y", "%d de %b de %Y", "%Y年%m月%d日", "%Y%m%d", "%a %d %b %Y", "%a, %d %b %Y",
)  # fmt: skip
_CLOCKS = (
    "%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S.%f", "%H.%M", "%H.%M.%S", "%H%M%S", "%Hh%M", "%I %p",
    "%H時%M分",
)  # fmt: skip
_MARKS = (" ", "T", ", ", ":", "")
_ZONES = ("", " %Z", "%z")
_MOST_TEXTS = 300
_DIRECTIVE = re.compile(r"\.?%f|%[A-Za-z]")
_WORD = re.compile(r"%[abBpzZ]|%f")


def fitting_formats(text: pl.Series, *, at_most: int = 4) -> list[str]:
    """Return the formats that fit all filled texts of a column, those with a time of day first.

    Two formats that differ only in day and month both fit, unless a day above 12 decides.

    Parameters
    ----------
    text
        Times as text. A spread sample of the different ones is tried.
    at_most
        How many formats are returned.
    """
    texts = text.drop_nulls().unique(maintain_order=True)
    sample = texts.gather_every(max(1, len(texts) // _MOST_TEXTS))
    if not len(sample):
        return []
    first = sample.head(3)
    has_blank = bool(sample.str.contains(r"\s").any())
    found: list[str] = []
    for form in _forms():
        # Polars reads a blank of a format as any number of blanks, none included
        if (" " in form) != has_blank or not _may_fit(first[0], form) or not _fits(first, form):
            continue
        if _fits(sample, form):
            found.append(form)
        if len(found) == at_most:
            break
    return found


def unlike_formats(text: pl.Series) -> list[str]:
    """Return the formats that fit all filled texts of a column, of those that mean the same times the first."""
    found: dict[str, pl.Series] = {}
    for form in fitting_formats(text):
        read = parse_times(text, form)
        if not any(read.equals(other) for other in found.values()):
            found[form] = read
    return list(found)


@cache
def _forms() -> list[str]:
    timed = [
        f"{day}{mark}{clock}{zone}"
        for zone in _ZONES
        for clock in _CLOCKS
        for mark in _MARKS
        for day in _DAYS
        if mark or (day, clock) == ("%Y%m%d", "%H%M%S")
    ]
    return [*timed, *_DAYS]


def _may_fit(text: str, form: str) -> bool:
    """Return whether a text has the marks of a format: a quick check before Polars tries the format."""
    marks, own = _marks(form), [char for char in text if not char.isdigit() and not char.isspace()]
    if not _WORD.search(form):
        return own == marks
    if len(own) == len(marks) and "%f" not in form:
        return False
    # names of months, zones and a fraction have marks of their own
    rest = iter(own)
    return all(mark in rest for mark in marks)


@cache
def _marks(form: str) -> list[str]:
    """Return what a format has beside its directives and blanks."""
    return [char for char in _DIRECTIVE.sub("", form) if char != " "]


def _fits(text: pl.Series, form: str) -> bool:
    try:
        return not parse_times(text, form).has_nulls()
    except pl.exceptions.PolarsError:
        return False


def fitting_unit(number: pl.Series) -> str | None:
    """Return the unit in which numbers are times from 1990 to 2100, None if there is none."""
    middle = number.drop_nulls().drop_nans().median()
    if not isinstance(middle, float):
        return None
    for unit, low, high in (("excel", 32_874, 73_051), ("s", 631e6, 4.1e9), ("ms", 631e9, 4.1e12)):
        if low <= middle <= high:
            return unit
    for unit, low, high in (("us", 631e12, 4.1e15), ("ns", 631e15, 4.1e18)):
        if low <= middle <= high:
            return unit
    return None
