"""What a chart is, and the parts that charts share: layout, lines, bands and points with intervals.

A chart is a Plotly specification as plain dictionaries. Its colours are names of the variables in `report.css`, so that
one specification serves light and dark screens and paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# positions of a legend, where the chart is empty
LEGEND = {
    "bottom right": {"x": 0.99, "xanchor": "right", "y": 0.02, "yanchor": "bottom"},
    "top left": {"x": 0.01, "xanchor": "left", "y": 0.99, "yanchor": "top"},
    "top right": {"x": 0.99, "xanchor": "right", "y": 0.99, "yanchor": "top"},
    "above": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
}
# lines of the model and of the baselines, by the suffix of their risk column
METHOD_LINES = {
    "risk": {"color": "--model", "width": 3},
    "logistic": {"color": "--logistic", "width": 2, "dash": "dash"},
    "raw": {"color": "--raw", "width": 2, "dash": "longdash"},
    "rule": {"color": "--rule", "width": 2, "dash": "dot"},
    "wait": {"color": "--wait", "width": 2, "dash": "dashdot"},
}
PERCENT = {"tickformat": ".0%"}


@dataclass(frozen=True)
class Table:
    """A table of the report: column heads, and rows of formatted cells."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """A chart of the report.

    Parameters
    ----------
    key
        Its id in the page.
    title, text
        Its title, and a sentence that says what it shows.
    spec
        The Plotly specification: `data` and `layout`.
    table
        The figures behind it.
    is_wide
        Whether it takes the full width of the page.
    """

    key: str
    title: str
    text: str
    spec: dict[str, Any]
    table: Table
    is_wide: bool = False


def layout(x: str, y: str, **more: Any) -> dict[str, Any]:
    """Return a layout with these axis titles; `more` is merged into its parts."""

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
        "legend": {"bgcolor": "--veil", "font": {"size": 12}} | LEGEND["bottom right"],
        "xaxis": axis(x),
        "yaxis": axis(y),
    }
    for name, value in more.items():
        old = result.get(name)
        result[name] = old | value if isinstance(old, dict) else value
    return result


def interval_points(
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
    """Return a trace of points with horizontal intervals, one below the other; the first name is at the top."""
    order = range(len(names) - 1, -1, -1)
    ends = error_bars([values[i] for i in order], [low[i] for i in order], [high[i] for i in order])
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [values[i] for i in order],
        "y": [names[i] for i in order],
        "customdata": [details[i] for i in order] if details else None,
        "error_x": ends | {"color": "--quiet", "thickness": 2, "width": 5},
        "marker": {"size": 11, "color": [colours[i] for i in order]},
        "hovertemplate": hover,
        "showlegend": bool(name),
    }


def error_bars(values: Sequence[float], low: Sequence[float], high: Sequence[float]) -> dict[str, Any]:
    """Return the error bars of points from the ends of their intervals."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [top - value for value, top in zip(values, high, strict=True)],
        "arrayminus": [value - bottom for value, bottom in zip(values, low, strict=True)],
        "color": "--model",
        "thickness": 1.5,
        "width": 4,
    }


def band(x: list[float] | list[str], low: list[float], high: list[float], name: str) -> list[dict[str, Any]]:
    """Return the traces of a shaded band from `low` to `high`."""
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    shade = {"y": low, "fill": "tonexty", "fillcolor": "--band", "name": name}
    return [edge | {"y": high, "showlegend": False}, edge | shade]


def reference_line(x: list[float], y: list[float], name: str) -> dict[str, Any]:
    """Return the trace of a dashed line to compare with: random ranking, or perfect calibration."""
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


def vertical_line(x: float) -> dict[str, Any]:
    """Return the shape of a dashed vertical line."""
    line = {"color": "--quiet", "width": 1.5, "dash": "longdash"}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": x, "x1": x, "line": line}


def horizontal_line(y: float) -> dict[str, Any]:
    """Return the shape of a dashed horizontal line."""
    line = {"color": "--quiet", "width": 1.5, "dash": "longdash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def bin_centres(start: Sequence[float], stop: Sequence[float]) -> list[float]:
    """Return the middle of each bin."""
    return [(left + right) / 2 for left, right in zip(start, stop, strict=True)]
