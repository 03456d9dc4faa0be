"""What the sections of the page are made of: charts and tables with a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from forestall.reporting.charts.chart import Chart, Table, layout

TALL = {"base": 110, "row": 26}


@dataclass(frozen=True)
class TablePart:
    """A table of the page, with its title and a sentence that says how to read it."""

    key: str
    title: str
    text: str
    table: Table


@dataclass(frozen=True)
class Section:
    """A section of the page: one question, with its charts and tables."""

    key: str
    title: str
    charts: Sequence[Chart] = field(default_factory=tuple)
    tables: Sequence[TablePart] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.charts and not self.tables


def line(x: Sequence[Any], y: Sequence[Any], name: str, colour: str, **more: Any) -> dict[str, Any]:
    """Return the trace of a line over time; one point is drawn as a point."""
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(x) <= 40 else "lines",
        "x": list(x),
        "y": list(y),
        "name": name,
        "line": {"color": colour, "width": 2, **more},
        "marker": {"size": 5, "color": colour},
    }


def bars(
    names: Sequence[str], values: Sequence[float], hover: str, colour: str = "--model"
) -> dict[str, Any]:
    """Return the trace of horizontal bars, the first name at the top."""
    return {
        "type": "bar",
        "orientation": "h",
        "y": list(names)[::-1],
        "x": list(values)[::-1],
        "marker": {"color": colour},
        "showlegend": False,
        "hovertemplate": hover,
    }


def bar_layout(x: str, n: int, **more: Any) -> dict[str, Any]:
    """Return the layout of `n` horizontal bars."""
    # a name such as "12" is a name, not a number
    more["yaxis"] = {"type": "category"} | more.get("yaxis", {})
    return layout(x, "", height=TALL["base"] + TALL["row"] * max(n, 3), **more)
