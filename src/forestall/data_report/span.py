"""Time span: gaps, single rows far from the others, and volume that starts or stops abruptly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import polars as pl

from forestall.data_report.finding import MAPPING, Finding, yaml_line
from forestall.data_report.records import Records
from forestall.reporting.text.formats import number, percent

TIMES = {"interactions.started_at": "interaction", "events.at": "event", "feedback.rated_at": "rating"}
"""The times whose span is looked at, and what has one."""

MIN_ROWS = 20
MAX_STRAY = 0.01
"""The largest share of the rows that can be strays: rows beyond a gap at an end of the time span."""
_MIN_GAP = timedelta(days=7)
_TIMES_USUAL = 10
_FEW = 0.2  # a period with less than this share of the usual volume has little
_MIDDAY = (6, 18)  # hours between which a day of records rarely ends


@dataclass(frozen=True)
class Gap:
    """A time without a row.

    Parameters
    ----------
    column
        The table and column.
    where
        Whether only strays lie before it (`begin`) or after it (`end`), or many rows on both sides (`middle`).
    last_before, first_after
        The days of the rows on its two sides, ISO 8601.
    days
        Its length.
    n_stray
        The number of rows beyond it; 0 for a gap in the middle.
    """

    column: str
    where: Literal["begin", "end", "middle"]
    last_before: str
    first_after: str
    days: int
    n_stray: int


@dataclass(frozen=True)
class Span:
    """The time span.

    Parameters
    ----------
    period
        The name of the periods: day, week, month …
    periods
        The first day of each period.
    n_started, n_events, n_rated
        Interactions that start, events and ratings in each period.
    gaps
        The gaps.
    findings
        What was found.
    """

    period: str
    periods: list[str]
    n_started: list[int]
    n_events: list[int]
    n_rated: list[int]
    gaps: list[Gap]
    findings: list[Finding]


def span(records: Records) -> Span | None:
    """Return the volume over time and the gaps at both ends of the time span; None without a clock."""
    if not records.has_clock:
        return None
    tables = records.tables
    counts = [
        frame.select(period=records.in_periods(time)).drop_nulls().group_by("period").len(name)
        for frame, time, name in (
            (tables.interactions, "started_at", "n_started"),
            (tables.events, "at", "n_events"),
            (tables.feedback, "rated_at", "n_rated"),
        )
    ]
    volume = counts[0]
    for other in counts[1:]:
        volume = volume.join(other, on="period", how="full", coalesce=True)
    volume = volume.fill_null(0).sort("period")
    gaps = [gap for column in TIMES for gap in _gaps(column, _times(records, column))]
    findings = [_gap_finding(gap) for gap in gaps]
    if not any(gap.column == "interactions.started_at" for gap in gaps):
        findings += _edges(tables.interactions["started_at"])
    counts_of = {name: volume[name].to_list() for name in ("n_started", "n_events", "n_rated")}
    return Span(records.period[1], volume["period"].to_list(), **counts_of, gaps=gaps, findings=findings)


def _times(records: Records, column: str) -> pl.Series:
    table, name = column.split(".")
    frame: pl.DataFrame = getattr(records.tables, table)
    return frame[name].drop_nulls()


def _gaps(column: str, times: pl.Series) -> Iterator[Gap]:
    """Yield the gap at each end that has only strays beyond it, and the gaps in the middle."""
    if len(times) < MIN_ROWS:
        return
    days = times.dt.date().alias("day").to_frame().group_by("day").len("n").sort("day")
    steps = days.with_columns(
        before=pl.col("day").shift(1),
        length=(pl.col("day") - pl.col("day").shift(1)),
        n_before=pl.col("n").cum_sum() - pl.col("n"),
    ).drop_nulls("before")
    usual = steps["length"].quantile(0.95, "nearest") if steps.height >= MIN_ROWS else None
    longest = max(_MIN_GAP, _TIMES_USUAL * usual) if isinstance(usual, timedelta) else _MIN_GAP
    gaps = steps.filter(pl.col("length") > longest)
    most = max(int(MAX_STRAY * len(times)), 1)
    sides = (
        ("begin", gaps.filter(pl.col("n_before") <= most).tail(1)),
        ("end", gaps.filter(len(times) - pl.col("n_before") <= most).head(1)),
        ("middle", gaps.filter(pl.col("n_before").is_between(most + 1, len(times) - most - 1))),
    )
    for where, rows in sides:
        for row in rows.iter_rows(named=True):
            n_stray = {"begin": row["n_before"], "end": len(times) - row["n_before"], "middle": 0}[where]
            yield Gap(column, where, str(row["before"]), str(row["day"]), row["length"].days, n_stray)  # type: ignore[arg-type]  # a literal


def _gap_finding(gap: Gap) -> Finding:
    if gap.where == "middle":
        return Finding(
            "span",
            "warning",
            f"No row of {gap.column} lies between {gap.last_before} and {gap.first_after} "
            f"({number(gap.days)} days).",
            "The records of that time are missing, or the company was closed. Features of the customer's "
            "past and of the usual waits do not know of it, and a test part that begins near it is a "
            "different time.",
        )
    is_one = gap.n_stray == 1
    rows, lie = (
        f"{number(gap.n_stray)} {TIMES[gap.column]}{'' if is_one else 's'}",
        "lies" if is_one else "lie",
    )
    if gap.where == "end":
        return Finding(
            "span",
            "error",
            f"{rows} ({gap.column}) {lie} {number(gap.days)} days after all others, from {gap.first_after} "
            f"on; the others end on {gap.last_before}.",
            "The last records decide until when an outcome that is not recorded did not happen. With these "
            "rows, interactions whose outcome is still open may count as decided.",
            MAPPING,
            yaml_line("exported_at", f"{gap.last_before}T23:59:59Z", "later times are then rejected"),
        )
    return Finding(
        "span",
        "warning",
        f"{rows} ({gap.column}) {lie} {number(gap.days)} days before all others, up to {gap.last_before}; "
        f"the others begin on {gap.first_after}.",
        "These times are probably wrong: a default such as 1970-01-01, or a misread year. Their waits and "
        "ages are then years long.",
    )


def _edges(starts: pl.Series) -> Iterator[Finding]:
    """Yield what is known of the first and the last days: little volume for long, or an end in the middle of a day."""
    days = starts.dt.date().alias("day").to_frame().group_by("day").len("n").sort("day")
    if len(starts) < MIN_ROWS or days.height < MIN_ROWS:
        return
    yield from _thin_ends(days, len(starts))
    first, last = starts.min(), starts.max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    usual = float(days["n"].median() or 0)  # type: ignore[arg-type]  # a count
    if days["n"][-1] < _FEW * usual and usual >= 5 and _MIDDAY[0] <= last.hour < _MIDDAY[1]:
        yield Finding(
            "span",
            "note",
            f"The records stop on {last:%Y-%m-%d} at {last:%H:%M} UTC, in the middle of a day: "
            f"{number(days['n'][-1])} interactions start on that day, {number(usual)} on a usual one.",
            "The last day is incomplete: the queue of that day looks shorter than it was.",
        )
    head = float(days["n"].head(7).mean() or 0)  # type: ignore[arg-type]
    if head >= 0.8 * float(days["n"].mean() or 0):  # type: ignore[arg-type]
        yield Finding(
            "span",
            "note",
            f"The records begin on {first:%Y-%m-%d} with full volume: {number(head, 1)} interactions a day "
            "in the first week.",
            "Earlier contacts of the same customers are missing, so in the first weeks every customer looks "
            "new, and the usual waits are unknown. More history makes these features stronger.",
        )


def _thin_ends(days: pl.DataFrame, n: int) -> Iterator[Finding]:
    """Yield an end of the time span that is long and has very few interactions."""
    marked = days.with_columns(before=pl.col("n").cum_sum(), after=pl.col("n").cum_sum(reverse=True))
    length = (days["day"][-1] - days["day"][0]).days
    head = marked.filter(pl.col("before") <= MAX_STRAY * n)
    tail = marked.filter(pl.col("after") <= MAX_STRAY * n)
    for where, part in (("first", head), ("last", tail)):
        if not part.height:
            continue
        share = (part["day"][-1] - part["day"][0]).days / max(length, 1)
        if share < _FEW:
            continue
        total = int(part["n"].sum())
        yield Finding(
            "span",
            "warning",
            f"In the {where} {percent(share)} of the time span, {part['day'][0]} to {part['day'][-1]}, only "
            f"{number(total)} of {number(n)} interactions start.",
            "The split into training and test part is by time. "
            + (
                "Leave out the time before the records were complete."
                if where == "first"
                else "Late rows are probably wrong, or only long cases are left in them."
            ),
        )
