"""Charts of the raters: response rates, the risks of raters and others, and who returns."""

from __future__ import annotations

from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.raters import BANDS, Share
from forestall.reporting.charts.chart import (
    LEGEND,
    PERCENT,
    Chart,
    Table,
    bin_centres,
    error_bars,
    interval_points,
    layout,
    vertical_line,
)
from forestall.reporting.text import raters as text
from forestall.reporting.text.formats import number, percent, percent_range, plain_name

_MIN_INTERACTIONS = 50
_N_LOWEST = 6


def rater_charts(evaluation: Evaluation) -> list[Chart | None]:
    """Return the response rates, the risks of raters and others, and the share that returned."""
    return [_response_chart(evaluation), _risk_chart(evaluation), _return_chart(evaluation)]


def _response_chart(evaluation: Evaluation) -> Chart | None:
    found = evaluation.raters
    if found is None:
        return None
    large = [one for one in found.by_segment if one.n >= _MIN_INTERACTIONS]
    lowest = large[:_N_LOWEST]
    shares = [found.overall, *lowest, *(one for one in large[-_N_LOWEST:] if one not in lowest)]
    data = interval_points(
        [_segment_name(one) for one in shares],
        [one.share for one in shares],
        [one.low for one in shares],
        [one.high for one in shares],
        colours=["--ink", *["--model"] * (len(shares) - 1)],
        details=[str(one.n) for one in shares],
        hover="%{y}: %{x:.0%} of %{customdata}<extra></extra>",
    )
    look = layout(
        "response rate<br>(95 % interval)",
        "",
        xaxis=PERCENT,
        shapes=[vertical_line(found.overall.share)],
        height=110 + 34 * len(shares),
    )
    rows = [
        [_segment_name(one), number(one.n), percent(one.share, 1), percent_range(one.low, one.high)]
        for one in [found.overall, *found.by_segment]
    ]
    return Chart(
        "response",
        "Response rate by segment",
        text.response(evaluation),
        {"data": [data], "layout": look},
        Table(["", "interactions", "rated", "95 % interval"], rows),
    )


def _segment_name(one: Share) -> str:
    return f"{plain_name(one.column)}: {one.name}" if one.column else "all"


def _risk_chart(evaluation: Evaluation) -> Chart | None:
    found = evaluation.raters
    if found is None:
        return None
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": title,
            "x": bin_centres(found.spread["start"], found.spread["stop"]),
            "y": found.spread[name],
            "line": {"color": colour, "width": 2.5, "shape": "hvh", "dash": dash},
            "hovertemplate": f"{title}: %{{y:.1%}} at a risk of %{{x:.1%}}<extra></extra>",
        }
        for name, title, colour, dash in (
            ("raters", "rated", "--model", "solid"),
            ("others", "not rated", "--logistic", "dash"),
        )
    ]
    look = layout("risk", "share of these customers", xaxis=PERCENT, yaxis=PERCENT, legend=LEGEND["above"])
    rows = [
        [plain_name(name), number(one["plain"], 4), number(one["weighted"], 4)]
        for name, one in found.weighted.items()
    ]
    return Chart(
        "rater-risk",
        "Risk of raters and of other customers",
        f"The two distributions differ by at most {percent(found.distance)} (Kolmogorov–Smirnov distance).",
        {"data": lines, "layout": look},
        Table(["", "raters", "weighted to all customers"], rows),
    )


def _return_chart(evaluation: Evaluation) -> Chart | None:
    found = evaluation.raters.back if evaluation.raters else []
    if not found:
        return None
    names = {"rated": "rated", "silent": "not rated"}
    bars: list[dict[str, Any]] = []
    for group, colour in (("rated", "--model"), ("silent", "--logistic")):
        some = sorted((one for one in found if one.column == group), key=lambda one: BANDS.index(one.name))
        if some:
            shares = [one.share for one in some]
            ends = error_bars(shares, [one.low for one in some], [one.high for one in some])
            bars.append(
                {
                    "type": "bar",
                    "name": names[group],
                    "x": [one.name for one in some],
                    "y": shares,
                    "customdata": [one.n for one in some],
                    "marker": {"color": colour},
                    "error_y": ends | {"color": "--quiet"},
                    "hovertemplate": "%{x}: %{y:.0%} of %{customdata} returned<extra></extra>",
                }
            )
    look = layout(
        "risk band",
        "returned within 90 days",
        yaxis=PERCENT | {"range": [0, 1]},
        xaxis={"categoryorder": "array", "categoryarray": list(BANDS)},
        barmode="group",
        legend=LEGEND["above"],
    )
    rows = [
        [
            f"{one.name}, {names.get(one.column, one.column)}",
            number(one.n),
            percent(one.share),
            percent_range(one.low, one.high, 0),
        ]
        for one in found
    ]
    return Chart(
        "returning",
        "Returning customers by risk band",
        "Share of the known customers who returned within 90 days. This outcome does not depend on ratings.",
        {"data": bars, "layout": look},
        Table(["band", "customers", "returned", "95 % interval"], rows),
    )
