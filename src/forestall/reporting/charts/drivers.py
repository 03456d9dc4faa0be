"""The report's pictures of what drives the risk, and of interactions moment by moment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.drivers import SAID, FamilyShare
from forestall.evaluation.questions.examples import KINDS, Example
from forestall.evaluation.questions.partial_dependence import Curve
from forestall.reporting.charts.chart import INSIDE, Chart, Table, dots, layout, upright
from forestall.reporting.text import findings
from forestall.reporting.text import sentences as say

_UNITS = ((2 * 86_400, 86_400, "days"), (2 * 3600, 3600, "hours"), (180, 60, "minutes"), (0, 1, "seconds"))


def families_chart(evaluation: Evaluation) -> Chart | None:
    """Return the families' shares: of the contributions, and of what trainings without them lose."""
    found = evaluation.drivers
    if found is None or not found.families:
        return None
    names = [_named(one) for one in found.families]
    is_retrained = any(not math.isnan(one.loss) for one in found.families)
    data = [
        dots(
            names,
            [one.share for one in found.families],
            [one.low for one in found.families],
            [one.high for one in found.families],
            colours=["--model"] * len(names),
            hover="%{y}: %{x:.0%} of what moves the risks<extra></extra>",
            name="of the contributions" if is_retrained else "",
        )
    ]
    if is_retrained:
        made = [one for one in found.families if not math.isnan(one.loss_share)]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "of the loss without it",
                "x": [one.loss_share for one in made],
                "y": [_named(one) for one in made],
                "marker": {"size": 11, "color": "--logistic", "symbol": "diamond"},
                "hovertemplate": "%{y}: %{x:.0%} of what is lost without<extra></extra>",
            }
        )
    look = layout(
        "share,<br>with its 95 % interval",
        "",
        xaxis={"tickformat": ".0%", "rangemode": "tozero"},
        showlegend=is_retrained,
    )
    heads = ["", "share of contributions", "95 % interval", "lost without it, log-loss", "95 % interval"]
    rows = [
        [
            _named(one),
            say.percent(one.share, 1),
            say.span(one.low, one.high),
            say.number(one.loss, 4),
            "–"
            if math.isnan(one.loss)
            else f"{say.number(one.loss_low, 4)} to {say.number(one.loss_high, 4)}",
        ]
        for one in found.families
    ]
    text = findings.claim(evaluation) or "By family, how much of the movement of the risks is theirs."
    if any(one.family == SAID for one in found.families):
        text += " What customers say themselves is a sign of all this, and stands apart."
    return Chart("families", "What drives the risk", text, {"data": data, "layout": look}, Table(heads, rows))


def _named(one: FamilyShare) -> str:
    return "customers' words" if one.family == SAID else one.family


def curve_charts(evaluation: Evaluation) -> list[Chart]:
    """Return how the risk moves with each of the main features."""
    found = evaluation.drivers
    return [_curve(place, one) for place, one in enumerate(found.curves)] if found else []


def _curve(place: int, curve: Curve) -> Chart:
    name = say.spoken(curve.feature)
    size, unit = _scale(curve)
    values = [value / size for value in curve.values]
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": spoken,
            "x": values,
            "y": risks,
            "line": look,
            "hovertemplate": f"%{{x:.3~g}}: %{{y:.1%}}, {spoken}<extra></extra>",
        }
        for spoken, risks, look in (
            ("it alone set so, all else as it is", curve.risks, {"color": "--model", "width": 3}),
            ("customers who have it so", curve.observed, {"color": "--logistic", "width": 2, "dash": "dot"}),
        )
    ]
    # few have very long waits: half of the axis is theirs otherwise
    is_long = values[0] > 0 and values[-1] > 100 * values[len(values) // 2]
    axis = {"type": "log"} if is_long else {}
    marks = _marks(curve.mark / size, curve.mark_text, values, is_long)
    percent = {"tickformat": ".0%", "rangemode": "tozero"}
    look = layout(unit, "mean risk", yaxis=percent, xaxis=axis, height=300, legend=INSIDE["above"], **marks)
    alone, along = (
        f"{say.percent(some[0])} to {say.percent(some[-1])}" for some in (curve.risks, curve.observed)
    )
    text = (
        f"{curve.description} From the lowest value to the highest the mean risk goes from {alone} when it alone "
        f"is set; of the customers who have it so, from {along}, with all that goes along with it."
    )
    rows = [
        [
            say.number(value, 2),
            say.percent(risk, 1),
            say.span(low, high),
            say.percent(own, 1),
        ]
        for value, risk, low, high, own in zip(
            values, curve.risks, curve.low, curve.high, curve.observed, strict=True
        )
    ]
    return Chart(
        f"curve_{place}",
        name,
        text,
        {"data": lines, "layout": look},
        Table([unit or "value", "it alone", "four of five", "who have it so"], rows),
    )


def _marks(mark: float, text: str, values: Sequence[float], is_log: bool) -> dict[str, Any]:
    """Return the line of the standard with its word, where it lies on the axis."""
    if math.isnan(mark) or not values[0] <= mark <= values[-1]:
        return {}
    shape = upright(mark)
    shape["line"] = {"color": "--alarm", "width": 2, "dash": "dash"}
    words = {
        # on such an axis a word, unlike a line, is placed by the logarithm
        "x": math.log10(mark) if is_log else mark,
        "yref": "paper",
        "y": 0.02,
        "text": f" {text}",
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"color": "--alarm"},
    }
    return {"shapes": [shape], "annotations": [words]}


def _scale(curve: Curve) -> tuple[float, str]:
    """Return the size of a curve's unit, and its name."""
    if curve.feature.endswith("_s"):
        longest = curve.values[-1]
        return next((float(size), unit) for least, size, unit in _UNITS if longest >= least)
    if curve.feature.endswith("_days"):
        return 1.0, "days"
    # measured in standards is what has the standard marked at 1
    return 1.0, "times the standard" if curve.mark == 1 else ""


def example_charts(evaluation: Evaluation) -> list[Chart]:
    """Return the interactions to look at, moment by moment."""
    alarm = evaluation.earliness.steadiness.alarm if evaluation.earliness else math.nan
    return [_example(place, one, alarm) for place, one in enumerate(evaluation.examples) if one.steps]


def _example(place: int, one: Example, alarm: float) -> Chart:
    last = one.steps[-1]
    size, unit = next((float(size), unit) for least, size, unit in _UNITS if last.after_s >= least)
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [step.after_s / size for step in one.steps],
        "y": [step.risk for step in one.steps],
        "text": [step.happened or "nothing new" for step in one.steps],
        "line": {"color": "--model", "width": 2.5, "shape": "hv"},
        "marker": {"size": 7, "color": "--model"},
        "hovertemplate": "%{text}: %{y:.0%}<extra></extra>",
        "showlegend": False,
    }
    shapes = []
    if not math.isnan(alarm):
        shapes.append(
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": alarm,
                "y1": alarm,
                "line": {"color": "--alarm", "width": 1.5, "dash": "dash"},
            }
        )
    top = max([step.risk for step in one.steps] + [0 if math.isnan(alarm) else alarm]) * 1.15
    look = layout(
        f"{unit} after the start",
        "risk",
        yaxis={"tickformat": ".0%", "range": [0, min(1, top)]},
        shapes=shapes,
        height=240,
    )
    rated = "" if math.isnan(one.rating) else f" Rated {one.rating:g}."
    why = f" At the end: {'; '.join(last.reasons)}." if last.reasons else ""
    rows = [
        [f"{step.after_s / size:.1f}", step.happened or "–", say.percent(step.risk), "; ".join(step.reasons)]
        for step in one.steps
    ]
    title = (
        f"{KINDS[one.kind][0].capitalize()}: {one.about}" if one.about else KINDS[one.kind][0].capitalize()
    )
    return Chart(
        f"example_{place}",
        title,
        f"{one.interaction_id}.{rated}{why}",
        {"data": [line], "layout": look},
        Table([unit, "happened", "risk", "reasons"], rows),
    )


def quality_chart(context: Mapping[str, Any]) -> Chart | None:
    """Return how good the data were: interactions scored with all facts, without some, or not; rows left out."""
    found = context.get("quality") or {}
    if not found:
        return None
    rejected = {
        f"left out: {say.spoken(rule)} ({table})": n
        for table, rules in (context.get("rejections") or {}).items()
        for rule, n in rules.items()
    }
    spoken = {
        "ok": "scored with all facts",
        "partial": "scored, a usual fact missing",
        "abstained": "not scored, no event",
    }
    shown = {spoken[name]: found.get(name, 0) for name in spoken} | dict(
        sorted(rejected.items(), key=lambda one: -one[1])[:8]
    )
    bar = {
        "type": "bar",
        "orientation": "h",
        "y": list(shown)[::-1],
        "x": list(shown.values())[::-1],
        "showlegend": False,
        "text": [say.number(int(n)) for n in list(shown.values())[::-1]],
        "textposition": "auto",
        "marker": {
            "color": [
                "--alarm"
                if name.startswith(("left", "not"))
                else "--logistic"
                if "missing" in name
                else "--model"
                for name in list(shown)[::-1]
            ]
        },
        "hovertemplate": "%{y}: %{x}<extra></extra>",
    }
    total = sum(found.values())
    text = (
        f"Of {say.number(total)} interactions walked through, {say.percent(found.get('ok', 0) / total)} were scored "
        "with all facts that are usual at their stage."
    )
    look = layout("interactions, or rows left out", "", height=120 + 30 * len(shown))
    rows = [[name, say.number(int(n))] for name, n in shown.items()]
    return Chart(
        "quality", "How good the data are", text, {"data": [bar], "layout": look}, Table(["", "rows"], rows)
    )
