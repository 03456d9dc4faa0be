"""Charts of early warning: AUC by stage and by elapsed time, and the lead time before a complaint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.earliness import Point
from forestall.evaluation.questions.lead_times import FlaggedOutcome
from forestall.reporting.charts.chart import (
    LEGEND,
    METHOD_LINES,
    PERCENT,
    Chart,
    Table,
    error_bars,
    horizontal_line,
    layout,
)
from forestall.reporting.charts.plotly_text import as_text
from forestall.reporting.text import early_warning as text
from forestall.reporting.text import summary
from forestall.reporting.text.formats import (
    METHODS,
    UNDEFINED,
    duration,
    number,
    number_range,
    percent,
    percent_range,
    plain_name,
)

_OUTCOME_LINES = {
    "complaint": ("--alarm", "solid"),
    "bad rating": ("--model", "dash"),
    "labelled event": ("--rule", "dot"),
}
_LEAD_TICKS = {0.1: "6 min", 1: "1 h", 6: "6 h", 24: "1 day", 72: "3 days", 240: "10 days"}


def early_warning_charts(evaluation: Evaluation) -> list[Chart | None]:
    """Return the AUC by stage, the AUC by elapsed time, and the lead time."""
    found = evaluation.earliness
    if found is None:
        return [_all_moments_chart(evaluation)]
    sentences = (text.auc_at_stages(evaluation), text.upper_bound(evaluation))
    stages = " ".join(one for one in sentences if one)
    return [
        _auc_chart("stages", "AUC by stage", stages, found.stages),
        _auc_chart("elapsed", "AUC by elapsed time", text.auc_after_time(evaluation), found.elapsed),
        _lead_chart(evaluation),
    ]


def _all_moments_chart(evaluation: Evaluation) -> Chart | None:
    """Return the AUC by stage over all moments, for data in which interactions cannot be followed over time."""
    cells = [cell for cell in evaluation.stages if not math.isnan(cell.auc)]
    if not cells:
        return None
    line = {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": [plain_name(cell.name) for cell in cells],
        "y": [cell.auc for cell in cells],
        "text": [f"{cell.auc:.2f}" for cell in cells],
        "textposition": "top center",
        "customdata": [cell.n for cell in cells],
        "line": METHOD_LINES["risk"],
        "marker": {"size": 10, "color": "--model"},
        "hovertemplate": "%{x}: AUC %{y:.3f}<br>%{customdata} moments<extra></extra>",
        "showlegend": False,
    }
    low = min(0.48, *(cell.auc - 0.03 for cell in cells))
    high = min(1.03, max(cell.auc for cell in cells) + 0.05)
    look = layout(
        "",
        "AUC (random ranking: 0.5)",
        yaxis={"range": [low, high]},
        xaxis={"range": [-0.4, len(cells) - 0.6]},
        shapes=[horizontal_line(0.5)],
    )
    spec = {"data": [line], "layout": look}
    return Chart("stages", "AUC by stage", summary.auc_by_stage(evaluation), spec, _cells_table(cells))


def _cells_table(cells: Sequence[Any]) -> Table:
    heads = [
        "", "moments", "dissatisfied", "mean risk", "AUC", "log-loss", "calibration error", "95 % bound if perfect",
    ]  # fmt: skip
    rows = []
    for cell in cells:
        counts = [
            plain_name(cell.name),
            number(cell.n),
            percent(cell.base_rate, 1),
            percent(cell.mean_risk, 1),
        ]
        figures = [cell.auc, cell.log_loss, cell.calibration_error, cell.calibration_error_perfect_high]
        rows.append(
            [
                *counts,
                *(["too few", *[UNDEFINED] * 3] if cell.is_small else [number(value) for value in figures]),
            ]
        )
    return Table(heads, rows)


def _auc_chart(key: str, title: str, sentence: str, points: Sequence[Point]) -> Chart | None:
    known = [point for point in points if not math.isnan(point.auc)]
    if not known:
        return None
    aucs = [point.auc for point in known]
    model = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": METHODS["risk"],
        "x": [plain_name(point.name) for point in known],
        "y": aucs,
        "customdata": [point.n for point in known],
        "error_y": error_bars(aucs, [point.auc_low for point in known], [point.auc_high for point in known]),
        "line": METHOD_LINES["risk"],
        "marker": {"size": 9, "color": "--model"},
        "hovertemplate": "%{x}: AUC %{y:.3f}<br>%{customdata} interactions<extra></extra>",
    }
    bound = _bound_line(known)
    shown = [
        value
        for point in known
        for value in (point.auc, point.auc_low, point.auc_high, point.bound_auc)
        if not math.isnan(value)
    ]
    look = layout(
        "",
        "AUC (random ranking: 0.5)",
        yaxis={"range": [min(0.48, min(shown) - 0.02), min(1.02, max(shown) + 0.03)]},
        shapes=[horizontal_line(0.5)],
        showlegend=bool(bound),
        legend=LEGEND["above"],
    )
    return Chart(key, title, sentence, {"data": [model, *bound], "layout": look}, _points_table(points))


def _bound_line(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Return the line of the true risk, if it is known."""
    if all(math.isnan(point.bound_auc) for point in points):
        return []
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "true risk (upper bound)",
        "x": [plain_name(point.name) for point in points],
        "y": [point.bound_auc for point in points],
        "line": {"color": "--rule", "width": 2, "dash": "dash"},
        "marker": {"size": 7, "color": "--rule", "symbol": "diamond"},
        "hovertemplate": "%{x}: at most %{y:.3f}<extra></extra>",
    }
    return [line]


def _points_table(points: Sequence[Point]) -> Table:
    heads = [
        "", "interactions", "dissatisfied", "AUC", "95 % interval", "log-loss", "average precision",
        "calibration error", "95 % bound if perfect", "AUC of the true risk", "share of the possible gain",
    ]  # fmt: skip
    rows = [
        [
            plain_name(point.name),
            number(point.n),
            percent(point.base_rate, 1),
            "too few" if math.isnan(point.auc) else number(point.auc),
            number_range(point.auc_low, point.auc_high),
            number(point.log_loss),
            number(point.average_precision),
            number(point.calibration_error),
            number(point.calibration_error_perfect_high),
            number(point.bound_auc),
            percent(point.lift_share),
        ]
        for point in points
    ]
    return Table(heads, rows)


def _lead_chart(evaluation: Evaluation) -> Chart | None:
    found = evaluation.earliness
    if found is None or not any(one.lead_hours for one in found.foreseen):
        return None
    lines = [_lead_line(one) for one in found.foreseen if one.lead_hours]
    look = layout(
        "lead time of at least",
        "share of all outcomes",
        xaxis={"type": "log", "tickvals": list(_LEAD_TICKS), "ticktext": list(_LEAD_TICKS.values())},
        yaxis=PERCENT | {"rangemode": "tozero"},
        legend=LEGEND["above"],
    )
    sentences = (text.lead_times(evaluation), text.stability(evaluation), *found.notes)
    return Chart(
        "lead",
        "Lead time before the outcome",
        " ".join(one for one in sentences if one),
        {"data": lines, "layout": look},
        _lead_table(found.foreseen),
    )


def _lead_line(one: FlaggedOutcome) -> dict[str, Any]:
    """Return the share of all outcomes that were flagged at least so long before, by lead time."""
    n = len(one.lead_hours)
    colour, dash = _OUTCOME_LINES[one.outcome]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{one.outcome}s",
        "x": [max(hours, 0.05) for hours in one.lead_hours],
        "y": [one.share * (1 - place / n) for place in range(n)],
        "line": {"color": colour, "width": 3, "dash": dash},
        "hovertemplate": f"%{{y:.0%}} of all {as_text(one.outcome)}s<br>%{{x:.1f}} h before or earlier<extra></extra>",
    }


def _lead_table(outcomes: Sequence[FlaggedOutcome]) -> Table:
    heads = [
        "", "number", "flagged before", "95 % interval", "an hour before", "median lead time", "quartiles",
        "an hour before, by the true risk",
    ]  # fmt: skip
    rows = [
        [
            f"{one.outcome}s",
            number(one.n),
            percent(one.share),
            percent_range(one.share_low, one.share_high, 0),
            percent(one.hour_share),
            UNDEFINED if math.isnan(one.lead_median_s) else duration(one.lead_median_s),
            UNDEFINED
            if math.isnan(one.lead_q25_s)
            else f"{duration(one.lead_q25_s)} to {duration(one.lead_q75_s)}",
            percent(one.bound_hour_share),
        ]
        for one in outcomes
    ]
    return Table(heads, rows)
