"""Clock faults: how exactly times are recorded, steps out of order, and events and ratings after the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forestall.data.schemas import CLOCK_FAULT_S
from forestall.data_report.finding import MAPPING, Finding, yaml_line
from forestall.data_report.records import Records
from forestall.data_report.time_resolution import Resolution, resolution_findings, resolutions
from forestall.moments.moments import ENDS
from forestall.reporting.text.formats import enumeration, number, percent

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
    findings: list[Finding]


def clock_faults(records: Records) -> ClockFaults | None:
    """Return what is wrong with the times; None without a clock."""
    if not records.has_clock:
        return None
    found = ClockFaults(
        int(records.tables.about.get("moved_to_start", 0)),
        list(resolutions(records)),
        _out_of_order(records),
        *_after_end(records),
        *_rated_before_end(records),
        [],
    )
    found.findings.extend(_findings(found, records))
    return found


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
    shown = {kind: n for kind, n in kinds.iter_rows() if kind in records.shown_kinds}
    return ends.height, after["place"].n_unique(), shown


def _rated_before_end(records: Records) -> tuple[int, int]:
    """Return the interactions rated before their end, and all with a rating's time and an end."""
    rated = records.ratings.select("interaction_id", "rated_at").drop_nulls()
    ended = records.starts.select("interaction_id").with_columns(records.milestones["ended_at"]).drop_nulls()
    both = rated.join(ended, on="interaction_id")
    return int((both["rated_at"] < both["ended_at"]).sum()), both.height


def _findings(found: ClockFaults, records: Records) -> Iterator[Finding]:
    yield from _order_findings(found)
    yield from resolution_findings(found.resolutions)
    n_events = records.tables.events.height
    if found.n_moved:
        yield Finding(
            "clock",
            "warning" if found.n_moved > _MANY * n_events else "note",
            f"{number(found.n_moved)} of {number(n_events)} events came up to {CLOCK_FAULT_S} seconds before "
            "the start of their interaction and were moved to it.",
            "The clocks of two systems differ. Waits shorter than a few seconds are not reliable.",
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
