"""Charts of the ranking: cumulative gains, ROC curve, baselines, and the distribution of the risk."""

from __future__ import annotations

import math
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.metrics.binning import Points
from forestall.reporting.charts.chart import (
    LEGEND,
    METHOD_LINES,
    PERCENT,
    Chart,
    Table,
    bin_centres,
    error_bars,
    layout,
    reference_line,
    vertical_line,
)
from forestall.reporting.charts.plotly_text import Tagged
from forestall.reporting.text import summary
from forestall.reporting.text.formats import METHODS, number, number_range, percent, percent_range

_SHARE_AXIS = PERCENT | {"range": [0, 1.005]}


def capture_chart(evaluation: Evaluation) -> Chart | None:
    """Return the share of dissatisfied customers reached, by the share of customers contacted."""
    points = evaluation.curves.capture
    return gains_curve(points, summary.headline(evaluation)) if points else None


def gains_curve(points: Points, sentence: str) -> Chart:
    """Return the cumulative gains through `points`, as `curves.curves` returns them for the capture."""
    shown = [name for name in METHOD_LINES if name in points]
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": points["share"],
            "y": points[name],
            "name": METHODS[name],
            "line": METHOD_LINES[name],
            "hovertemplate": f"{METHODS[name]}: contact %{{x:.0%}}, reach %{{y:.0%}}<extra></extra>",
        }
        for name in shown
    ]
    look = layout(
        "customers contacted, highest risk first",
        "dissatisfied customers reached",
        xaxis=_SHARE_AXIS,
        yaxis=_SHARE_AXIS,
    )
    rows = [
        [percent(points["share"][place]), *(percent(points[name][place], 1) for name in shown)]
        for place in (1, 5, 10, 20, 30, 50)
    ]
    return Chart(
        "capture",
        "Cumulative gains",
        sentence,
        {"data": [*lines, reference_line([0, 1], [0, 1], "random")], "layout": look},
        Table(["contacted", *(METHODS[name] for name in shown)], rows),
    )


def roc_chart(evaluation: Evaluation) -> Chart | None:
    """Return the ROC curve."""
    points = evaluation.curves.roc
    if not points:
        return None
    names = {"auc": "AUC", "average_precision": "average precision", "base_rate": "base rate"}
    rows = [
        [
            title,
            number(evaluation.overall[name]),
            number_range(*evaluation.intervals.get(name, (math.nan, math.nan))),
        ]
        for name, title in names.items()
    ]
    return roc_curve(points, summary.ranking(evaluation), Table(["", "value", "95 % interval"], rows))


def roc_curve(points: Points, sentence: str, table: Table) -> Chart:
    """Return the ROC curve through `points`, as `curves.curves` returns them."""
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": points["false_alarms"],
        "y": points["caught"],
        "name": METHODS["risk"],
        "line": METHOD_LINES["risk"],
        "fill": "tozeroy",
        "fillcolor": "--band",
        "hovertemplate": "%{y:.0%} of the dissatisfied,<br>%{x:.0%} of the satisfied<extra></extra>",
    }
    look = layout(
        "false positive rate (satisfied customers)",
        "true positive rate (dissatisfied customers)",
        xaxis=_SHARE_AXIS,
        yaxis=_SHARE_AXIS,
    )
    return Chart(
        "roc",
        "ROC curve",
        sentence,
        {"data": [line, reference_line([0, 1], [0, 1], "random")], "layout": look},
        table,
    )


def baselines_chart(evaluation: Evaluation) -> Chart | None:
    """Return the gain in log-loss over each baseline."""
    if not evaluation.baselines or not evaluation.overall["n"]:
        return None
    names = list(evaluation.baselines)[::-1]
    gains = [evaluation.baselines[name].gains["log_loss"] for name in names]
    means = [gain.mean for gain in gains]
    ends = error_bars(means, [gain.low for gain in gains], [gain.high for gain in gains])
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": means,
        "y": [Tagged(METHODS[name].replace(" (", "<br>(").replace(" or ", "<br>or ")) for name in names],
        "error_x": ends | {"thickness": 2.5, "width": 7},
        "marker": {"size": 12, "color": "--model"},
        "showlegend": False,
        "hovertemplate": "gain over %{y}: %{x:.4f}<extra></extra>",
    }
    look = layout("gain in log-loss<br>(95 % interval)", "", shapes=[vertical_line(0)])
    return Chart(
        "baselines",
        "Comparison with baselines",
        summary.comparison(evaluation),
        {"data": [points], "layout": look},
        _baselines_table(evaluation),
    )


def _baselines_table(evaluation: Evaluation) -> Table:
    shown = ("auc", "log_loss", "capture_at_10")
    rows = []
    for name, baseline in evaluation.baselines.items():
        figures = [number(baseline.metrics[metric]) for metric in shown]
        gains = [baseline.gains[metric] for metric in ("log_loss", "auc")]
        told = [f"{number(one.mean, 4)} ({number_range(one.low, one.high, 4)})" for one in gains]
        rows.append([METHODS[name], *figures, *told])
    own = [number(evaluation.overall[metric]) for metric in shown]
    heads = ["", "AUC", "log-loss", "reached by contacting 10 %", "gain in log-loss", "gain in AUC"]
    return Table(heads, [[METHODS["risk"], *own, "", ""], *rows])


def distribution_chart(evaluation: Evaluation) -> Chart | None:
    """Return the distribution of the risk of satisfied and of dissatisfied customers."""
    points = evaluation.curves.spread
    if not points:
        return None
    bars: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": bin_centres(points["start"], points["stop"]),
            "y": points[name],
            "name": name,
            "marker": {"color": colour, "opacity": 0.75},
            "hovertemplate": f"{name}: %{{y:.1%}} at a risk of %{{x:.1%}}<extra></extra>",
        }
        for name, colour in (("satisfied", "--rule"), ("dissatisfied", "--alarm"))
    ]
    look = layout(
        "risk",
        "share of these customers",
        xaxis=PERCENT,
        yaxis=PERCENT,
        barmode="overlay",
        bargap=0.05,
        legend=LEGEND["top right"],
    )
    rows = [
        [percent_range(start, stop), percent(satisfied, 1), percent(dissatisfied, 1)]
        for start, stop, satisfied, dissatisfied in zip(
            *(points[name] for name in ("start", "stop", "satisfied", "dissatisfied")), strict=True
        )
    ]
    expected, observed = (percent(evaluation.overall[name], 1) for name in ("mean_risk", "base_rate"))
    return Chart(
        "distribution",
        "Distribution of the risk",
        f"The mean risk is {expected}; the observed rate is {observed}.",
        {"data": bars, "layout": look},
        Table(["risk", "satisfied", "dissatisfied"], rows),
    )
