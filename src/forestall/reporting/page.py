"""A page that opens anywhere, offline: a template filled, with its pictures, style and scripts in it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from forestall.json_text import json_text
from forestall.reporting.charts.chart import Chart
from forestall.reporting.text import sentences as say


def write_html(template: str, path: str | Path, charts: Mapping[str, Chart], **content: Any) -> Path:
    """Fill a template, write it, and return its path.

    Parameters
    ----------
    template
        Its name, in `templates`.
    path
        The file to write.
    charts
        The pictures, by key.
    content
        What the template tells besides.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415
    from plotly.offline import get_plotlyjs  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("forestall.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["number"] = lambda value: say.number(value) if isinstance(value, int) else value
    page = environment.get_template(template).render(
        **content,
        style=_asset("report.css"),
        script=_asset("report.js"),
        plotly=get_plotlyjs() if charts else "",
        # JSON that can stand in a script of a page
        specs=json_text({key: chart.spec for key, chart in charts.items()}, is_indented=False).replace(
            "<", "\\u003c"
        ),
    )
    target = Path(path)
    target.write_text(page, encoding="utf-8")
    return target


def _asset(name: str) -> str:
    return (files("forestall.reporting") / "templates" / name).read_text(encoding="utf-8")
