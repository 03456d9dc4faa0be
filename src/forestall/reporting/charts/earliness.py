"""The report's pictures of time: how early it is right, and how long before a complaint it says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.earliness import Point
from forestall.evaluation.questions.lead_times import FlaggedOutcome
from forestall.reporting.charts.chart import INSIDE, LOOKS, Chart, Table, layout
from forestall.reporting.charts.comparisons import stages_chart
from forestall.reporting.text import findings
from forestall.reporting.text import sentences as say


def early_charts(evaluation: Evaluation) -> list[Chart | None]:
    """Return how early it is right by stage and by time elapsed, and how long before."""
    found = evaluation.earliness
    if found is None:
        return [stages_chart(evaluation)]
    text = " ".join(one for one in (findings.early(evaluation), findings.bound(evaluation)) if one)
    return [
        _points("stages", "How early it is right, by stage", text, found.stages),
        _points("elapsed", "How early it is right, by time", _open(found.elapsed), found.elapsed),
        _lead(evaluation),
    ]


def _open(points: Sequence[Point]) -> str:
    text = "So long after the start, of those who are still open."
    known = [point for point in points if not math.isnan(point.auc)]
    if not known:
        return text
    return f"{text} After {known[0].name} it ranks with an AUC of {say.number(known[0].auc, 2)}."


def _points(key: str, title: str, text: str, points: Sequence[Point]) -> Chart | None:
    known = [point for point in points if not math.isnan(point.auc)]
    if not known:
        return None
    names = [say.spoken(point.name) for point in known]
    lines: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "the model",
            "x": names,
            "y": [point.auc for point in known],
            "customdata": [point.n for point in known],
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [point.auc_high - point.auc for point in known],
                "arrayminus": [point.auc - point.auc_low for point in known],
                "color": "--model",
                "thickness": 1.5,
                "width": 5,
            },
            "line": LOOKS["risk"],
            "marker": {"size": 9, "color": "--model"},
            "hovertemplate": "%{x}: AUC %{y:.3f}<br>%{customdata} interactions<extra></extra>",
        }
    ]
    has_bound = any(not math.isnan(point.bound_auc) for point in known)
    if has_bound:
        lines.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "the truth, an upper bound",
                "x": names,
                "y": [point.bound_auc for point in known],
                "line": {"color": "--rule", "width": 2, "dash": "dash"},
                "marker": {"size": 7, "color": "--rule", "symbol": "diamond"},
                "hovertemplate": "%{x}: at most %{y:.3f}<extra></extra>",
            }
        )
    low = min([0.48, *(point.auc_low - 0.02 for point in known if not math.isnan(point.auc_low))])
    coin: dict[str, Any] = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0.5, "y1": 0.5}
    coin["line"] = {"color": "--quiet", "width": 1.5, "dash": "longdash"}
    top = max(
        max(point.auc_high, point.auc) if point.auc_high == point.auc_high else point.auc for point in known
    )
    top = max([top, *(point.bound_auc for point in known if not math.isnan(point.bound_auc))])
    look = layout(
        "",
        "AUC (0.5 is a coin)",
        yaxis={"range": [low, min(1.02, top + 0.03)]},
        shapes=[coin],
        showlegend=has_bound,
        legend=INSIDE["above"],
    )
    return Chart(key, title, text, {"data": lines, "layout": look}, point_table(points))


def point_table(points: Sequence[Point]) -> Table:
    """Return the figures of stages or times."""
    heads = [
        "", "interactions", "unhappy", "AUC", "95 % interval", "log-loss", "average precision", "calibration error",
        "perfect up to", "AUC at most", "share of that lift",
    ]  # fmt: skip
    rows = []
    for point in points:
        judged = [point.log_loss, point.average_precision, point.calibration_error]
        rows.append(
            [
                say.spoken(point.name),
                say.number(point.n),
                say.percent(point.base_rate, 1),
                "too few" if math.isnan(point.auc) else say.number(point.auc),
                f"{say.number(point.auc_low)} to {say.number(point.auc_high)}",
                *(say.number(value) for value in judged),
                say.number(point.calibration_error_perfect_high),
                say.number(point.bound_auc),
                say.percent(point.lift_share),
            ]
        )
    return Table(heads, rows)


def _lead(evaluation: Evaluation) -> Chart | None:
    found = evaluation.earliness
    drawn = [one for one in found.foreseen if one.lead_hours] if found else []
    if not drawn or found is None:
        return None
    looks = {
        "complaint": ("--alarm", "solid"),
        "bad rating": ("--model", "dash"),
        "labelled event": ("--rule", "dot"),
    }
    lines = [_before(one, *looks[one.outcome]) for one in drawn]
    ticks = [0.1, 1, 6, 24, 72, 240]
    look = layout(
        "time before it came, at least",
        "share of all that came",
        xaxis={
            "type": "log",
            "tickvals": ticks,
            "ticktext": ["6 min", "1 h", "6 h", "1 day", "3 days", "10 days"],
        },
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
        legend=INSIDE["above"],
    )
    heads = [
        "",
        "came",
        "flagged before",
        "95 % interval",
        "an hour before",
        "median lead",
        "middle half",
        "by the true risk",
    ]
    rows = [
        [
            f"{one.outcome}s",
            say.number(one.n),
            say.percent(one.share),
            f"{say.percent(one.share_low)} to {say.percent(one.share_high)}",
            say.percent(one.hour_share),
            "–" if math.isnan(one.lead_median_s) else findings.duration(one.lead_median_s),
            "–"
            if math.isnan(one.lead_q25_s)
            else f"{findings.duration(one.lead_q25_s)} to {findings.duration(one.lead_q75_s)}",
            say.percent(one.bound_hour_share),
        ]
        for one in found.foreseen
    ] if found else []  # fmt: skip
    text = " ".join(
        one for one in (findings.alarms(evaluation), findings.steadiness(evaluation), *found.notes) if one
    )
    return Chart(
        "lead", "How long before they complain", text, {"data": lines, "layout": look}, Table(heads, rows)
    )


def _before(one: FlaggedOutcome, colour: str, dash: str) -> dict[str, Any]:
    """Return for each lead time the share of all outcomes that were flagged at least so long before."""
    n = len(one.lead_hours)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{one.outcome}s",
        "x": [max(hours, 0.05) for hours in one.lead_hours],
        "y": [one.share * (1 - place / n) for place in range(n)],
        "line": {"color": colour, "width": 3, "dash": dash},
        "hovertemplate": f"%{{y:.0%}} of all {one.outcome}s<br>%{{x:.1f}} h before or earlier<extra></extra>",
    }
