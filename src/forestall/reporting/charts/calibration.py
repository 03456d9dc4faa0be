"""Charts of the calibration: expected and observed rates, by stage too, and the intervals of the risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.metrics.binning import Points
from forestall.reporting.charts.chart import (
    LEGEND,
    PERCENT,
    Chart,
    Table,
    band,
    error_bars,
    layout,
    reference_line,
)
from forestall.reporting.text import calibration as text
from forestall.reporting.text.formats import METHODS, number, percent, percent_range, plain_name

_COLOURS = ("--model", "--logistic", "--rule", "--wait", "--alarm", "--quiet", "--ink")
_DASHES = ("solid", "dash", "dot", "dashdot", "solid", "dash", "dot")
_AXES = ("expected rate (risk)", "observed rate")
_HOVER = "expected %{x:.1%}, observed %{y:.1%}<br>%{customdata} "


def calibration_chart(evaluation: Evaluation) -> Chart | None:
    """Return the calibration curve at the last moments."""
    points = evaluation.curves.reliability
    return calibration_curve(points, text.calibration(evaluation)) if points else None


def calibration_curve(points: Points, sentence: str) -> Chart:
    """Return the calibration curve through `points`, as `curves.reliability_points` returns them."""
    top = min(1.0, max(*points["risk"], *points["rate"], *points["high"]) * 1.06)
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": points["risk"],
        "y": points["rate"],
        "customdata": points["n"],
        "name": METHODS["risk"],
        "line": {"color": "--model", "width": 2},
        "marker": {"size": 9, "color": "--model"},
        "hovertemplate": f"{_HOVER}interactions<extra></extra>",
    }
    data = [
        *band(points["risk"], points["low"], points["high"], "sampling noise (95 %)"),
        reference_line([0, top], [0, top], "perfect calibration"),
        curve,
    ]
    axis = PERCENT | {"range": [0, top], "rangemode": "tozero"}
    look = layout(*_AXES, xaxis=axis, yaxis=axis, legend=LEGEND["above"])
    table = Table(["expected", "observed", "sampling noise (95 %)", "interactions"], _rows(points))
    return Chart("calibration", "Calibration curve", sentence, {"data": data, "layout": look}, table)


def _rows(points: Points) -> list[list[str]]:
    return [
        [percent(risk, 1), percent(rate, 1), percent_range(low, high), number(int(n))]
        for risk, rate, low, high, n in zip(
            *(points[name] for name in ("risk", "rate", "low", "high", "n")), strict=True
        )
    ]


def stages_chart(evaluation: Evaluation) -> Chart | None:
    """Return a calibration curve for each stage; the table has the segments too."""
    found = evaluation.certainty
    if found is None or not found.by_stage:
        return None
    curves = found.by_stage
    top = min(1.0, max(max(*one["risk"], *one["rate"]) for one in curves.values()) * 1.06)
    axis = PERCENT | {"range": [0, top]}
    look = layout(*_AXES, xaxis=axis, yaxis=axis, legend=LEGEND["top left"])
    rows = [
        [plain_name(name), *row] for name, one in {**curves, **found.by_segment}.items() for row in _rows(one)
    ]
    heads = ["stage or segment", "expected", "observed", "sampling noise (95 %)", "moments"]
    perfect = reference_line([0, top], [0, top], "perfect calibration")
    return Chart(
        "calibration-stages",
        "Calibration by stage",
        f"{text.points_in_noise(*curves.values())} Moments of one interaction depend on each other, which widens the "
        "band further.",
        {"data": [perfect, *_stage_lines(curves)], "layout": look},
        Table(heads, rows),
    )


def _stage_lines(curves: Mapping[str, Points]) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plain_name(name),
            "x": one["risk"],
            "y": one["rate"],
            "customdata": one["n"],
            "line": {
                "color": _COLOURS[place % len(_COLOURS)],
                "width": 2,
                "dash": _DASHES[place % len(_DASHES)],
            },
            "marker": {"size": 6, "color": _COLOURS[place % len(_COLOURS)]},
            "hovertemplate": f"{_HOVER}moments",
        }
        for place, (name, one) in enumerate(curves.items())
    ]


def intervals_chart(evaluation: Evaluation) -> Chart | None:
    """Return the 90 % intervals of the risk beside the observed rates."""
    found = evaluation.certainty.coverage if evaluation.certainty else None
    if found is None:
        return None
    points = found.bins
    observed = {
        "type": "scatter",
        "mode": "markers",
        "name": "observed rate (95 % interval)",
        "x": points["risk"],
        "y": points["rate"],
        "customdata": points["n"],
        "error_y": error_bars(points["rate"], points["rate_low"], points["rate_high"]),
        "marker": {"size": 9, "color": "--model"},
        "hovertemplate": f"{_HOVER}interactions<extra></extra>",
    }
    top = min(1.0, max(*points["high"], *points["rate_high"]) * 1.04)
    look = layout(
        *_AXES, xaxis=PERCENT, yaxis=PERCENT | {"range": [0, top]}, legend=LEGEND["top left"]
    )  # fmt: skip
    rows = [
        [percent(risk, 1), percent_range(low, high), percent(rate, 1), number(int(n))]
        for risk, low, high, rate, n in zip(
            *(points[name] for name in ("risk", "low", "high", "rate", "n")), strict=True
        )
    ]
    sentences = (text.coverage(evaluation), text.label_noise(evaluation))
    intervals = band(points["risk"], points["low"], points["high"], "90 % interval of the risk")
    return Chart(
        "intervals",
        "Intervals of the risk",
        " ".join(one for one in sentences if one),
        {"data": [*intervals, observed], "layout": look},
        Table(["expected", "90 % interval", "observed", "interactions"], rows),
    )
