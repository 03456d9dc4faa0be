"""Times of day as people and programs write them, in the forms that Polars reads."""

from __future__ import annotations

import re
from typing import NamedTuple

import polars as pl

_HAS_CLOCK = re.compile(r"%[-_0]?[HIklTRrXcsM+]")
_HAS_DAY = re.compile(r"%[-_0]?(?:[deDFvxcjsuwaAUVW+])")
_HAS_YEAR = re.compile(r"%[-_0]?[YyGgDFvxcs+]")
_HAS_MONTH = re.compile(r"%[-_0]?[mbBhDFvxcsjUVW+]")
_HALVES = (
    (r"(?i)\s*\b([ap])\.?\s?m\.?(\W|$)", " ${1}m${2}"),
    (r"午前|上午|오전", " am "),
    (r"午後|下午|오후", " pm "),
    (r"(\d) *([ap]m)", "${1} ${2}"),
    (r"([ap]m) +", "${1} "),
)
_HALF = re.compile(r"\s*%p")
_A_HALF = r"(?i)\b([ap])m\b"
_MIDNIGHT = r"(^|[^:\d.])24:00((?::00(?:[.,]0+)?)?)($|[^:\d])"
_CLOCK = r"(\d{1,2}:\d{2}:\d{2})"


def has_clock(form: str) -> bool:
    """Return whether a strftime format has a time of day."""
    return bool(_HAS_CLOCK.search(form))


def has_day(form: str) -> bool:
    """Return whether a strftime format has a day; `%m/%Y` has none."""
    return bool(_HAS_DAY.search(form))


def has_year_and_month(form: str) -> bool:
    """Return whether a strftime format has a year, and a month or week."""
    return bool(_HAS_YEAR.search(form) and _HAS_MONTH.search(form))


class WrittenClock(NamedTuple):
    """Texts of times and their format, as Polars reads them.

    Attributes
    ----------
    text, form
        The texts and the format.
    is_midnight
        Which texts had `24:00`, and have `00:00`; None for none.
    half
        `a` or `p` of texts with a clock of 24 hours that name their half of the day too; None if the format has none.
    """

    text: pl.Series
    form: str
    is_midnight: pl.Series | None = None
    half: pl.Series | None = None

    def finish(self, local: pl.Series) -> pl.Series:
        """Return the times that were read: the day after for `24:00`, null where the half of the day is another."""
        if self.is_midnight is not None:
            day_after = pl.when(self.is_midnight).then(local + pl.duration(days=1)).otherwise(local)
            local = pl.select(day_after).to_series().alias(local.name)
        if self.half is not None:
            is_right = (local.dt.hour() >= 12) == (self.half == "p")
            local = pl.select(pl.when(is_right).then(local)).to_series().alias(local.name)
        return local


def read_halves(text: pl.Series, form: str) -> tuple[pl.Series, str]:
    """Return texts whose halves of the day are `am` and `pm`, and their format; both as they are without `%p`."""
    if "%p" not in form:
        return text, form
    for pattern, written in _HALVES:
        text = text.str.replace(pattern, written)
    return text.str.strip_chars(), _HALF.sub(" %p", form)


def read_clock(text: pl.Series, form: str) -> WrittenClock:
    """Return texts and their format as Polars reads them.

    `24:00` is the midnight at the end of its day, a clock of 24 hours may have `PM` beside it, an hour may stand alone,
    a fraction of a second may follow a colon, and of digits without marks those of an early hour may lack their zero.
    """
    half = is_midnight = None
    if "%p" in form and re.search(r"%[-_0]?[Hk]", form):
        half = text.str.extract(_A_HALF, 1).str.to_lowercase()
        text, form = text.str.replace(rf"\s*{_A_HALF}", ""), _HALF.sub("", form)
    if "%H:%M" in form:
        is_midnight = text.str.contains(_MIDNIGHT)
        if is_midnight.any():
            text = text.str.replace(_MIDNIGHT, "${1}00:00${2}${3}")
        else:
            is_midnight = None
    if bare := re.search(r"(?:^| )%H%M(%S)?$", form):  # 815 is 08:15
        head, tail = r"^(.* |)\d{1,6}$", r"(?:^| )(\d{1,6})$"
        padded = text.str.extract(head, 1) + text.str.extract(tail, 1).str.zfill(6 if bare[1] else 4)
        text = padded.zip_with(padded.is_not_null(), text)
    if re.search(r"%[-_0]?[HkIl]", form) and not re.search(r"%[-_0]?[MTRrXc+]", form):
        text, form = text + " 00", f"{form} %M"
    if ":%f" in form:
        text, form = text.str.replace(rf"{_CLOCK}:(\d+)", "${1}.${2}"), form.replace(":%f", ".%f")
    return WrittenClock(text, form, is_midnight, half)
