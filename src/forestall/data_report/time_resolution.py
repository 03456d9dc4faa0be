"""How exactly times are recorded: days without a time of day, midnight of another zone, and whole minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forestall.data_report.finding import MAPPING, Finding, yaml_line
from forestall.data_report.records import Records
from forestall.reporting.text.formats import number, percent

MIN_ROWS = 20
_MANY_DAYS, _MANY_MINUTES, _NEARLY_ALL = 0.05, 0.95, 0.9
_MAX_NAMED = 4
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Resolution:
    """How exactly a time is recorded.

    Parameters
    ----------
    column
        The table and column; for events also the kind.
    n
        The number of times.
    midnight
        The share at exactly midnight of the data's time zone, or at the last microsecond of a day: days without a
        time of day.
    whole_minutes
        The share without seconds.
    hour
        If nearly all times lie at one hour that is not midnight, as days of another zone do: the hour.
    """

    column: str
    n: int
    midnight: float
    whole_minutes: float
    hour: str


def resolutions(records: Records) -> Iterator[Resolution]:
    """Yield how exactly each time is recorded, of columns with at least 20 values."""
    tables = records.tables
    for name in ("started_at", "promised_at", "purchased_at"):
        yield from _resolution(f"interactions.{name}", tables.interactions[name], records)
    for (kind,), rows in tables.events.select("kind", "at").group_by("kind", maintain_order=True):
        if kind in records.shown_kinds:
            yield from _resolution(f"events.at of {kind}", rows["at"], records)
    yield from _resolution("feedback.rated_at", tables.feedback["rated_at"], records)


def _resolution(column: str, times: pl.Series, records: Records) -> Iterator[Resolution]:
    times = times.drop_nulls()
    if len(times) < MIN_ROWS:
        return
    local = times.dt.convert_time_zone(records.tables.about["timezone"]).dt.replace_time_zone(None)
    of_day = local.dt.timestamp("us") % _DAY_US
    midnight = float(((of_day == 0) | (of_day == _DAY_US - 1)).sum()) / len(times)
    of_day = times.dt.timestamp("us") % _DAY_US
    minutes = float((of_day % 60_000_000 == 0).sum()) / len(times)
    if midnight < _MANY_DAYS:
        # days of another zone: all times at one hour, or at two where clocks change
        hours = of_day.filter(of_day % 3_600_000_000 == 0).value_counts(sort=True, name="n").head(2)
        if hours["n"].sum() >= _NEARLY_ALL * len(times):
            hour = hours[hours.columns[0]][0] // 3_600_000_000
            yield Resolution(column, len(times), 1.0, minutes, f"{hour:02}:00 UTC")
            return
    yield Resolution(column, len(times), midnight, minutes, "")


def resolution_findings(found: list[Resolution]) -> Iterator[Finding]:
    """Yield what the resolution of the times means."""
    days = [one for one in found if one.midnight > _MANY_DAYS]
    rated = [one for one in days if one.column == "feedback.rated_at"]
    others = [one for one in days if one not in rated]
    if others:
        names = [f"{one.column} ({percent(one.midnight)})" for one in others[:_MAX_NAMED]]
        more = f" and {number(len(others) - _MAX_NAMED)} more" if len(others) > _MAX_NAMED else ""
        is_main = any(not one.column.startswith("interactions.pu") for one in others)
        zone = next((one.hour for one in others if one.hour), "")
        yield Finding(
            "clock",
            "warning" if is_main else "note",
            f"Times are days without a time of day: {', '.join(names)}{more}"
            + (f" lie at {zone}, which is midnight of another zone." if zone else "."),
            "Waits of less than a day are not known, and the order within a day is arbitrary. Set standards "
            "in days.",
            MAPPING if zone else "",
            yaml_line("timezone", "Europe/Copenhagen", "the zone whose midnight it is") if zone else "",
        )
    if rated:
        yield Finding(
            "clock",
            "note",
            f"{percent(rated[0].midnight)} of {number(rated[0].n)} ratings are dated to the day.",
            "A rating then counts from the end of its day on.",
        )
    minutes = [one for one in found if one.whole_minutes > _MANY_MINUTES and one.midnight <= _MANY_DAYS]
    if minutes:
        shown = ", ".join(one.column for one in minutes[:_MAX_NAMED])
        more = f" and {number(len(minutes) - _MAX_NAMED)} more" if len(minutes) > _MAX_NAMED else ""
        yield Finding(
            "clock",
            "note",
            f"Times are recorded to the minute: {shown}{more} have no seconds.",
            "Waits are exact to a minute. A standard of less than a few minutes cannot be checked with such "
            "times.",
        )
