"""The sections of the page, in the order of the questions."""

from __future__ import annotations

from forestall.data.own_kinds import is_own
from forestall.data_report.clock_faults import ClockFaults
from forestall.data_report.duplicates import Duplicates
from forestall.data_report.finding import shown_name
from forestall.data_report.kinds import Kind, Kinds
from forestall.data_report.leaks import Leaks
from forestall.data_report.page_over_time import (
    coverage_section,
    endings_section,
    labels_section,
    response_section,
    span_section,
)
from forestall.data_report.page_parts import Section, TablePart
from forestall.data_report.rejected import Rejections
from forestall.data_report.report import DataReport
from forestall.data_report.standards import Met, Standards
from forestall.reporting.charts.chart import Table
from forestall.reporting.charts.drivers import family_name
from forestall.reporting.text.formats import (
    duration,
    enumeration,
    is_undefined,
    number,
    percent,
    plain_name,
)

_REASONS = {
    "alone": "predicts too well alone",
    "filled": "filled mostly for rated interactions",
    "late": "comes with the rating",
    "ended": "filled only after the end",
    "name": "its name says so",
}

_OWN = "the company's own"


def sections(report: DataReport) -> list[Section]:
    """Return the sections that have something to show."""
    every = [
        span_section(report.span),
        _kinds_section(report.kinds),
        coverage_section(report.coverage),
        _standards_section(report.standards),
        response_section(report.response),
        labels_section(report.labels),
        endings_section(report.endings),
        _clock_section(report.clock),
        _duplicates_section(report.duplicates),
        _leaks_section(report.leaks),
        _rejected_section(report.rejected),
    ]
    return [one for one in every if not one.is_empty]


def _kinds_section(found: Kinds) -> Section:
    rows = [
        [one.kind, number(one.n), percent(one.share, 1), percent(1 - one.no_actor), _feeds(one)]
        for one in found.kinds
    ]
    if found.n_own and all(one.features for one in found.kinds):
        name = f"{number(found.n_own)} own kind{'s' * (found.n_own != 1)}"
        rows.append([name, number(found.n_own_events), "", "", _OWN])
    if not rows:
        return Section("kinds", "Kinds of events")
    absent = sorted(found.absent, key=lambda kind: -found.absent[kind])
    part = TablePart(
        "kinds-table",
        "What each kind feeds",
        "The number of features that read the kind by name, by family. Every event also counts as “something "
        "happened”. check.json names the features."
        + (f" Kinds that features know and that are not recorded: {enumeration(absent)}." if absent else ""),
        Table(["kind", "events", "interactions with it", "with an actor", "features by name"], rows),
    )
    return Section("kinds", "Kinds of events", tables=[part])


def _feeds(kind: Kind) -> str:
    named = [f"{family_name(family)} {len(names)}" for family, names in kind.features.items()]
    if not named and is_own(kind.kind):
        return _OWN
    return ", ".join(named) or "no feature by name"


def _standards_section(found: Standards | None) -> Section:
    if found is None:
        return Section("standards", "Standards")
    parts = []
    if found.n_promised:
        kept = (
            f"Of {number(found.n_settled)} that were settled, {percent(found.promise_met, 1)} were settled "
            "by then."
            if found.promise_met is not None
            else "None of them was settled."
        )
        parts.append(
            TablePart(
                "promises",
                "Committed times",
                f"{percent(found.n_promised / found.n, 1)} of the interactions have a committed time "
                f"(promised_at). {kept}",
                Table([], []),
            )
        )
    if found.waits:
        parts.append(
            TablePart(
                "waits",
                "Waits against the standard",
                "The wait until served or, if nobody served, until the end. The standard is the committed "
                "time, or that of the venue, the channel or all in model.yaml.",
                Table(
                    ["", "waits", "standard", "median wait", "within the standard"],
                    [_met(one) for one in found.waits],
                ),
            )
        )
    return Section("standards", "Standards", tables=parts)


def _met(one: Met) -> list[str]:
    standard = "differs" if one.standard_s is None else duration(one.standard_s)
    return [one.name, number(one.n), standard, duration(one.median_s), percent(one.met, 1)]


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
        order.append(["goes on after the end", number(found.n_after_end), number(found.n_ended)])
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
            "Interactions in which a step comes before one that it should follow.",
            Table(["", "interactions", "of those with both"], order),
        ),
    ]
    return Section("clock", "Clock", tables=[part for part in parts if part.table.rows])


def _duplicates_section(found: Duplicates | None) -> Section:
    if found is None or not (found.n_same_start or found.n_events):
        return Section("duplicates", "Duplicates")
    rows = [
        ["interactions of one customer with the same start", number(found.n_same_start)],
        ["events that repeat another one", number(found.n_events)],
        *([f"of these: {kind}", number(n)] for kind, n in found.by_kind.items()),
    ]
    part = TablePart(
        "duplicates-table",
        "Rows that are there twice",
        "Rows beyond the first one.",
        Table(["", "rows"], rows),
    )
    return Section("duplicates", "Duplicates", tables=[part])


def _leaks_section(found: Leaks) -> Section:
    rows = [
        [
            shown_name(one.name),
            one.kind if one.is_used else f"{one.kind}, not used",
            "–" if is_undefined(one.auc) else f"{one.auc:.2f} ({one.auc_low:.2f} to {one.auc_high:.2f})",
            f"{percent(one.filled_rated)} / {percent(one.filled_others)}",
            one.known_at or "–",
            "; ".join(_REASONS[reason] for reason in one.reasons),
        ]
        for one in found.leaks
    ]
    if not rows:
        return Section("leaks", "Likely leaks")
    heads = ["", "what", "AUC alone", "filled: rated / others", "known at", "reason"]
    compared = f" The AUC is for {found.dissatisfied}." if found.dissatisfied else ""
    part = TablePart(
        "leaks-table",
        "Columns and kinds of events that may be known too late",
        "A column that is written with the rating or at the end must not reach the model before that "
        f"time.{compared}",
        Table(heads, rows),
    )
    return Section("leaks", "Likely leaks", tables=[part])


def _rejected_section(found: Rejections) -> Section:
    rows = [
        [
            one.table,
            plain_name(one.rule),
            number(one.n),
            one.when,
            ", ".join(f"{name} {number(n)}" for name, n in list(one.columns.items())[:8]) or "–",
        ]
        for one in found.rejected
    ]
    if not rows:
        return Section("rejected", "Rejected rows and cells")
    part = TablePart(
        "rejected-table",
        "Rejected rows and cells by rule",
        "What stood there is in the folder rejected/. The manual lists all rules under Data folder.",
        Table(["table", "rule", "number", "at", "columns"], rows),
    )
    return Section("rejected", "Rejected rows and cells", tables=[part])
