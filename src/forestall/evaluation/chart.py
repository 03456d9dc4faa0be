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
