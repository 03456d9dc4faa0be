"""The report's pictures of certainty: whether it is right at each stage, and what its intervals hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.metrics.binning import Points
from forestall.evaluation.questions.certainty import Coverage
from forestall.reporting.charts.chart import INSIDE, Chart, Table, band, chance, layout
from forestall.reporting.text import findings
from forestall.reporting.text import sentences as say

_COLOURS = ("--model", "--logistic", "--rule", "--wait", "--alarm", "--quiet", "--ink")
_DASHES = ("solid", "dash", "dot", "dashdot", "solid", "dash", "dot")


def reliable_chart(evaluation: Evaluation) -> Chart | None:
    """Return whether the risks are right at each stage; the table has the segments too."""
    found = evaluation.certainty
    if found is None or not found.by_stage:
        return None
    return _lines("reliable", "Whether the risks are right at each stage", found.by_stage, found.by_segment)


def _lines(key: str, title: str, shown: Mapping[str, Points], beside: Mapping[str, Points]) -> Chart:
    top = min(1.0, max(max(*one["risk"], *one["rate"]) for one in shown.values()) * 1.06)
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": say.spoken(name),
            "x": one["risk"],
            "y": one["rate"],
            "customdata": one["n"],
            "line": {"color": _COLOURS[place % 7], "width": 2, "dash": _DASHES[place % 7]},
            "marker": {"size": 6, "color": _COLOURS[place % 7]},
            "hovertemplate": "said %{x:.1%}, came true %{y:.1%}<br>%{customdata} moments",
        }
        for place, (name, one) in enumerate(shown.items())
    ]
    axis = {"tickformat": ".0%", "range": [0, top]}
    inside = [
        low <= rate <= high
        for one in shown.values()
        for low, rate, high in zip(one["low"], one["rate"], one["high"], strict=True)
    ]
    text = (
        f"{sum(inside)} of {len(inside)} points lie where chance puts exactly right risks 19 times of 20; moments of "
        "one interaction are alike, so chance allows somewhat more."
    )
    look = layout(
        "risk that the model says",
        "share that ended unhappy",
        xaxis=axis,
        yaxis=axis,
        legend=INSIDE["top left"],
    )
    rows = [
        [
            say.spoken(name),
            say.percent(risk, 1),
            say.percent(rate, 1),
            say.span(low, high),
            say.number(int(n)),
        ]
        for name, one in {**shown, **beside}.items()
        for risk, rate, low, high, n in zip(
            *(one[part] for part in ("risk", "rate", "low", "high", "n")), strict=True
        )
    ]
    table = Table(["stage or group", "risk said", "came true", "chance allows", "moments"], rows)
    return Chart(
        key,
        title,
        text,
        {"data": [chance([0, top], [0, top], "exactly right"), *lines], "layout": look},
        table,
    )


def coverage_chart(evaluation: Evaluation) -> Chart | None:
    """Return whether the intervals hold what came true."""
    found = evaluation.certainty.coverage if evaluation.certainty else None
    if found is None:
        return None
    points = found.bins
    top = min(1.0, max(*points["high"], *points["rate_high"]) * 1.04)
    data = [
        *band(points["risk"], points["low"], points["high"], "the intervals given (90 %)"),
        _came_true(points),
    ]
    axis = {"tickformat": ".0%", "range": [0, top]}
    look = layout(
        "risk that the model says",
        "share that ended unhappy",
        xaxis={"tickformat": ".0%"},
        yaxis=axis,
        legend=INSIDE["top left"],
    )
    rows = [
        [say.percent(risk, 1), say.span(low, high), say.percent(came, 1), say.number(int(n))]
        for risk, low, high, came, n in zip(
            *(points[name] for name in ("risk", "low", "high", "rate", "n")), strict=True
        )
    ]
    table = Table(["risk said", "interval given", "came true", "interactions"], rows)
    return Chart(
        "coverage", "How sure it is", _held(evaluation, found), {"data": data, "layout": look}, table
    )


def _came_true(points: Points) -> dict[str, Any]:
    """Return what came true of each group of risks, with its interval."""
    ends = zip(points["rate"], points["rate_low"], points["rate_high"], strict=True)
    below, above = zip(*((rate - low, high - rate) for rate, low, high in ends), strict=True)
    error = {"type": "data", "symmetric": False, "array": list(above), "arrayminus": list(below)}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "came true, with its interval",
        "x": points["risk"],
        "y": points["rate"],
        "customdata": points["n"],
        "error_y": error | {"color": "--model", "thickness": 1.5, "width": 4},
        "marker": {"size": 9, "color": "--model"},
        "hovertemplate": "said %{x:.1%}, came true %{y:.1%}<br>%{customdata} interactions<extra></extra>",
    }


def _held(evaluation: Evaluation, found: Coverage) -> str:
    """Return in words what the intervals hold, and how much of the error is noise."""
    n = len(found.bins["risk"])
    text = f"In {percent_of_bins(found.bin_share, n)} the interval given meets what came true."
    if not math.isnan(found.share):
        text += (
            f" Of the true risks of these simulated data, {say.percent(found.share)} lie in the interval given with "
            "them, which promises 90\u00a0%."
        )
    return " ".join(one for one in (text, findings.noise(evaluation)) if one)


def percent_of_bins(share: float, n: int) -> str:
    """Return a share of so many groups in words."""
    return f"{round(share * n)} of {n} groups of risks"
