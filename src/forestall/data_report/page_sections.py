"""The sections of the page, in the order of the questions."""

from __future__ import annotations

from forestall.data_report.clock_faults import ClockFaults
from forestall.data_report.kinds import Kind, Kinds
from forestall.data_report.page_parts import Section, TablePart, line
from forestall.data_report.report import DataReport
from forestall.data_report.span import Span
from forestall.reporting.charts.chart import LEGEND, Chart, Table, layout
from forestall.reporting.charts.drivers import family_name
from forestall.reporting.text.formats import number, percent, plain_name


def sections(report: DataReport) -> list[Section]:
    """Return the sections; some may be empty."""
    return [
        _span_section(report.span),
        _kinds_section(report.kinds),
        _clock_section(report.clock),
    ]


def _span_section(found: Span | None) -> Section:
    if found is None or not found.periods:
        return Section("span", "Time span")
    series = (
        ("interactions", found.n_started, "--model"),
        ("events", found.n_events, "--logistic"),
        ("ratings", found.n_rated, "--rule"),
    )
    data = [line(found.periods, counts, name, colour) for name, counts, colour in series]
    look = layout(f"{found.period} of the start, the event or the rating", "rows", legend=LEGEND["above"])
    look["yaxis"] |= {"type": "log"}
    rows = [
        [period, *map(number, counts)]
        for period, *counts in zip(found.periods, found.n_started, found.n_events, found.n_rated, strict=True)
    ]
    chart = Chart(
        "volume",
        f"Rows by {found.period}",
        "On a logarithmic scale. The first and the last period may be incomplete.",
        {"data": data, "layout": look},
        Table([found.period, "interactions", "events", "ratings"], rows),
        is_wide=True,
    )
    return Section("span", "Time span", [chart])


def _kinds_section(found: Kinds) -> Section:
    if not found.kinds and not found.n_own:
        return Section("kinds", "Kinds of events")
    rows = [
        [one.kind, number(one.n), percent(one.share, 1), _feeds(one), percent(1 - one.no_actor)]
        for one in found.kinds
    ]
    if not any(not one.features for one in found.kinds) and found.n_own:
        rows.append(
            [f"{number(found.n_own)} own kinds", number(found.n_own_events), "", "no feature by name", ""]
        )
    part = TablePart(
        "kinds-table",
        "What each kind feeds",
        "The number of features that read the kind by name, by family; every event also counts as "
        "“something happened”. The names of the features are in check.json."
        + (f" Not recorded: {', '.join(found.absent)}." if found.absent else ""),
        Table(["kind", "events", "interactions with it", "features by name", "with an actor"], rows),
    )
    return Section("kinds", "Kinds of events", tables=[part])


def _feeds(kind: Kind) -> str:
    named = [f"{family_name(family)} {len(names)}" for family, names in kind.features.items()]
    return ", ".join(named) or "no feature by name"


def _clock_section(found: ClockFaults | None) -> Section:
    if found is None:
        return Section("clock", "Clock")
    rows = [
        [one.column, number(one.n), percent(one.midnight, 1), percent(one.whole_minutes, 1)]
        for one in found.resolutions
    ]
    order = [
        [f"{plain_name(one.later)} before {plain_name(one.earlier)}", number(one.n), number(one.n_both)]
        for one in found.out_of_order
    ]
    if found.n_after_end:
        order.append(["an event after the end", number(found.n_after_end), number(found.n_ended)])
    if found.n_rated_before_end:
        order.append(
            ["rated before the end", number(found.n_rated_before_end), number(found.n_rated_with_end)]
        )
    parts = [
        TablePart(
            "resolutions",
            "How exactly times are recorded",
            "Times at the very beginning or end of a day are days without a time of day.",
            Table(["time", "values", "a day only", "whole minutes"], rows),
        ),
        TablePart(
            "order",
            "Times out of order",
            "Interactions in which a step comes before one that it should follow, and interactions that "
            "have both.",
            Table(["", "interactions", "of those with both"], order),
        ),
    ]
    return Section("clock", "Clock", tables=[part for part in parts if part.table.rows])
