"""Calendars of model.yaml: when a company is open, so that time is counted in business time too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from forestall.config import Strict, parse_config
from forestall.data.times import is_zone
from forestall.errors import must_be, nearest
from forestall.moment_features.public_holidays import check_country
from forestall.moments.open_time import DAY_US, SECOND_US, Span

STORED = "stored"
"""Context of a validation of what a packaged model holds: its zones and countries are frozen beside it."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_EXAMPLE = 'like "09:00-18:00"'
_MINUTE_US = 60 * SECOND_US


class Claims(Strict):
    """Whose calendar it is."""

    channels: list[str] = Field(default_factory=list, description="Channels, such as `[phone, email]`.")
    venues: list[str] = Field(
        default_factory=list,
        description="Venues. A venue's calendar takes precedence over its channel's.",
    )

    @model_validator(mode="after")
    def _check_not_empty(self) -> Claims:
        if not self.channels and not self.venues:
            raise ValueError("must name channels or venues; leave out 'for' where the calendar is for all")
        return self


class Calendar(Strict):
    """When a company, a channel or a venue is open."""

    model_config = ConfigDict(serialize_by_alias=True)

    timezone: str = Field(description="Zone of the hours and holidays, such as `Europe/Copenhagen`.")
    hours: dict[str, list[str]] = Field(
        description="Opening hours by weekday: `mon-fri: \"09:00-18:00\"`, `sat: [\"10:00-12:00\", \"13:00-16:00\"]`. "
        "A key is a day, a range of days (`sun-thu` too), or several with commas between. A day left out is closed. "
        "Hours end at `24:00` at the latest; hours over midnight are written as those of two days."
    )  # fmt: skip
    holidays: list[str] = Field(
        default_factory=list,
        description="Days on which it is closed: a country code such as `DK` or `US-CA` (a country and its part), "
        "whose public holidays the library `holidays` knows, a list of dates (`2026-12-24`), or a list of both.",
    )
    claims: Claims | None = Field(
        default=None,
        alias="for",
        description="Whose calendar it is. Left out: of all without one of their own.",
    )

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, zone: str, info: ValidationInfo) -> str:
        if info.context != STORED and not (zone and is_zone(zone)):
            hint = nearest_of(zone, available_timezones())
            raise ValueError(f"must be a time zone of the IANA database, is '{zone[:40]}'; {hint}")
        return zone

    @field_validator("hours", mode="before")
    @classmethod
    def _list_hours(cls, hours: Any) -> Any:
        if not isinstance(hours, Mapping):
            return hours
        return {day: [spans] if isinstance(spans, str) else spans for day, spans in hours.items()}

    @field_validator("hours")
    @classmethod
    def _check_hours(cls, hours: dict[str, list[str]]) -> dict[str, list[str]]:
        if not week_of(hours):
            raise ValueError('must name at least one opening hour, such as mon-fri: "09:00-18:00"')
        return hours

    @field_validator("holidays", mode="before")
    @classmethod
    def _list_holidays(cls, days: Any) -> Any:
        listed = days if isinstance(days, list) else [days]
        if any(one is False for one in listed):
            raise ValueError('must be a country code or dates, is no; in YAML Norway is "NO", in quotes')
        return [one.isoformat() if type(one) is date else one for one in listed]

    @field_validator("holidays")
    @classmethod
    def _check_holidays(cls, days: list[str], info: ValidationInfo) -> list[str]:
        for one in days if info.context != STORED else ():
            if as_date(one) is None:
                check_country(one)
        return days

    @property
    def week(self) -> list[Span]:
        """The opening hours of a week: (begin, end) in microseconds since Monday 00:00, ascending."""
        return week_of(self.hours)

    @property
    def countries(self) -> list[str]:
        """The codes of the countries whose holidays it keeps."""
        return [one for one in self.holidays if as_date(one) is None]

    @property
    def dates(self) -> list[date]:
        """The dates that it names as holidays."""
        return [day for one in self.holidays if (day := as_date(one)) is not None]


class _Calendars(Strict):
    """Calendars by name."""

    calendars: dict[str, Calendar]

    @field_validator("calendars")
    @classmethod
    def _check(cls, calendars: dict[str, Calendar]) -> dict[str, Calendar]:
        check_claims(calendars)
        return calendars


def read_calendars(content: Mapping[str, Any]) -> dict[str, Calendar]:
    """Return calendars, written as in model.yaml.

    Raises
    ------
    UsageError
        A key is unknown, or a value is not valid.
    """
    return parse_config({"calendars": dict(content)}, _Calendars, "calendars").calendars


def check_claims(calendars: Mapping[str, Calendar]) -> None:
    """Check that no channel, no venue and nothing else has two calendars.

    Raises
    ------
    ValueError
        Two calendars are for the same.
    """
    owners: dict[tuple[str, str], str] = {}
    for name, calendar in calendars.items():
        claims = calendar.claims
        wanted = [("all", "")] if claims is None else []
        if claims is not None:
            wanted = [("channel", one) for one in claims.channels] + [("venue", one) for one in claims.venues]
        for kind, one in wanted:
            first = owners.setdefault((kind, one), name)
            if first == name and wanted.count((kind, one)) == 1:
                continue
            if kind == "all":
                raise ValueError(f"'{first}' and '{name}' are both for all; give one of them 'for'")
            raise ValueError(f"'{first}' and '{name}' both name the {kind} '{one}'; name it once")


def week_of(hours: Mapping[str, list[str]]) -> list[Span]:
    """Return opening hours as (begin, end) in microseconds since Monday 00:00, ascending.

    Raises
    ------
    ValueError
        A day or its hours cannot be read, a day is named twice, or hours overlap.
    """
    keys: dict[str, str] = {}
    week: list[Span] = []
    for key, spans in hours.items():
        for day in _days(key):
            if day in keys:
                raise ValueError(f"'{key}' and '{keys[day]}' both name {day}; name each day once")
            keys[day] = key
            midnight = DAYS.index(day) * DAY_US
            own = sorted(_span(key, one) for one in spans)
            for (_, end), (begin, _) in pairwise(own):
                if begin < end:
                    raise ValueError(
                        f"the hours of '{key}' overlap; begin each after the end of the one before"
                    )
            week += [(midnight + begin, midnight + end) for begin, end in own]
    return sorted(week)


def as_date(text: str) -> date | None:
    """Return the date that a text such as 2026-12-24 names, None for any other text."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def nearest_of(name: str, known: Any) -> str:
    """Return a hint that names the known name nearest to `name`, without a list of hundreds where none is near."""
    hint = nearest(name, known)
    return hint if hint.startswith("did") else "such as Europe/Copenhagen"


def _days(key: str) -> list[str]:
    found = []
    for part in key.lower().split(","):
        ends = [_day(key, name.strip()) for name in part.split("-")]
        if len(ends) > 2:
            raise ValueError(must_be(f"'{key}'", "a day, or a range of two such as mon-fri"))
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found += [DAYS[place % 7] for place in range(first, last + 1 if last >= first else last + 8)]
    return found


def _day(key: str, name: str) -> str:
    if name not in DAYS:
        raise ValueError(f"unknown weekday in '{key}', {nearest(name, DAYS)}")
    return name


def _span(key: str, text: str) -> Span:
    found = _HOURS.fullmatch(text.replace(" ", ""))
    if found is None:
        raise ValueError(must_be(f"the hours of '{key}'", f"{_EXAMPLE}, in quotes", text[:40]))
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    begin, end = 60 * begin_hour + begin_minute, 60 * end_hour + end_minute
    if max(begin_minute, end_minute) > 59 or max(begin, end) > 24 * 60:
        raise ValueError(must_be(f"the hours of '{key}'", "between 00:00 and 24:00", text))
    if begin >= end:
        raise ValueError(
            f"the hours of '{key}' must begin before they end, are {text}; write hours over midnight as those of "
            'two days, such as fri: "22:00-24:00" and sat: "00:00-06:00"'
        )
    return begin * _MINUTE_US, end * _MINUTE_US
