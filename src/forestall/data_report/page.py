"""The page of the data report: findings first, then one section for each question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forestall.data_report.finding import SEVERITIES
from forestall.data_report.page_sections import sections
from forestall.data_report.report import DataReport
from forestall.reporting.page import write_html
from forestall.reporting.report import KeyFigure
from forestall.reporting.text.formats import enumeration, number, percent

PAGE = "data_report.html"


def write_page(report: DataReport, figures: Mapping[str, Any], path: str | Path) -> Path:
    """Write the data report as one HTML page that needs no network, and return its path.

    Parameters
    ----------
    report
        The answers and findings.
    figures
        The counts of `forestall check`: see `forestall.data.check_tables`.
    path
        The file to write.
    """
    shown = sections(report)
    return write_html(
        "data_report.html.j2",
        path,
        [chart for section in shown for chart in section.charts],
        kicker="Data report",
        headline=headline(report),
        basis=basis(figures),
        key_figures=_key_figures(figures),
        findings=report.findings,
        sections=shown,
        titles={section.key: section.title for section in shown},
    )


def headline(report: DataReport) -> str:
    """Return in one sentence how many findings there are."""
    counts = {name: sum(one.severity == name for one in report.findings) for name in SEVERITIES}
    named = [f"{number(n)} {name}{'s' * (n != 1)}" for name, n in counts.items() if n]
    if counts["error"]:
        return f"Correct the data before training: {enumeration(named)}."
    if named:
        return f"The data can be used, with {enumeration(named)}."
    return "The data can be used: nothing was found."


def basis(figures: Mapping[str, Any]) -> str:
    """Return what the data are: their size and their time span."""
    rows, span = figures["rows"], figures["time_span"]["started_at"]
    n = {table: number(count) for table, count in rows.items()}
    text = f"{n['interactions']} interactions, {n['events']} events and {n['feedback']} ratings"
    if figures["clock"] == "none":
        text += ", without a clock: no feature comes from the order of rows."
    else:
        # with hyphens at which no line breaks
        first, last = (span[end][:10].replace("-", "\u2011") for end in ("first", "last"))
        text += f"; the interactions start from {first} to {last}."
    if "drawn" not in figures:
        return text
    n_drawn = number(figures["drawn"]["interactions"])
    return f"{text} All rows were checked; the answers below are about {n_drawn} interactions of drawn customers."


def _key_figures(figures: Mapping[str, Any]) -> list[KeyFigure]:
    rows, rejected = figures["rows"], figures["rejected"]
    n_rejected = sum(n for rules in rejected.values() for n in rules.values())
    at_import = sum(n for rules in figures["rejected_at_import"].values() for n in rules.values())
    detail = f"{number(at_import)} at the import" if at_import else ""
    return [
        KeyFigure("interactions", number(rows["interactions"]), ""),
        KeyFigure(
            "events", number(rows["events"]), f"{number(rows['events'] / rows['interactions'], 1)} each"
        ),
        KeyFigure("rated", percent(figures["labelled_share"], 1), f"{number(rows['feedback'])} ratings"),
        KeyFigure(
            "kinds of events", number(len(figures["kinds"])), f"{number(len(figures['unknown_kinds']))} own"
        ),
        KeyFigure("rejected rows", number(n_rejected), detail),
    ]
