"""The texts of reasons: one file per language in `languages/`; numbers and plurals come from Babel."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_time, get_day_names
from babel.numbers import format_decimal, format_percent
from pydantic import Field

from forestall.config import Strict, read_config
from forestall.errors import UsageError

FOLDER = Path(__file__).with_name("languages")
DEFAULT = "en"
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_LARGEST = 1e15
_PLURALS = ("zero", "one", "two", "few", "many", "other")
_PLACEHOLDER = re.compile(r"\{(value|hours|standard|[^{}|]*(?:\|[^{}|]*)+)\}")


class Units(Strict):
    """The symbols of seconds, minutes, hours and days."""

    s: str
    min: str
    h: str
    d: str


class Words(Strict):
    """Single words: yes, no, and the placeholder for an unknown value."""

    yes: str
    no: str
    gap: str


class Sentences(Strict):
    """The sentences around a feature's text."""

    denied: str
    lost: str
    lost_column: str


class Language(Strict):
    """A language's file.

    Parameters
    ----------
    locale
        Babel's locale, which sets how numbers are written and which plural a number has.
    units, clock, words, sentences
        Symbols of units, the pattern of a time of day, single words, and the sentences around a feature's text.
    features
        The text of each feature by column; a feature without one has its own English text.
    own
        The texts of features about a company's own kinds of events and attributes, by what they say; `{kind}` is the
        kind or the attribute.
    """

    locale: str
    units: Units
    clock: str
    words: Words
    sentences: Sentences
    features: dict[str, str] = Field(default_factory=dict)
    own: dict[str, str] = Field(default_factory=dict)


class Messages:
    """Numbers, durations and sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._locale = Locale.parse(language.locale)
        known = self._locale.plural_form.tags | {"other"}
        self._plurals = [one for one in _PLURALS if one in known]

    def number(self, value: float) -> str:
        """Return a number with three significant digits, or rounded to a whole number from 100 on."""
        if not abs(value) < _LARGEST:  # beyond the range of decimals, but a caller may send it
            return f"{value:.3g}"
        shown = round(value) if abs(value) >= 100 else float(f"{value:.3g}")
        return _written(shown, self.language.locale)

    def percent(self, share: float) -> str:
        """Return a share between 0 and 1 as a percentage."""
        return str(format_percent(share, locale=self._locale))

    def clock(self, hour: float) -> str:
        """Return an hour of the day as a time."""
        minute = min(int(hour * 60), 24 * 60 - 1)
        return str(format_time(time(minute // 60, minute % 60), self.language.clock, locale=self._locale))

    def weekday(self, day: float) -> str:
        """Return the name of a day of the week, 1 for Monday."""
        return str(get_day_names(locale=self._locale)[(int(day) - 1) % 7])

    def duration(self, seconds: float) -> str:
        """Return a duration in its two largest units.

        Examples
        --------
        >>> english = read_messages("en")
        >>> english.duration(90), english.duration(250), english.duration(3 * 86400 + 7200)
        ('90 s', '4 min 10 s', '3 d 2 h')
        """
        units, whole = self.language.units, round(abs(seconds))
        sign = "-" if seconds < 0 and whole else ""
        if whole < 2 * _MINUTE_S:
            return f"{sign}{whole} {units.s}"
        if whole < _HOUR_S:
            big, size, small, part = units.min, _MINUTE_S, units.s, 1
        elif whole < 2 * _DAY_S:
            big, size, small, part = units.h, _HOUR_S, units.min, _MINUTE_S
        else:
            big, size, small, part = units.d, _DAY_S, units.h, _HOUR_S
        n, rest = divmod(whole, size)
        text = f"{sign}{self.number(n)} {big}"
        return f"{text} {rest // part} {small}" if rest // part else text

    def open_time(self, seconds: float) -> str:
        """Return a duration of opening time, without days: a day of opening hours has no fixed length.

        Examples
        --------
        >>> english = read_messages("en")
        >>> english.open_time(90), english.open_time(27 * 3600), english.open_time(100.5 * 3600)
        ('90 s', '27 h', '100 h 30 min')
        """
        if abs(seconds) < 2 * _DAY_S:
            return self.duration(seconds)
        units, sign = self.language.units, "-" if seconds < 0 else ""
        n_hours, n_minutes = divmod(round(abs(seconds) / _MINUTE_S), 60)
        text = f"{sign}{self.number(n_hours)} {units.h}"
        return f"{text} {n_minutes} {units.min}" if n_minutes else text

    def fill(self, text: str, value: str, standard: str, count: float | None) -> str:
        """Return a feature's text with its value and standard, and with words in the plural form of the count.

        Parameters
        ----------
        text
            A feature's text. `{hours}` stands for a duration of opening time.
        value, standard
            What stands for `{value}` and `{standard}`.
        count
            The value as a number; None if it has none, or is lost.
        """
        return _PLACEHOLDER.sub(self._replacement(value, standard, count), text)

    def _replacement(self, value: str, standard: str, count: float | None) -> Callable[[re.Match[str]], str]:
        def replace(found: re.Match[str]) -> str:
            name = found[1]
            if name == "hours":
                return value if count is None else self.open_time(count)
            if name in {"value", "standard"}:
                return value if name == "value" else standard
            forms = name.split("|")
            plural = "other" if count is None else str(self._locale.plural_form(count))
            return forms[min(self._plurals.index(plural), len(forms) - 1)]

        return replace


@lru_cache(maxsize=10_000)
def _written(number: float, locale: str) -> str:
    """Return a number as a locale writes it; with three digits there are few, and Babel takes 100 µs for each."""
    return str(format_decimal(number, "#,##0.######", locale=locale))


def languages() -> list[str]:
    """Return the codes of the available languages."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


@lru_cache(maxsize=32)
def read_messages(language: str = DEFAULT) -> Messages:
    """Return the messages of a language.

    Raises
    ------
    UsageError
        The language is not available.
    """
    if language not in languages():
        raise UsageError(f"language must be one of {', '.join(languages())}; another was given")
    return Messages(read_config(FOLDER / f"{language}.yaml", Language))
