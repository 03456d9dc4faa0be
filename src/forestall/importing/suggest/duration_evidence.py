"""Which columns are durations, in which unit, and what they last until."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forestall.data.numbers import parse_numbers
from forestall.errors import UsageError
from forestall.importing.suggest.column_profile import ColumnProfile, share_of
from forestall.importing.suggest.length_names import is_known_before, is_long_before
from forestall.importing.suggest.name_words import find_role, find_roles, has_role
from forestall.importing.values import Cells, read_duration

_CLOCK = r"^-?\d+:\d+"
_FEWEST_OF_DAY = 50
_TWO_PARTS = r"^-?\d+:\d+$"
_FEWEST_FILLED = 0.05
_EVENTS = ("responded", "resolved", "delivered", "closed", "served")
_MOST_SECONDS = 1_000_000  # eleven days, longer than customers usually wait
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
    role = find_role("durations", profile.name) or _by_event(profile.name)
    role = None if is_long_before(profile.name) else role
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


def _by_event(name: str) -> str | None:
    """Return what a length lasts until, by the event that its name and unit speak of, such as `Solved after (days)`."""
    role = find_role("times", name)
    return role if role in _EVENTS and name_unit(name) and not is_known_before(name) else None


def _without_unit(profile: ColumnProfile, numbers: pl.Series, role: str) -> DurationColumn:
    median = float(numbers.quantile(0.5) or 0.0)
    if _are_parts_of_day(profile, median):
        return DurationColumn(profile.name, "days", role, "parts of a day, as spreadsheets write a length")
    if profile.n_filled < _FEWEST_FILLED * len(profile.text):  # too few to guess from
        question = f"in which unit is it? Half of its values are at most {median:g}"
        return DurationColumn(profile.name, None, role, "", question)
    unit = _usual_unit(role, median)
    question = f"is it in {unit}? No name says its unit; half of its values are at most {median:g}"
    return DurationColumn(profile.name, unit, role, "", question)


def _are_parts_of_day(profile: ColumnProfile, median: float) -> bool:
    """Return whether numbers are lengths as spreadsheets count them: 0.00416666666666667 is six minutes."""
    return (
        median < 0.5
        and share_of(profile.text.drop_nulls().str.contains(r"^0?[.,]\d{7,}(?:[eE]-?\d+)?$")) > 0.5
    )


def _usual_unit(role: str, median: float) -> str:
    """Return the unit in which most companies write such a duration."""
    if role == "resolved":
        return "hours" if median < 200 else "minutes"
    if role == "delivered":
        return "days" if median < 10 else "minutes"
    if median > _MOST_SECONDS:
        return "milliseconds"
    return "minutes" if median < 100 else "seconds"


def _written_duration(profile: ColumnProfile, role: str | None) -> DurationColumn | None:
    text = profile.text.drop_nulls()
    if profile.raw.dtype != pl.String or not _is_readable(text):
        return None
    if not text.str.contains(_CLOCK).any():
        return DurationColumn(profile.name, "seconds", role, "each value says its unit")
    if not role and not has_role("holds", "length", profile.name) and not is_length_by_clock(profile):
        return None
    if text.str.contains(_TWO_PARTS).any():  # the unit decides how the import reads them
        question = "are its values hours:minutes, as it is read, or minutes:seconds? Then write 'seconds'"
        return DurationColumn(profile.name, "hours", role, "", question)
    question = ""
    if _spreads_over_day(text):
        question = (
            "is it a length? Its values spread over a whole day, as times of day do; those need their date"
        )
    return DurationColumn(profile.name, "seconds", role, "written as hours:minutes:seconds", question)


def _spreads_over_day(text: pl.Series) -> bool:
    """Return whether `HH:MM:SS` may be times of day: all below 24 hours, and as many late as early."""
    hours = text.str.extract(r"^(\d+):").cast(pl.Int64, strict=False).drop_nulls()
    if len(hours) < _FEWEST_OF_DAY or not bool((hours < 24).all()):
        return False
    return all(share_of(hours // 6 == part) > 0.1 for part in range(4))


def is_length_by_clock(profile: ColumnProfile) -> bool:
    """Return whether `H:MM:SS` counts from nought: most cells are below an hour, which times of a day are not."""
    if profile.raw.dtype != pl.String or not profile.n_filled:
        return False
    hours = (
        profile.text.drop_nulls().str.extract(r"^(\d+):\d{2}:\d{2}(?:\.\d+)?$").cast(pl.Int64, strict=False)
    )
    return hours.null_count() == 0 and share_of(hours == 0) > 0.5


def _is_readable(text: pl.Series) -> bool:
    """Return whether the import reads all texts as durations, and none of them is a plain number."""
    if parse_numbers(text).is_not_null().any():
        return False
    cells = Cells(pl.DataFrame({"text": text}), "UTC", "mapping.yaml")
    try:
        return not read_duration(cells, "text", "seconds", "events").unreadable.any()
    except UsageError:  # it reads none of them
        return False


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
