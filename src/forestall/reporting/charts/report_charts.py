"""The report's pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.metrics.binning import Points
from forestall.reporting.charts.certainty import coverage_chart, reliable_chart
from forestall.reporting.charts.chart import INSIDE, LOOKS, Chart, Table, band, chance, layout
from forestall.reporting.charts.comparisons import baselines_chart, importance_chart
from forestall.reporting.charts.drivers import curve_charts, example_charts, families_chart, quality_chart
from forestall.reporting.charts.earliness import early_charts
from forestall.reporting.charts.plots import LABELS
from forestall.reporting.charts.raters import rater_charts
from forestall.reporting.charts.segments import segments_chart
from forestall.reporting.charts.value import value_chart
from forestall.reporting.text import sentences as say

PARTS = {
    "Whom it reaches": ("capture", "ranking", "baselines", "spread"),
    "What it is worth": ("value",),
    "Whether it is right": ("reliability", "reliable", "coverage"),
    "How early it is right": ("stages", "elapsed", "lead"),
    "For whom it is wrong": ("groups",),
    "Who the ratings are from": ("response", "raters", "back"),
    "What drives it": ("families", "curve", "importance"),
    "Interactions, moment by moment": ("example",),
    "How good the data are": ("quality",),
}
"""The parts of the report, and the pictures in each: by key, or by what stands before the number in it."""


def charts(evaluation: Evaluation, context: Mapping[str, Any]) -> dict[str, Chart]:
    """Return the pictures that the evaluation defines, by key."""
    made = [
        _capture(evaluation),
        value_chart(evaluation),
        _reliability(evaluation),
        _ranking(evaluation),
        *early_charts(evaluation),
        baselines_chart(evaluation),
        _spread(evaluation),
        segments_chart(evaluation),
        reliable_chart(evaluation),
        coverage_chart(evaluation),
        *rater_charts(evaluation),
        families_chart(evaluation),
        *curve_charts(evaluation),
        importance_chart(context),
        *example_charts(evaluation),
        quality_chart(context),
    ]
    return {chart.key: chart for chart in made if chart is not None}


def in_parts(drawn: Mapping[str, Chart]) -> dict[str, list[Chart]]:
    """Return the pictures by the parts of the report, in their order; parts that have none are left out."""
    parts = {
        title: [chart for key in keys for chart in drawn.values() if chart.key.partition("_")[0] == key]
        for title, keys in PARTS.items()
    }
    return {title: _filled(some) for title, some in parts.items() if some}


def _filled(some: list[Chart]) -> list[Chart]:
    """Return the pictures of a part; where one would stand alone beside nothing, it is as wide as two."""
    alone = [chart for chart in some if not chart.is_wide]
    if len(alone) % 2 == 0:
        return some
    return [replace(chart, is_wide=True) if chart is alone[-1] else chart for chart in some]


def _capture(evaluation: Evaluation) -> Chart | None:
    points = evaluation.curves.capture
    if not points:
        return None
    shown = [name for name in LOOKS if name in points]
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": points["share"],
            "y": points[name],
            "name": LABELS[name],
            "line": LOOKS[name],
            "hovertemplate": f"{LABELS[name]}: contact %{{x:.0%}}, reach %{{y:.0%}}<extra></extra>",
        }
        for name in shown
    ]
    percent = {"tickformat": ".0%", "range": [0, 1.005]}
    spec = {
        "data": [*lines, chance([0, 1], [0, 1], "at random")],
        "layout": layout(
            "customers contacted, riskiest first", "unhappy customers reached", xaxis=percent, yaxis=percent
        ),
    }
    rows = [
        [say.percent(points["share"][place]), *(say.percent(points[name][place], 1) for name in shown)]
        for place in (1, 5, 10, 20, 30, 50)
    ]
    return Chart(
        "capture",
        "Whom you reach",
        say.headline(evaluation),
        spec,
        Table(["contacted", *(LABELS[name] for name in shown)], rows),
    )


def _reliability(evaluation: Evaluation) -> Chart | None:
    points = evaluation.curves.reliability
    return reliability_chart(points, say.calibration(evaluation)) if points else None


def reliability_chart(points: Points, text: str) -> Chart:
    """Return what risks said beside what came true; `points` as `curves.reliability_points` gives them."""
    top = min(1.0, max(*points["risk"], *points["rate"], *points["high"]) * 1.06)
    data = [
        *band(points["risk"], points["low"], points["high"], "what chance allows (95 %)"),
        chance([0, top], [0, top], "exactly right"),
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": points["risk"],
            "y": points["rate"],
            "customdata": points["n"],
            "name": "the model",
            "line": {"color": "--model", "width": 2},
            "marker": {"size": 9, "color": "--model"},
            "hovertemplate": "said %{x:.1%}, came true %{y:.1%}<br>%{customdata} interactions<extra></extra>",
        },
    ]
    axis = {"tickformat": ".0%", "range": [0, top], "rangemode": "tozero"}
    rows = [
        [
            say.percent(risk, 1),
            say.percent(rate, 1),
            f"{say.percent(low, 1)} to {say.percent(high, 1)}",
            say.number(int(n)),
        ]
        for risk, rate, low, high, n in zip(
            *(points[name] for name in ("risk", "rate", "low", "high", "n")), strict=True
        )
    ]
    return Chart(
        "reliability",
        "Whether the risks are right",
        text,
        {
            "data": data,
            "layout": layout(
                "risk that the model says",
                "share that ended unhappy",
                xaxis=axis,
                yaxis=axis,
                legend=INSIDE["top left"],
            ),
        },
        Table(["risk said", "came true", "chance allows", "interactions"], rows),
    )


def _ranking(evaluation: Evaluation) -> Chart | None:
    points = evaluation.curves.roc
    if not points:
        return None
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": points["false_alarms"],
        "y": points["caught"],
        "name": "the model",
        "line": LOOKS["risk"],
        "fill": "tozeroy",
        "fillcolor": "--band",
        "hovertemplate": "%{y:.0%} of the unhappy caught,<br>%{x:.0%} of the others alarmed<extra></extra>",
    }
    axis = {"tickformat": ".0%", "range": [0, 1.005]}
    spec = {
        "data": [line, chance([0, 1], [0, 1], "a coin")],
        "layout": layout(
            "false alarms among the satisfied", "unhappy customers caught", xaxis=axis, yaxis=axis
        ),
    }
    names = (
        ("auc", "area under this curve (AUC)"),
        ("average_precision", "average precision"),
        ("base_rate", "base rate"),
    )
    rows = []
    for name, spoken in names:
        low, high = evaluation.intervals.get(name, (math.nan, math.nan))
        rows.append(
            [spoken, say.number(evaluation.overall[name]), f"{say.number(low)} to {say.number(high)}"]
        )
    return Chart(
        "ranking",
        "How well the risks rank",
        say.ranking(evaluation),
        spec,
        Table(["", "value", "95 % interval"], rows),
    )


def _spread(evaluation: Evaluation) -> Chart | None:
    points = evaluation.curves.spread
    if not points:
        return None
    middle = [(start + stop) / 2 for start, stop in zip(points["start"], points["stop"], strict=True)]
    bars = [
        {
            "type": "bar",
            "x": middle,
            "y": points[name],
            "name": spoken,
            "marker": {"color": colour, "opacity": 0.75},
            "hovertemplate": f"{spoken}: %{{y:.1%}} at a risk of %{{x:.1%}}<extra></extra>",
        }
        for name, spoken, colour in (
            ("satisfied", "ended satisfied", "--rule"),
            ("dissatisfied", "ended unhappy", "--alarm"),
        )
    ]
    percent = {"tickformat": ".0%"}
    look = layout(
        "risk",
        "share of these customers",
        xaxis=percent,
        yaxis=percent,
        barmode="overlay",
        bargap=0.05,
        legend=INSIDE["top right"],
    )
    rows = [
        [
            f"{say.percent(start, 1)} to {say.percent(stop, 1)}",
            say.percent(satisfied, 1),
            say.percent(dissatisfied, 1),
        ]
        for start, stop, satisfied, dissatisfied in zip(*points.values(), strict=True)
    ]
    said, came = (say.percent(evaluation.overall[name], 1) for name in ("mean_risk", "base_rate"))
    text = f"The risks are {said} on average; {came} came true."
    return Chart(
        "spread",
        "How the risks are spread",
        text,
        {"data": bars, "layout": look},
        Table(["risk", "ended satisfied", "ended unhappy"], rows),
    )
