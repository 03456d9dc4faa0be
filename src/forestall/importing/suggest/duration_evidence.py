"""Which columns are durations, in which unit, and what they last until."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.name_words import find_role, find_roles, has_role

_CLOCK = r"^\d+:[0-5]\d(:[0-5]\d(\.\d+)?)?$"
_SAYS_UNIT = (
    r"^(?i)(-?\d+ days?,? \d+:\d\d:\d\d(\.\d+)?|P(\d+[YMWD])*(T(\d+([.,]\d+)?[HMS])+)?|(\d+([.,]\d+)? ?"
    r"(days?|d|hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|s|std|stunden|minuten|sek|tage)\.?,? ?)+)$"
)
_FEWEST_FILLED = 0.05
_LARGE_UNITS = ("days", "hours", "minutes", "seconds", "milliseconds")


@dataclass(frozen=True)
class DurationColumn:
    """A duration.

    Parameters
    ----------
    column
        The column.
    unit
        The unit of its numbers, or the key under which a duration that says its unit is written. Guessed, with a
        question, where nothing says it.
    role
        What it lasts until: a role of `durations` in `words.yaml`, or None if the name does not say it.
    reason, question
        What decided the unit, or what could not be decided.
    """

    column: str
    unit: str | None
    role: str | None
    reason: str = ""
    question: str = ""


def find_duration(profile: ColumnProfile) -> DurationColumn | None:
    """Return a column as a duration, or None if it is something else."""
    role = find_role("durations", profile.name)
    if profile.raw.dtype == pl.Duration:
        return DurationColumn(profile.name, "seconds", role, "durations")
    if not profile.n_filled or profile.raw.dtype.is_temporal():
        return None
    if profile.numbers is None:
        return _written_duration(profile, role)
    unit = name_unit(profile.name)
    says_length = has_role("holds", "length", profile.name)
    if unit and (role or says_length):
        return DurationColumn(profile.name, unit, role, f"{unit}, by its name")
    if role and says_length and not has_role("holds", "snapshot_counter", profile.name):
        return _without_unit(profile, profile.numbers, role)
    return None


def _without_unit(profile: ColumnProfile, numbers: pl.Series, role: str) -> DurationColumn:
    median = float(numbers.quantile(0.5) or 0.0)
    if profile.n_filled < _FEWEST_FILLED * len(profile.text):  # too few to guess from
        question = f"in which unit is it? Half of its values are at most {median:g}"
        return DurationColumn(profile.name, None, role, "", question)
    unit = _usual_unit(role, median)
    question = f"is it in {unit}? No name says its unit; half of its values are at most {median:g}"
    return DurationColumn(profile.name, unit, role, "", question)


def _usual_unit(role: str, median: float) -> str:
    """Return the unit in which most companies write such a duration."""
    if role == "resolved":
        return "hours" if median < 200 else "minutes"
    if role == "delivered":
        return "days" if median < 10 else "minutes"
    return "minutes" if median < 100 else "seconds"


def _written_duration(profile: ColumnProfile, role: str | None) -> DurationColumn | None:
    text = profile.text.drop_nulls()
    if profile.raw.dtype != pl.String:
        return None
    if text.str.contains(_SAYS_UNIT).mean() == 1:
        return DurationColumn(profile.name, "seconds", role, "each value says its unit")
    if text.str.contains(_CLOCK).mean() != 1:
        return None
    if not role and not has_role("holds", "length", profile.name):
        return None
    has_seconds = bool(text.str.contains(r":\d+:").all())
    reason = "written as hours:minutes:seconds" if has_seconds else ""
    question = "" if has_seconds else "are its values hours:minutes, as it is read, or minutes:seconds?"
    return DurationColumn(profile.name, "seconds", role, reason, question)


def name_unit(name: str) -> str | None:
    """Return the unit that a name gives, or None.

    Examples
    --------
    >>> name_unit("Wait (min)")
    'minutes'
    >>> name_unit("handle_time_ms")
    'milliseconds'
    """
    units = [unit for unit, _ in find_roles("units", name)]
    return next((unit for unit in reversed(_LARGE_UNITS) if unit in units), None)
