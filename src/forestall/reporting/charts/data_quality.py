"""Chart of the data quality: how many interactions were scored with all facts, and which rows were rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forestall.reporting.charts.chart import Chart, Table, layout
from forestall.reporting.text.formats import number, percent, plain_name

_QUALITIES = {
    "ok": ("scored with all facts", "--model"),
    "partial": ("scored with a fact missing", "--logistic"),
    "abstained": ("not scored (no event)", "--alarm"),
}
_MAX_RULES = 8


def data_quality_chart(context: Mapping[str, Any]) -> Chart | None:
    """Return interactions by the quality of their data, and rejected rows by rule."""
    found = context.get("quality") or {}
    if not found:
        return None
    bars = [(title, found.get(name, 0), colour) for name, (title, colour) in _QUALITIES.items()]
    rejected = [
        (f"rejected: {plain_name(rule)} ({table})", n, "--alarm")
        for table, rules in (context.get("rejections") or {}).items()
        for rule, n in rules.items()
    ]
    bars += sorted(rejected, key=lambda one: -one[1])[:_MAX_RULES]
    names, counts, colours = zip(*bars[::-1], strict=True)
    bar = {
        "type": "bar",
        "orientation": "h",
        "y": list(names),
        "x": list(counts),
        "showlegend": False,
        "text": [number(int(n)) for n in counts],
        "textposition": "auto",
        "marker": {"color": list(colours)},
        "hovertemplate": "%{y}: %{x}<extra></extra>",
    }
    total = sum(found.values())
    sentence = (
        f"{percent(found.get('ok', 0) / total)} of {number(total)} interactions were scored with all facts that are "
        "usual at their stage."
    )
    look = layout("interactions, or rejected rows", "", height=120 + 30 * len(bars))
    rows = [[name, number(int(n))] for name, n, _ in bars]
    spec = {"data": [bar], "layout": look}
    return Chart("data-quality", "Data quality at scoring", sentence, spec, Table(["", "rows"], rows))
