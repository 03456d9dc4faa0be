"""The report's picture of what a policy is worth."""

from __future__ import annotations

from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.charts.chart import INSIDE, Chart, Table, layout, upright
from forestall.reporting.text import findings

_LOOKS = (("--rule", "dot"), ("--model", "solid"), ("--logistic", "dash"), ("--wait", "dashdot"))


def value_chart(evaluation: Evaluation) -> Chart | None:
    """Return the expected saving a day by capacity and by the share saved; None without a policy."""
    found = evaluation.value
    if found is None:
        return None
    shares = sorted({one.saved_share for one in found.cells})
    capacities = sorted({one.capacity_per_day for one in found.cells})
    by_place = {(one.capacity_per_day, one.saved_share): one for one in found.cells}
    lines: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": f"{findings.exact(share)} saved{' (assumed)' if share == found.saved_share else ''}",
            "x": capacities,
            "y": [by_place[capacity, share].saving_per_day for capacity in capacities],
            "customdata": [by_place[capacity, share].contacts_per_day for capacity in capacities],
            "line": {"color": colour, "width": 3 if share == found.saved_share else 2, "dash": dash},
            "hovertemplate": "room for %{x:.0f} contacts, %{customdata:.0f} pay: %{y:,.0f} a day<extra></extra>",
        }
        for share, (colour, dash) in zip(shares, _LOOKS, strict=False)
    ]
    look = layout(
        "contacts possible a day",
        "expected saving a day",
        xaxis={"rangemode": "tozero"},
        yaxis={"rangemode": "tozero", "tickformat": ",.0f"},
        shapes=[upright(found.capacity_per_day)],
        legend=INSIDE["above"],
    )
    rows = [
        [
            findings.amount(capacity),
            findings.amount(by_place[capacity, found.saved_share].contacts_per_day),
            *(findings.amount(by_place[capacity, share].saving_per_day) for share in shares),
        ]
        for capacity in capacities
    ]
    heads = [
        "contacts possible",
        f"of them pay, at {findings.exact(found.saved_share)}",
        *(f"saving a day if {findings.exact(share)} are saved" for share in shares),
    ]
    text = f"{findings.value(evaluation)} {findings.value_details(evaluation)}"
    return Chart(
        "value", "What contacting them is worth", text, {"data": lines, "layout": look}, Table(heads, rows)
    )
