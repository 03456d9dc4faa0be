"""Charts of what drives the risk: families, partial dependence of the main features, and feature importance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.drivers import SAID, FamilyShare
from forestall.evaluation.questions.partial_dependence import Curve
from forestall.reporting.charts.chart import (
    LEGEND,
    PERCENT,
    Chart,
    Table,
    interval_points,
    layout,
    vertical_line,
)
from forestall.reporting.text import drivers as text
from forestall.reporting.text.formats import number, number_range, percent, percent_range, plain_name

TIME_UNITS = (
    (2 * 86_400, 86_400, "days"),
    (2 * 3600, 3600, "hours"),
    (180, 60, "minutes"),
    (0, 1, "seconds"),
)
"""Units of a time axis: the least length in seconds to use it for, its size in seconds, and its name."""
_MAX_FEATURES = 20


def family_name(name: str) -> str:
    """Return a family as readers see it."""
    return "customers' words" if name == SAID else plain_name(name)


def families_chart(evaluation: Evaluation) -> Chart | None:
    """Return the share of each family: of the contributions, and of the log-loss lost without it."""
    found = evaluation.drivers
    if found is None or not found.families:
        return None
    families = found.families
    retrained = [one for one in families if not math.isnan(one.loss_share)]
    data = [
        interval_points(
            [family_name(one.family) for one in families],
            [one.share for one in families],
            [one.low for one in families],
            [one.high for one in families],
            colours=["--model"] * len(families),
            hover="%{y}: %{x:.0%} of the contributions<extra></extra>",
            name="share of the contributions" if retrained else "",
        )
    ]
    if retrained:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "share of the log-loss lost without it",
                "x": [one.loss_share for one in retrained],
                "y": [family_name(one.family) for one in retrained],
                "marker": {"size": 11, "color": "--logistic", "symbol": "diamond"},
                "hovertemplate": "%{y}: %{x:.0%} of the log-loss lost<extra></extra>",
            }
        )
    look = layout(
        "share<br>(95 % interval)",
        "",
        xaxis=PERCENT | {"rangemode": "tozero"},
        showlegend=bool(retrained),
        legend=LEGEND["above"] if retrained else LEGEND["bottom right"],
    )
    sentence = text.main_driver(evaluation) or "Share of each family in the contributions to the risk."
    if any(one.family == SAID for one in families):
        sentence += " Customers' words are shown separately, because they are a sign of all other families."
    return Chart(
        "families",
        "Contribution of each feature family",
        sentence,
        {"data": data, "layout": look},
        _families_table(families),
        is_wide=True,
    )


def _families_table(families: Sequence[FamilyShare]) -> Table:
    heads = ["", "share of contributions", "95 % interval", "log-loss lost without it", "95 % interval"]
    rows = [
        [
            family_name(one.family),
            percent(one.share, 1),
            percent_range(one.low, one.high),
            number(one.loss, 4),
            number_range(one.loss_low, one.loss_high, 4),
        ]
        for one in families
    ]
    return Table(heads, rows)


def dependence_charts(evaluation: Evaluation) -> list[Chart]:
    """Return the partial dependence of the risk on each of the main features."""
    found = evaluation.drivers
    return [_dependence_chart(place, one) for place, one in enumerate(found.curves)] if found else []


def _dependence_chart(place: int, curve: Curve) -> Chart:
    size, unit = _unit(curve)
    values = [value / size for value in curve.values]
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": title,
            "x": values,
            "y": risks,
            "line": line,
            "hovertemplate": f"%{{x:.3~g}}: %{{y:.1%}}, {title}<extra></extra>",
        }
        for title, risks, line in (
            ("partial dependence", curve.risks, {"color": "--model", "width": 3}),
            (
                "customers with this value",
                curve.observed,
                {"color": "--logistic", "width": 2, "dash": "dot"},
            ),
        )
    ]
    # few customers have very long waits, which would take half of a linear axis
    is_log = values[0] > 0 and values[-1] > 100 * values[len(values) // 2]
    look = layout(
        unit,
        "mean risk",
        yaxis=PERCENT | {"rangemode": "tozero"},
        xaxis={"type": "log"} if is_log else {},
        height=300,
        legend=LEGEND["above"],
        **_standard_line(curve.mark / size, curve.mark_text, values, is_log),
    )
    rows = [
        [number(value, 2), percent(risk, 1), percent_range(low, high), percent(own, 1)]
        for value, risk, low, high, own in zip(
            values, curve.risks, curve.low, curve.high, curve.observed, strict=True
        )
    ]
    heads = [unit or "value", "partial dependence", "10 to 90 % of the rows", "customers with this value"]
    return Chart(
        f"dependence-{place}",
        plain_name(curve.feature).capitalize(),
        _dependence_sentence(curve),
        {"data": lines, "layout": look},
        Table(heads, rows),
    )


def _dependence_sentence(curve: Curve) -> str:
    alone, observed = (f"{percent(some[0])} to {percent(some[-1])}" for some in (curve.risks, curve.observed))
    return (
        f"{curve.description} From the lowest to the highest value, the mean risk changes from {alone} (partial "
        f"dependence), and from {observed} among the customers with these values."
    )


def _standard_line(mark: float, label: str, values: Sequence[float], is_log: bool) -> dict[str, Any]:
    """Return the labelled line of the standard, if it lies on the axis."""
    if math.isnan(mark) or not values[0] <= mark <= values[-1]:
        return {}
    shape = vertical_line(mark)
    shape["line"] = {"color": "--alarm", "width": 2, "dash": "dash"}
    annotation = {
        # Plotly places an annotation on a logarithmic axis by the logarithm, but a line by its value
        "x": math.log10(mark) if is_log else mark,
        "yref": "paper",
        "y": 0.02,
        "text": f" {label}",
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"color": "--alarm"},
    }
    return {"shapes": [shape], "annotations": [annotation]}


def _unit(curve: Curve) -> tuple[float, str]:
    """Return the size of the unit of a feature's axis, and its name."""
    if curve.feature.endswith("_s"):
        longest = curve.values[-1]
        return next((float(size), unit) for least, size, unit in TIME_UNITS if longest >= least)
    if curve.feature.endswith("_days"):
        return 1.0, "days"
    # a feature with its standard at 1 is a ratio to that standard
    return 1.0, "times the standard" if curve.mark == 1 else ""


def importance_chart(context: Mapping[str, Any]) -> Chart | None:
    """Return the mean contribution of the most important features."""
    found = sorted(context.get("importance", []), key=lambda one: -one["contribution"])
    if not found:
        return None
    top = found[:_MAX_FEATURES][::-1]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [one["contribution"] for one in top],
        "y": [plain_name(one["feature"]) for one in top],
        "customdata": [one.get("description", "") for one in top],
        "marker": {"color": "--model"},
        "showlegend": False,
        "hovertemplate": "%{y}: %{x:.3f}<br>%{customdata}<extra></extra>",
    }
    look = layout("mean absolute contribution<br>(log-odds)", "", height=110 + 24 * len(top))
    rows = [
        [
            plain_name(one["feature"]),
            one["family"],
            number(float(one["contribution"]), 4),
            "–" if one["gain"] is None else number(float(one["gain"]), 1),
            one.get("description", ""),
        ]
        for one in found
    ]
    return Chart(
        "importance",
        "Feature importance",
        "Mean absolute contribution of each feature to the log-odds. Correlated features share their contribution.",
        {"data": [bars], "layout": look},
        Table(["feature", "family", "mean contribution", "gain in training", "description"], rows),
        is_wide=True,
    )
