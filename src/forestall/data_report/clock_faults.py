"""Clock faults: times without a time of day, whole minutes, steps out of order, and rows after the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forestall.data.schemas import CLOCK_FAULT_S, TIME
from forestall.data_report.finding import MAPPING, MAX_WORDS, Finding, yaml_line
from forestall.data_report.records import Records
from forestall.moments.moments import ENDS
from forestall.reporting.text.formats import enumeration, number, percent

MIN_ROWS = 20
_MANY_DAYS, _MANY_MINUTES, _NEARLY_ALL = 0.05, 0.95, 0.9
_SOME, _MANY = 0.001, 0.02
_MAX_NAMED = 4
_ROUNDED = pl.duration(minutes=1)  # a smaller difference may come from rounding
_LATER = (
    "complained",
    "returned",
    "refunded",
    "tipped",
    "defect",
)  # what a customer does after the end, rightly
_STEPS = ("issue_raised", "responded", "resolved", "closed")
"""Steps of a process, each of which comes after those before it."""
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


@dataclass(frozen=True)
class OutOfOrder:
    """Interactions in which one step comes a minute or more before another that it should follow."""

    later: str
    earlier: str
    n: int
    n_both: int


@dataclass(frozen=True)
class ClockFaults:
    """The times.

    Parameters
    ----------
    n_moved
        Events that were moved to the start of their interaction.
    resolutions
        How exactly each time is recorded.
    out_of_order
        Pairs of steps in the wrong order.
    n_ended, n_after_end, kinds_after_end
        Interactions with an end, those with an event a minute or more after it, and the number of these events by
        kind. Complaints, returns, refunds, defects and tips are left out: they come after the end by nature.
    n_rated_before_end, n_rated_with_end
        Interactions rated before their end, and those with both times.
    n_future
        By table the rows after the export; empty if it is not known when the records were exported.
    findings
        What was found.
    """

    n_moved: int
    resolutions: list[Resolution]
    out_of_order: list[OutOfOrder]
    n_ended: int
    n_after_end: int
    kinds_after_end: dict[str, int]
    n_rated_before_end: int
    n_rated_with_end: int
    n_future: dict[str, int]
    findings: list[Finding]


def clock_faults(records: Records) -> ClockFaults | None:
    """Return what is wrong with the times; None without a clock."""
    if not records.has_clock:
        return None
    found = ClockFaults(
        int(records.tables.about.get("moved_to_start", 0)),
        list(_resolutions(records)),
        _out_of_order(records),
        *_after_end(records),
        *_rated_before_end(records),
        _future(records),
        [],
    )
    found.findings.extend(_findings(found, records))
    return found


def _resolutions(records: Records) -> Iterator[Resolution]:
    tables = records.tables
    for name in ("started_at", "promised_at", "purchased_at"):
        yield from _resolution(f"interactions.{name}", tables.interactions[name], records)
    for (kind,), rows in tables.events.select("kind", "at").group_by("kind", maintain_order=True):
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


def _out_of_order(records: Records) -> list[OutOfOrder]:
    """Return how often the first event of a step comes before the first one of an earlier step."""
    firsts = (
        records.events.filter(pl.col("kind").is_in(_STEPS))
        .group_by("place")
        .agg(pl.col("at").filter(pl.col("kind") == kind).min().alias(kind) for kind in _STEPS)
    )
    pairs = [(one, other) for i, one in enumerate(_STEPS) for other in _STEPS[i + 1 :]]
    counts = firsts.select(
        pl.concat_list(
            (pl.col(later) + _ROUNDED <= pl.col(earlier)).sum(),
            (pl.col(later) >= pl.col(earlier)).is_not_null().sum(),
        ).alias(f"{earlier} {later}")
        for earlier, later in pairs
    )
    return [
        OutOfOrder(later, earlier, *counts[f"{earlier} {later}"][0])
        for earlier, later in pairs
        if counts[f"{earlier} {later}"][0][0]
    ]


def _after_end(records: Records) -> tuple[int, int, dict[str, int]]:
    """Return the interactions that ended, those with an event after their end, and the kinds of these events."""
    ends = (
        records.events.filter(pl.col("kind").is_in(ENDS)).group_by("place").agg(ended_at=pl.col("at").min())
    )
    after = (
        records.events.filter(~pl.col("kind").is_in(_LATER))
        .join(ends, on="place")
        .filter(pl.col("at") >= pl.col("ended_at") + _ROUNDED)
    )
    kinds = after["kind"].value_counts(name="n").sort(["n", "kind"], descending=[True, False])
    shown = dict(kinds.iter_rows()) if kinds.height <= MAX_WORDS else {}
    return ends.height, after["place"].n_unique(), shown


def _rated_before_end(records: Records) -> tuple[int, int]:
    """Return the interactions rated before their end, and all with a rating's time and an end."""
    rated = records.ratings.select("interaction_id", "rated_at").drop_nulls()
    ended = records.starts.select("interaction_id").with_columns(records.milestones["ended_at"]).drop_nulls()
    both = rated.join(ended, on="interaction_id")
    return int((both["rated_at"] < both["ended_at"]).sum()), both.height


def _future(records: Records) -> dict[str, int]:
    """Return by table and column the times after the export."""
    exported_at = records.tables.about.get("exported_at")
    if not isinstance(exported_at, str):
        return {}
    limit = pl.Series([exported_at]).str.to_datetime(time_unit="us", time_zone="UTC").cast(TIME)[0]
    tables = records.tables
    times = {
        "interactions.started_at": tables.interactions["started_at"],
        "events.at": tables.events["at"],
        "feedback.rated_at": tables.feedback["rated_at"],
    }
    counts = {column: int((values > limit).sum()) for column, values in times.items()}
    return {column: n for column, n in counts.items() if n}


def _findings(found: ClockFaults, records: Records) -> Iterator[Finding]:
    yield from (_future_finding(column, n) for column, n in found.n_future.items())
    yield from _order_findings(found)
    yield from _resolution_findings(found.resolutions)
    n_events = records.tables.events.height
    if found.n_moved:
        yield Finding(
            "clock",
            "warning" if found.n_moved > _MANY * n_events else "note",
            f"{number(found.n_moved)} of {number(n_events)} events came up to {CLOCK_FAULT_S} seconds before "
            "the start of their interaction and were moved to it.",
            "The clocks of two systems differ. Waits shorter than a few seconds are not reliable.",
        )


def _future_finding(column: str, n: int) -> Finding:
    return Finding(
        "clock",
        "error",
        f"{number(n)} times of {column} are later than the export of the records.",
        "They have not happened yet, and move the end of the records: open outcomes count as decided.",
        MAPPING,
        yaml_line("timezone", "Europe/Copenhagen", "the zone of the source's clock; or correct exported_at"),
    )


def _order_findings(found: ClockFaults) -> Iterator[Finding]:
    for pair in found.out_of_order:
        share = pair.n / pair.n_both
        if share < _SOME:
            continue
        yield Finding(
            "clock",
            "warning" if share > _MANY else "note",
            f"In {number(pair.n)} of {number(pair.n_both)} interactions with both ({percent(share, 1)}), the "
            f"first {pair.later} comes before the first {pair.earlier}.",
            "Times from one to the other are 0 or run to the next event. Check the forms and zones of both "
            "times; a day read as a month is the usual reason.",
        )
    if found.n_after_end > _SOME * found.n_ended:
        share = found.n_after_end / found.n_ended
        kinds = [f"{kind} {number(n)}" for kind, n in list(found.kinds_after_end.items())[:_MAX_NAMED]]
        yield Finding(
            "clock",
            "warning" if share > _MANY else "note",
            f"{number(found.n_after_end)} of {number(found.n_ended)} ended interactions "
            f"({percent(share, 1)}) go on after "
            "their first closed or abandoned" + (f": {enumeration(kinds)}." if kinds else "."),
            "An interaction is judged at its first end, so these events are not used. If the case often "
            "goes on, map that event to another kind, and only the last one to closed.",
            MAPPING,
            yaml_line("event_log", {"kinds": {"…": "resolved"}}, "what does not yet end the case"),
        )
    if found.n_rated_before_end > _MANY * max(found.n_rated_with_end, 1):
        yield Finding(
            "clock",
            "note",
            f"{number(found.n_rated_before_end)} of {number(found.n_rated_with_end)} rated interactions with "
            "an end were rated before it.",
            "Their moments of training end before the rating, so what happens between the rating and the "
            "end is not used.",
        )


def _resolution_findings(resolutions: list[Resolution]) -> Iterator[Finding]:
    days = [one for one in resolutions if one.midnight > _MANY_DAYS]
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
    minutes = [one for one in resolutions if one.whole_minutes > _MANY_MINUTES and one.midnight <= _MANY_DAYS]
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
