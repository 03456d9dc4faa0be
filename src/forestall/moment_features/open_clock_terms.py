"""The open clock in terms: the interaction's calendar, and what its clock shows at a time."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.operations import Kind, whole_part
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import StateColumn
from forestall.moment_features.terms import Term


@dataclass(frozen=True, repr=False)
class CalendarNumber(StateColumn):
    """The number of the interaction's calendar."""

    calendars: OpenCalendars
    name = "calendar"
    needs_clock = True

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return the columns that have calendars of their own."""
        del standards
        return self.calendars.columns


@dataclass(frozen=True)
class ClockReading(Term):
    """What the open clock of the interaction's calendar shows at a time, microseconds; see `moments.open_time`.

    Parameters
    ----------
    time
        Microseconds since 1970, UTC.
    calendar
        The calendar.
    """

    time: Term
    calendar: CalendarNumber
    kind = Kind.NUMBER

    @property
    def parts(self) -> tuple[Term, ...]:
        """The terms that it is computed from."""
        return (self.time, self.calendar)

    def readings(self, times: pl.Series, numbers: pl.Series) -> pl.Series:
        """Return the readings of many moments."""
        return self.calendar.calendars.readings(times, numbers)

    def reading(self, time: float | None, number: int) -> int | None:
        """Return the reading of one moment."""
        whole = whole_part(time)
        return None if whole is None else self.calendar.calendars.reading(whole, number)

    def __repr__(self) -> str:
        return f"open clock({self.time!r})"
