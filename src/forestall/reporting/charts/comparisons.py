"""The report's pictures that compare: stages, simple methods, features."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.charts.chart import LOOKS, Chart, Table, layout
from forestall.reporting.charts.plots import LABELS
from forestall.reporting.text import sentences as say

_MOST_FEATURES = 20


def stages_chart(evaluation: Evaluation) -> Chart | None:
    """Return how well the risks rank at each stage."""
    cells = [cell for cell in evaluation.stages if not math.isnan(cell.auc)]
    if not cells:
        return None
    line = {
        "type": "scatter",
        "mode": "lines+markers+text",
        "x": [say.spoken(cell.name) for cell in cells],
        "y": [cell.auc for cell in cells],
        "text": [f"{cell.auc:.2f}" for cell in cells],
        "textposition": "top center",
        "customdata": [cell.n for cell in cells],
        "line": LOOKS["risk"],
        "marker": {"size": 10, "color": "--model"},
        "hovertemplate": "%{x}: AUC %{y:.3f}<br>%{customdata} moments<extra></extra>",
        "showlegend": False,
    }
    low = min(0.48, *(cell.auc - 0.03 for cell in cells))
    high = min(1.03, max(cell.auc for cell in cells) + 0.05)
    reach = [-0.4, len(cells) - 0.6]
    coin = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0.5, "y1": 0.5}
    coin["line"] = {"color": "--quiet", "width": 1.5, "dash": "longdash"}
    label = {
        "xref": "paper",
        "x": 1,
        "y": 0.5,
        "text": "a coin",
        "showarrow": False,
        "yanchor": "bottom",
        "xanchor": "right",
    }
    look = layout(
        "", "AUC", yaxis={"range": [low, high]}, xaxis={"range": reach}, shapes=[coin], annotations=[label]
    )
    return Chart(
        "stages",
        "How early it is right",
        say.earliness(evaluation),
        {"data": [line], "layout": look},
        cell_table(evaluation.stages),
    )


def cell_table(cells: Sequence[Any]) -> Table:
    """Return the table of stages or segments; a cell that is too small says so."""
    heads = ["", "moments", "unhappy", "mean risk", "AUC", "log-loss", "calibration error", "perfect up to"]
    rows = []
    for cell in cells:
        start = [
            say.spoken(cell.name),
            say.number(cell.n),
            say.percent(cell.base_rate, 1),
            say.percent(cell.mean_risk, 1),
        ]
        judged = [cell.auc, cell.log_loss, cell.calibration_error, cell.calibration_error_perfect_high]
        rows.append(
            [*start, *(["too few"] * 4 if cell.is_small else [say.number(value) for value in judged])]
        )
    return Table(heads, rows)


def baselines_chart(evaluation: Evaluation) -> Chart | None:
    """Return by how much the model is better than simple methods."""
    if not evaluation.baselines:
        return None
    names = list(evaluation.baselines)[::-1]
    gains = [evaluation.baselines[name].gains["log_loss"] for name in names]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [gain.mean for gain in gains],
        "y": [
            LABELS[name].replace("standard breached or unresolved", "breached or<br>unresolved")
            for name in names
        ],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [gain.high - gain.mean for gain in gains],
            "arrayminus": [gain.mean - gain.low for gain in gains],
            "color": "--model",
            "thickness": 2.5,
            "width": 7,
        },
        "marker": {"size": 12, "color": "--model"},
        "showlegend": False,
        "hovertemplate": "gain over %{y}: %{x:.4f}<extra></extra>",
    }
    none = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": 0, "x1": 0}
    none["line"] = {"color": "--quiet", "width": 1.5, "dash": "longdash"}
    look = layout("gain in log-loss,<br>with its 95 % interval", "", shapes=[none])
    rows = []
    for name, baseline in evaluation.baselines.items():
        figures = [say.number(baseline.metrics[metric]) for metric in ("auc", "log_loss", "capture_at_10")]
        rows.append(
            [LABELS[name], *figures, *(_gain(baseline.gains[metric]) for metric in ("log_loss", "auc"))]
        )
    own = [say.number(evaluation.overall[metric]) for metric in ("auc", "log_loss", "capture_at_10")]
    heads = ["", "AUC", "log-loss", "reached by a tenth", "gain in log-loss", "gain in AUC"]
    table = Table(heads, [["the model", *own, "", ""], *rows])
    return Chart(
        "baselines",
        "Against simple methods",
        say.comparison(evaluation),
        {"data": [points], "layout": look},
        table,
    )


def _gain(gain: Sequence[float]) -> str:
    mean, low, high = (say.number(float(value), 4) for value in gain)
    return f"{mean} ({low} to {high})"


def importance_chart(context: Mapping[str, Any]) -> Chart | None:
    """Return what the model looks at, as the context tells."""
    found = sorted(context.get("importance", []), key=lambda one: -one["contribution"])
    if not found:
        return None
    top = found[:_MOST_FEATURES][::-1]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [one["contribution"] for one in top],
        "y": [say.spoken(one["feature"]) for one in top],
        "customdata": [one.get("description", "") for one in top],
        "marker": {"color": "--model"},
        "showlegend": False,
        "hovertemplate": "%{y}: %{x:.3f}<br>%{customdata}<extra></extra>",
    }
    look = layout("mean contribution to a risk<br>(log-odds, either way)", "", height=110 + 24 * len(top))
    rows = [
        [
            say.spoken(one["feature"]),
            one["family"],
            say.number(float(one["contribution"]), 4),
            say.number(float(one["gain"]), 1),
            one.get("description", ""),
        ]
        for one in found
    ]
    text = "By feature, how far it moves a risk up or down; features that tell the same share what they move."
    heads = ["feature", "family", "mean contribution", "gain in training", "what it is"]
    return Chart(
        "importance",
        "What the model looks at",
        text,
        {"data": [bars], "layout": look},
        Table(heads, rows),
        is_wide=True,
    )
