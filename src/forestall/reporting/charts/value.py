"""Chart of the expected saving under a contact policy."""

from __future__ import annotations

from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.charts.chart import LEGEND, Chart, Table, layout, vertical_line
from forestall.reporting.text import value as text
from forestall.reporting.text.formats import amount, given_percent

_LINES = (("--rule", "dot"), ("--model", "solid"), ("--logistic", "dash"), ("--wait", "dashdot"))


def value_chart(evaluation: Evaluation) -> Chart | None:
    """Return the expected saving per day by capacity and by the share saved; None without a policy."""
    found = evaluation.value
    if found is None:
        return None
    shares = sorted({one.saved_share for one in found.cells})
    capacities = sorted({one.capacity_per_day for one in found.cells})
    cells = {(one.capacity_per_day, one.saved_share): one for one in found.cells}
    how = " (measured)" if found.measured else " (assumed)"
    lines: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": f"{given_percent(share)} saved{how if share == found.saved_share else ''}",
            "x": capacities,
            "y": [cells[capacity, share].saving_per_day for capacity in capacities],
            "customdata": [cells[capacity, share].contacts_per_day for capacity in capacities],
            "line": {"color": colour, "width": 3 if share == found.saved_share else 2, "dash": dash},
            "hovertemplate": "capacity %{x:.0f}, %{customdata:.0f} contacts pay off: %{y:,.0f} a day<extra></extra>",
        }
        for share, (colour, dash) in zip(shares, _LINES, strict=False)
    ]
    look = layout(
        "contact capacity per day",
        "expected saving per day",
        xaxis={"rangemode": "tozero"},
        yaxis={"rangemode": "tozero", "tickformat": ",.0f"},
        shapes=[vertical_line(found.capacity_per_day)],
        legend=LEGEND["above"],
    )
    rows = [
        [
            amount(capacity),
            amount(cells[capacity, found.saved_share].contacts_per_day),
            *(amount(cells[capacity, share].saving_per_day) for share in shares),
        ]
        for capacity in capacities
    ]
    heads = [
        "capacity per day",
        f"contacts that pay off at {given_percent(found.saved_share)} saved",
        *(f"saving per day at {given_percent(share)} saved" for share in shares),
    ]
    sentence = f"{text.saving(evaluation)} {text.saving_details(evaluation)}"
    return Chart("value", "Expected saving", sentence, {"data": lines, "layout": look}, Table(heads, rows))
