"""The figure that a run shows beside its report: the main charts in one Plotly figure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from forestall.reporting.charts.chart import Chart
from forestall.reporting.charts.plotly_text import Tagged, as_text, plotly_spec
from forestall.reporting.page import template_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MAIN_CHARTS = ("capture", "roc", "calibration", "stages")
_VARIABLE = re.compile(r"(--[\w-]+):\s*([^;]+);")
_GAP = 0.16  # of the width and of the height, between two charts


def run_figure(sections: Mapping[str, Sequence[Chart]]) -> Figure | None:
    """Return the main charts of a report as one Plotly figure, two in a row; None if there are none.

    Parameters
    ----------
    sections
        The charts of the report: see `report_charts`.
    """
    from plotly.graph_objects import Figure  # noqa: PLC0415

    charts = [chart for some in sections.values() for chart in some if chart.key in MAIN_CHARTS]
    if not charts:
        return None
    n_rows = (len(charts) + 1) // 2
    colours = _light_colours()
    data: list[dict[str, Any]] = []
    look: dict[str, Any] = {
        "annotations": [],
        "shapes": [],
        "width": 1080,
        "height": 60 + 440 * n_rows,
        "margin": {"l": 70, "r": 20, "t": 64, "b": 60},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "font": {"family": "system-ui, sans-serif", "size": 12},
    }
    for place, chart in enumerate(charts):
        _add(chart, place, n_rows, data, look)
    return Figure(_with_colours(plotly_spec({"data": data, "layout": look}), colours))


def chart_figure(chart: Chart) -> Figure:
    """Return one chart of the report as a Plotly figure, in the colours of a light screen."""
    from plotly.graph_objects import Figure  # noqa: PLC0415

    look = deepcopy(chart.spec["layout"]) | {
        "title": {"text": as_text(chart.title), "subtitle": {"text": as_text(chart.text)}},
        "margin": {"l": 70, "r": 20, "t": 90, "b": 60},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "font": {"family": "system-ui, sans-serif", "size": 12},
    }
    spec = plotly_spec({"data": chart.spec["data"], "layout": {**look, "title": None}})
    spec["layout"]["title"] = look["title"]
    return Figure(_with_colours(spec, _light_colours()))


def _add(chart: Chart, place: int, n_rows: int, data: list[dict[str, Any]], look: dict[str, Any]) -> None:
    """Add a chart to the traces and the layout of a figure, with axes and a legend of its own."""
    number = "" if place == 0 else str(place + 1)
    row, column = divmod(place, 2)
    x = _span(column, 2)
    y = _span(n_rows - 1 - row, n_rows)
    own = deepcopy(chart.spec["layout"])
    look[f"xaxis{number}"] = own["xaxis"] | {"domain": x, "anchor": f"y{number}", "fixedrange": False}
    look[f"yaxis{number}"] = own["yaxis"] | {"domain": y, "anchor": f"x{number}", "fixedrange": False}
    look[f"legend{number}"] = own["legend"] | _legend_place(own["legend"], x, y)
    title = {"text": Tagged(f"<b>{as_text(chart.title)}</b>"), "showarrow": False, "font": {"size": 15}}
    place_of_title = {"x": x[0], "xanchor": "left", "y": y[1], "yanchor": "bottom", "yshift": 30}
    look["annotations"].append(title | place_of_title | {"xref": "paper", "yref": "paper"})
    for shape in own.get("shapes", []):
        look["shapes"].append(shape | {axis: _reference(shape, axis, number) for axis in ("xref", "yref")})
    axes = {"xaxis": f"x{number}", "yaxis": f"y{number}", "legend": f"legend{number}"}
    hidden = {"showlegend": False} if own.get("showlegend") is False else {}
    data += [trace | axes | hidden for trace in chart.spec["data"]]


def _span(place: int, n: int) -> list[float]:
    """Return where one of `n` charts beside or above each other begins and ends, 0 to 1."""
    size = (1 - _GAP * (n - 1)) / n
    return [place * (size + _GAP), place * (size + _GAP) + size]


def _legend_place(legend: Mapping[str, Any], x: Sequence[float], y: Sequence[float]) -> dict[str, float]:
    return {
        "x": x[0] + legend["x"] * (x[1] - x[0]),
        "y": y[0] + legend["y"] * (y[1] - y[0]),
    }


def _reference(shape: Mapping[str, Any], axis: str, number: str) -> str:
    """Return the axis of a shape's end within its chart; `paper` means the width or height of that chart."""
    name = f"{axis[0]}{number}"
    return f"{name} domain" if shape.get(axis) == "paper" else name


def _light_colours() -> dict[str, str]:
    """Return the colours of the report on a light screen, by the names of the style variables."""
    return dict(_VARIABLE.findall(template_text("report.css").partition("@media")[0]))


def _with_colours(value: Any, colours: Mapping[str, str], *, is_colour: bool = False) -> Any:
    """Return a specification with colours instead of style variables; a name of the data may begin with "--" too."""
    if is_colour and isinstance(value, str) and value.startswith("--"):
        return colours[value].strip()
    if isinstance(value, list):
        return [_with_colours(one, colours, is_colour=is_colour) for one in value]
    if isinstance(value, dict):
        return {name: _with_colours(one, colours, is_colour="color" in name) for name, one in value.items()}
    return value
