"""Endings: which interactions never end, in which channel, and for how long nothing has happened in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forestall.data_report.finding import MAPPING, Finding, may_be_shown, yaml_line
from forestall.data_report.records import Records
from forestall.reporting.text.formats import number, percent

_AGES = (("less than 7 days", 7), ("7 to 30 days", 30), ("30 to 90 days", 90), ("90 to 365 days", 365))
_OLDEST = "more than 365 days"
_OLD_DAYS = 30
_MANY, _MOST, _MIN_ROWS = 0.05, 0.5, 50


@dataclass(frozen=True)
class Channel:
    """The interactions of one channel: their number, and the number of those without an end."""

    channel: str
    n: int
    n_open: int


@dataclass(frozen=True)
class Endings:
    """Interactions without `closed` and `abandoned`.

    Parameters
    ----------
    n, n_open
        The number of interactions, and of those without an end.
    n_old
        The number of those without an end in which nothing has happened for more than 30 days.
    ages
        Those without an end by the time since their last event; empty without a clock.
    channels
        By channel; empty if its words may not be shown.
    periods, open_shares
        The share without an end by the period of the start.
    findings
        What was found.
    """

    n: int
    n_open: int
    n_old: int
    ages: dict[str, int]
    channels: list[Channel]
    periods: list[str]
    open_shares: list[float]
    findings: list[Finding]


def endings(records: Records) -> Endings:
    """Return which interactions never end."""
    last = records.events.group_by("place").agg(last_at=pl.col("at").max())
    rows = records.starts.with_columns(
        records.tables.interactions["channel"], is_open=records.milestones["ended_at"].is_null()
    ).join(last, on="place", how="left", maintain_order="left")
    silence = (pl.lit(records.end) - pl.coalesce("last_at", "started_at")).dt.total_days()
    still = rows.filter("is_open").select(days=silence)["days"]
    ages = _by_age(still) if records.has_clock else {}
    by_period = (
        rows.drop_nulls("period").group_by("period").agg(share=pl.col("is_open").mean()).sort("period")
    )
    shown = by_period if records.has_clock else by_period.head(0)
    found = Endings(
        records.n,
        len(still),
        int((still > _OLD_DAYS).sum()) if records.has_clock else 0,
        ages,
        _channels(rows),
        shown["period"].to_list(),
        shown["share"].to_list(),
        [],
    )
    found.findings.extend(_findings(found))
    return found


def _by_age(days: pl.Series) -> dict[str, int]:
    ages, low = {}, -1
    for name, high in _AGES:
        ages[name] = int(((days > low) & (days <= high)).sum())
        low = high
    return ages | {_OLDEST: int((days > low).sum())}


def _channels(rows: pl.DataFrame) -> list[Channel]:
    if not may_be_shown(rows["channel"]):
        return []
    counts = rows.group_by("channel").agg(n=pl.len(), n_open=pl.col("is_open").sum())
    return [
        Channel(channel or "unknown", n, n_open)
        for channel, n, n_open in counts.sort(["n", "channel"], descending=[True, False]).iter_rows()
    ]


def _findings(found: Endings) -> Iterator[Finding]:
    line = yaml_line("events", [{"kind": "closed", "at": "COLUMN"}], "the column with the time of the end")
    if found.n_open == found.n:
        yield Finding(
            "endings",
            "warning",
            "No interaction has a closed or abandoned event.",
            "An interaction then ends with its last event, and is over after the silence that `moments.open_days` "
            "of model.yaml says. What is usual of ended interactions (share resolved, share greeted) stays "
            "unknown.",
            MAPPING,
            line,
        )
        return
    share = found.n_old / found.n
    if share > _MANY:
        yield Finding(
            "endings",
            "warning",
            f"{number(found.n_old)} of {number(found.n)} interactions ({percent(share, 1)}) have no end, and "
            f"nothing has happened in them for more than {_OLD_DAYS} days.",
            "They are probably over, but the end is not recorded. A nightly job for a given time counts "
            "them as open until they are old.",
            MAPPING,
            line,
        )
    for one in found.channels:
        others = (found.n_open - one.n_open) / max(found.n - one.n, 1)
        if one.n >= _MIN_ROWS and one.n_open / one.n > _MOST and others < _MOST / 2:
            yield Finding(
                "endings",
                "warning",
                f"{percent(one.n_open / one.n)} of the {number(one.n)} interactions in the channel "
                f"{one.channel} have no end; in all others {percent(others)}.",
                "The end of this channel is probably recorded elsewhere, or under another kind. Its times "
                "run on, so the model learns that the channel is slow.",
                MAPPING,
                line,
            )
