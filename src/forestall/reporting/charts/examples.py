"""Charts of single interactions: the risk over time."""

from __future__ import annotations

import math

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.examples import KINDS, Example
from forestall.reporting.charts.chart import PERCENT, Chart, Table, horizontal_line, layout
from forestall.reporting.charts.drivers import TIME_UNITS
from forestall.reporting.text.formats import UNDEFINED, percent


def example_charts(evaluation: Evaluation) -> list[Chart]:
    """Return the risk over time of the example interactions."""
    threshold = evaluation.earliness.steadiness.alarm if evaluation.earliness else math.nan
    return [
        example_chart(place, one, threshold) for place, one in enumerate(evaluation.examples) if one.steps
    ]


def example_chart(place: int, example: Example, threshold: float) -> Chart:
    """Return the risk of one interaction over time; with a threshold that is no NaN, also the alarm."""
    last = example.steps[-1]
    size, unit = next((float(size), unit) for least, size, unit in TIME_UNITS if last.after_s >= least)
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [step.after_s / size for step in example.steps],
        "y": [step.risk for step in example.steps],
        "text": [step.happened or "no event" for step in example.steps],
        "line": {"color": "--model", "width": 2.5, "shape": "hv"},
        "marker": {"size": 7, "color": "--model"},
        "hovertemplate": "%{text}: %{y:.0%}<extra></extra>",
        "showlegend": False,
    }
    shapes = []
    if not math.isnan(threshold):
        alert = horizontal_line(threshold)
        shapes.append(alert | {"line": {"color": "--alarm", "width": 1.5, "dash": "dash"}})
    top = max([step.risk for step in example.steps] + [0 if math.isnan(threshold) else threshold]) * 1.15
    look = layout(
        f"{unit} after the start",
        "risk",
        yaxis=PERCENT | {"range": [0, min(1, top)]},
        shapes=shapes,
        height=240,
    )
    rating = "" if math.isnan(example.rating) else f" Rating: {example.rating:g}."
    reasons = f" Reasons at the end: {'; '.join(last.reasons)}." if last.reasons else ""
    rows = [
        [
            f"{step.after_s / size:.1f}",
            step.happened or UNDEFINED,
            percent(step.risk),
            "; ".join(step.reasons),
        ]
        for step in example.steps
    ]
    kind = KINDS[example.kind][0].capitalize()
    return Chart(
        f"example-{place}",
        f"{kind}: {example.about}" if example.about else kind,
        f"{example.interaction_id}.{rating}{reasons}",
        {"data": [line], "layout": look},
        Table([unit, "event", "risk", "reasons"], rows),
    )
