"""What a picture of the report is: a Plotly specification, its colours named by style variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# where a legend lies in a picture: where the picture is empty
INSIDE = {
    "bottom right": {"x": 0.99, "xanchor": "right", "y": 0.02, "yanchor": "bottom"},
    "top left": {"x": 0.01, "xanchor": "left", "y": 0.99, "yanchor": "top"},
    "top right": {"x": 0.99, "xanchor": "right", "y": 0.99, "yanchor": "top"},
    "above": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
}
LOOKS = {
    "risk": {"color": "--model", "width": 3},
    "logistic": {"color": "--logistic", "width": 2, "dash": "dash"},
    "rule": {"color": "--rule", "width": 2, "dash": "dot"},
    "wait": {"color": "--wait", "width": 2, "dash": "dashdot"},
}


@dataclass(frozen=True)
class Table:
    """A table of the report: the heads of its columns, and rows of words and numbers as they are shown."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """A picture: its place in the page, what it shows in a sentence, its specification and its figures."""

    key: str
    title: str
    text: str
    spec: dict[str, Any]
    table: Table
    is_wide: bool = False


def dots(
    names: Sequence[str],
    values: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    *,
    colours: Sequence[str],
    hover: str,
    details: Sequence[str] = (),
    name: str = "",
) -> dict[str, Any]:
    """Return points with their intervals, one below the other; the first name is at the top."""
    order = range(len(names) - 1, -1, -1)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [values[i] for i in order],
        "y": [names[i] for i in order],
        "customdata": [details[i] for i in order] if details else None,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high[i] - values[i] for i in order],
            "arrayminus": [values[i] - low[i] for i in order],
            "color": "--quiet",
            "thickness": 2,
            "width": 5,
        },
        "marker": {"size": 11, "color": [colours[i] for i in order]},
        "hovertemplate": hover,
        "showlegend": bool(name),
    }


def upright(x: float) -> dict[str, Any]:
    """Return the dashed line of what nothing gives."""
    line = {"color": "--quiet", "width": 1.5, "dash": "longdash"}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": x, "x1": x, "line": line}


def layout(x: str, y: str, **more: Any) -> dict[str, Any]:
    """Return a layout with the titles of its axes; `more` is added to its parts."""

    def axis(title: str) -> dict[str, Any]:
        return {
            "title": {"text": title, "standoff": 8},
            "gridcolor": "--grid",
            "linecolor": "--line",
            "zeroline": False,
            "automargin": True,
            "fixedrange": True,
        }

    result = {
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "--ink", "size": 13, "family": "system-ui, sans-serif"},
        "hoverlabel": {"bgcolor": "--card", "bordercolor": "--line", "font": {"color": "--ink"}},
        "legend": {"bgcolor": "--veil", "font": {"size": 12}} | INSIDE["bottom right"],
        "xaxis": axis(x),
        "yaxis": axis(y),
    }
    for name, value in more.items():
        old = result.get(name)
        result[name] = old | value if isinstance(old, dict) else value
    return result


def band(x: list[float], low: list[float], high: list[float], name: str) -> list[dict[str, Any]]:
    """Return the traces of a shaded band from `low` to `high`."""
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    shade = {"y": low, "fill": "tonexty", "fillcolor": "--band", "name": name}
    return [edge | {"y": high, "showlegend": False}, edge | shade]


def chance(x: list[float], y: list[float], name: str) -> dict[str, Any]:
    """Return the line of what chance or nothing gives."""
    line = {"color": "--quiet", "width": 1.5, "dash": "longdash"}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "name": name,
        "line": line,
        "hoverinfo": "skip",
    }
