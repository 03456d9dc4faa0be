"""Writing a page that opens offline: a template with its charts, style and scripts in one file."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from forestall.json_text import json_text
from forestall.reporting.charts.chart import Chart
from forestall.reporting.charts.plotly_text import plotly_spec
from forestall.reporting.text.formats import number


def write_html(template: str, path: str | Path, charts: Iterable[Chart], **content: Any) -> Path:
    """Fill a template, write it as one HTML file, and return its path.

    Parameters
    ----------
    template
        The name of a file in `templates`.
    path
        The file to write.
    charts
        The charts that the template shows, its variable `charts`; Plotly is included once, if there are any.
    content
        The other variables of the template.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("forestall.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["number"] = lambda value: number(value) if isinstance(value, int) else value
    shown = list(charts)
    specs = {chart.key: plotly_spec(chart.spec) for chart in shown}
    page = environment.get_template(template).render(
        **content,
        charts=shown,
        style=template_text("report.css"),
        script=template_text("report.js"),
        plotly=_plotly() if specs else "",
        specs=json_for_script(specs),
    )
    target = Path(path)
    target.write_text(page, encoding="utf-8")
    return target


def _plotly() -> str:
    from plotly.offline import get_plotlyjs  # noqa: PLC0415

    return str(get_plotlyjs())


def json_for_script(content: Any) -> str:
    """Return content as JSON for a script element: its "<" are escaped, because "</script>" would end the element."""
    return json_text(content, is_indented=False).replace("<", "\\u003c")


def template_text(name: str) -> str:
    """Return the text of a file in `templates`."""
    return (files("forestall.reporting") / "templates" / name).read_text(encoding="utf-8")
