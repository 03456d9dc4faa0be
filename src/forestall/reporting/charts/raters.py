"""The report's pictures of the raters: who they are, their risks, and what becomes of everybody."""

from __future__ import annotations

from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.raters import BANDS, Share
from forestall.reporting.charts.chart import INSIDE, Chart, Table, dots, layout, upright
from forestall.reporting.text import findings
from forestall.reporting.text import sentences as say


def rater_charts(evaluation: Evaluation) -> list[Chart | None]:
    """Return who rates, the risks of those who do and do not, and who came again."""
    return [_response(evaluation), _raters(evaluation), _back(evaluation)]


def _response(evaluation: Evaluation) -> Chart | None:
    found = evaluation.raters
    if found is None:
        return None
    large = [one for one in found.by_segment if one.n >= 50]
    shown = [*large[:6], *[one for one in large[-6:] if one not in large[:6]]]
    shares = [found.overall, *shown]
    data = dots(
        [_named(one) for one in shares],
        [one.share for one in shares],
        [one.low for one in shares],
        [one.high for one in shares],
        colours=["--ink", *["--model"] * len(shown)],
        details=[str(one.n) for one in shares],
        hover="%{y}: %{x:.0%} of %{customdata}<extra></extra>",
    )
    look = layout(
        "share that rated,<br>with its 95 % interval",
        "",
        xaxis={"tickformat": ".0%"},
        shapes=[upright(found.overall.share)],
        height=110 + 34 * len(shares),
    )
    rows = [
        [_named(one), say.number(one.n), say.percent(one.share, 1), say.span(one.low, one.high)]
        for one in [found.overall, *found.by_segment]
    ]
    return Chart(
        "response",
        "Who rates, and who does not",
        findings.response(evaluation),
        {"data": [data], "layout": look},
        Table(["", "interactions", "rated", "95 % interval"], rows),
    )


def _named(one: Share) -> str:
    return f"{say.spoken(one.column)}: {one.name}" if one.column else "everybody"


def _raters(evaluation: Evaluation) -> Chart | None:
    found = evaluation.raters
    if found is None:
        return None
    middle = [(a + b) / 2 for a, b in zip(found.spread["start"], found.spread["stop"], strict=True)]
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": spoken,
            "x": middle,
            "y": found.spread[name],
            "line": {"color": colour, "width": 2.5, "shape": "hvh", "dash": dash},
            "hovertemplate": f"{spoken}: %{{y:.1%}} at a risk of %{{x:.1%}}<extra></extra>",
        }
        for name, spoken, colour, dash in (
            ("raters", "rated", "--model", "solid"),
            ("others", "silent", "--logistic", "dash"),
        )
    ]
    percent = {"tickformat": ".0%"}
    look = layout("risk", "share of these customers", xaxis=percent, yaxis=percent, legend=INSIDE["above"])
    text = f"Their distributions lie at most {say.percent(found.distance)} apart."
    rows = [
        [name.replace("_", " "), say.number(one["plain"], 4), say.number(one["weighted"], 4)]
        for name, one in found.weighted.items()
    ]
    return Chart(
        "raters",
        "The risks of those who rate, and of the silent",
        text,
        {"data": lines, "layout": look},
        Table(["", "as rated", "as if all had rated"], rows),
    )


def _back(evaluation: Evaluation) -> Chart | None:
    found = evaluation.raters.back if evaluation.raters else []
    if not found:
        return None
    bars: list[dict[str, Any]] = []
    for who, colour in (("rated", "--model"), ("silent", "--logistic")):
        some = sorted((one for one in found if one.column == who), key=lambda one: BANDS.index(one.name))
        if some:
            bars.append(
                {
                    "type": "bar",
                    "name": who,
                    "x": [one.name for one in some],
                    "y": [one.share for one in some],
                    "customdata": [one.n for one in some],
                    "marker": {"color": colour},
                    "error_y": {
                        "type": "data",
                        "symmetric": False,
                        "color": "--quiet",
                        "thickness": 1.5,
                        "width": 4,
                        "array": [one.high - one.share for one in some],
                        "arrayminus": [one.share - one.low for one in some],
                    },
                    "hovertemplate": "%{x}: %{y:.0%} of %{customdata} came again<extra></extra>",
                }
            )
    look = layout(
        "risk band",
        "came again within 90 days",
        yaxis={"tickformat": ".0%", "range": [0, 1]},
        xaxis={"categoryorder": "array", "categoryarray": list(BANDS)},
        barmode="group",
        legend=INSIDE["above"],
    )
    rows = [
        [
            f"{one.name}, {one.column}",
            say.number(one.n),
            say.percent(one.share),
            say.span(one.low, one.high, 0),
        ]
        for one in found
    ]
    text = (
        "Of the customers who are known and whose 90 days are over: those of each risk band who came again. "
        "It needs no rating to be seen."
    )
    return Chart(
        "back",
        "What becomes of them",
        text,
        {"data": bars, "layout": look},
        Table(["band", "customers", "came again", "95 % interval"], rows),
    )
