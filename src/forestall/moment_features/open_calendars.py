"""Calendars with their holidays and the changes of their zones: what business time is counted with.

Both are taken from libraries once, when a model is trained, and travel with the model. A newer library cannot change
a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from forestall.moment_features.calendars import STORED, Calendar
from forestall.moment_features.name_columns import Names, places_in
from forestall.moment_features.public_holidays import holidays_of
from forestall.moments.open_time import BEGIN, END, SECOND_US, OpenClock
from forestall.moments.timeline import Ints

ALWAYS_OPEN = -1
"""The number of the calendar of what no calendar is for: it is always open, so business time is clock time."""
_STEP_US = 6 * 3600 * SECOND_US  # no zone has changed its offset twice within so short a time
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class OpenCalendars:
    """Calendars that business time is counted with.

    Parameters
    ----------
    calendars
        By name, as in model.yaml.
    zones
        By zone its offsets: [from when on, seconds ahead of UTC], the time in seconds since 1970, UTC.
    holidays
        By code of a country its holidays, ISO dates.
    """

    calendars: Mapping[str, Calendar]
    zones: Mapping[str, Sequence[tuple[int, int]]]
    holidays: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, calendars: Mapping[str, Calendar]) -> OpenCalendars:
        """Return calendars with the holidays and zones that the libraries of today know, from 1970 to 2099."""
        zones = {one.timezone: zone_offsets(one.timezone) for one in calendars.values()}
        codes = dict.fromkeys(code for one in calendars.values() for code in one.countries)
        return cls(dict(calendars), zones, {code: holidays_of(code) for code in codes})

    def numbers(self, venue: Names, channel: Names) -> Ints:
        """Return the number of each interaction's calendar: its venue's, else its channel's, else that of all."""
        numbers = np.full(len(venue), self._of_all, dtype=np.int64)
        for names, own in ((channel, self._by_channel), (venue, self._by_venue)):
            if own:
                places = places_in(names, own)
                numbers = np.where(places >= 0, places, numbers)
        return numbers

    def readings(self, times: pl.Series, numbers: pl.Series) -> pl.Series:
        """Return the readings of open clocks as Int64, null where a time is.

        Parameters
        ----------
        times
            Microseconds since 1970, UTC; of a fraction the whole part counts.
        numbers
            The number of each time's calendar.
        """
        whole = times.cast(pl.Int64, strict=False)
        at, which = whole.fill_null(0).to_numpy(), numbers.to_numpy()
        found = at.copy()
        for number, clock in enumerate(self._clocks):
            rows = which == number
            if rows.all():
                found = clock.at(at)
            elif rows.any():
                found[rows] = clock.at(at[rows])
        return pl.select(pl.when(whole.is_not_null()).then(pl.Series(found))).to_series()

    def reading(self, time: int, number: int) -> int:
        """Return one reading of an open clock."""
        return time if number == ALWAYS_OPEN else self._clocks[number].at_one(time)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of an interaction that tell its calendar."""
        own = {"channel": self._by_channel, "venue": self._by_venue}
        return frozenset(column for column, names in own.items() if names)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        calendars = {name: one.model_dump(mode="json", by_alias=True) for name, one in self.calendars.items()}
        zones = {zone: [list(one) for one in offsets] for zone, offsets in self.zones.items()}
        return {"calendars": calendars, "zones": zones, "holidays": dict(self.holidays)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> OpenCalendars:
        """Return what `as_dict` gave: no library is asked."""
        calendars = {
            name: Calendar.model_validate(one, context=STORED) for name, one in content["calendars"].items()
        }
        zones = {zone: [(at, offset) for at, offset in own] for zone, own in content["zones"].items()}
        return cls(calendars, zones, content["holidays"])

    @cached_property
    def _clocks(self) -> list[OpenClock]:
        return [self._clock(one) for one in self.calendars.values()]

    def _clock(self, calendar: Calendar) -> OpenClock:
        days = {date.fromisoformat(day) for code in calendar.countries for day in self.holidays[code]}
        offsets = [(at * SECOND_US, offset * SECOND_US) for at, offset in self.zones[calendar.timezone]]
        return OpenClock(calendar.week, offsets, {(day - _EPOCH).days for day in days | set(calendar.dates)})

    @cached_property
    def _of_all(self) -> int:
        """The number of the calendar without `for`."""
        own = (number for number, one in enumerate(self.calendars.values()) if one.claims is None)
        return next(own, ALWAYS_OPEN)

    @cached_property
    def _by_channel(self) -> dict[str, int]:
        return {
            name: number
            for number, one in enumerate(self.calendars.values())
            for name in (one.claims.channels if one.claims else ())
        }

    @cached_property
    def _by_venue(self) -> dict[str, int]:
        return {
            name: number
            for number, one in enumerate(self.calendars.values())
            for name in (one.claims.venues if one.claims else ())
        }


def zone_offsets(zone: str) -> list[tuple[int, int]]:
    """Return a zone's offsets from 1970 to 2099: (from when on, ahead of UTC), both in seconds."""
    times = np.arange(BEGIN, END, _STEP_US, dtype=np.int64)
    offsets = _ahead(times, zone)
    before = np.flatnonzero(np.diff(offsets))
    low, high, earlier = times[before], times[before + 1], offsets[before]
    while len(low) and int((high - low).max()) > SECOND_US:  # each change lies after low, at or before high
        middle = (low + high) // 2 // SECOND_US * SECOND_US
        is_before = _ahead(middle, zone) == earlier
        low, high = np.where(is_before, middle, low), np.where(is_before, high, middle)
    changes = zip(high.tolist(), offsets[before + 1].tolist(), strict=True)
    first = (BEGIN, int(offsets[0]))
    return [(at // SECOND_US, offset // SECOND_US) for at, offset in (first, *changes)]


def _ahead(times: Ints, zone: str) -> Ints:
    """Return what the wall clock of a zone is ahead of UTC at times, microseconds."""
    utc = pl.Series(times).cast(pl.Datetime("us", "UTC"))
    local = utc.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return local.dt.timestamp("us").to_numpy() - times
