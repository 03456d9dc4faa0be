"""The charts of the monitoring page."""

from __future__ import annotations

from typing import Any

from forestall.monitoring.result import Monitoring
from forestall.reporting.charts.calibration import calibration_curve
from forestall.reporting.charts.chart import (
    LEGEND,
    PERCENT,
    Chart,
    Table,
    interval_points,
    layout,
    vertical_line,
)
from forestall.reporting.charts.drivers import family_name
from forestall.reporting.text.calibration import points_in_noise
from forestall.reporting.text.formats import enumeration, percent, percent_range


def monitoring_charts(result: Monitoring) -> list[Chart]:
    """Return the calibration curve, the distributions of the risk, and the change by feature family."""
    charts = (_calibration_chart(result), _distribution_chart(result), _families_chart(result))
    return [chart for chart in charts if chart is not None]


def _calibration_chart(result: Monitoring) -> Chart | None:
    points = result.outcome.reliability
    return calibration_curve(points, points_in_noise(points)) if points else None


def _distribution_chart(result: Monitoring) -> Chart:
    points = result.spread
    looks: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("before", "reference", {"color": "--quiet", "width": 2, "dash": "dot"}),
        ("now", "current", {"color": "--model", "width": 3}),
    )
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": points["start"],
            "y": points[name],
            "name": title,
            "line": line | {"shape": "hv"},
            "hovertemplate": f"{title}: %{{y:.1%}} at a risk from %{{x:.1%}}<extra></extra>",
        }
        for name, title, line in looks
    ]
    axis = PERCENT | {"rangemode": "tozero"}
    look = layout("risk", "share of interactions", xaxis=axis, yaxis=axis, legend=LEGEND["top right"])
    rows = [
        [percent_range(start, stop), percent(before, 1), percent(now, 1)]
        for start, stop, before, now in zip(
            *(points[name] for name in ("start", "stop", "before", "now")), strict=True
        )
    ]
    current, reference = (percent(one.mean_risk, 1) for one in (result.current, result.reference))
    return Chart(
        "distribution",
        "Distribution of the risk",
        f"The mean risk is {current} now and was {reference} in the reference.",
        {"data": lines, "layout": look},
        Table(["risk", "reference", "current"], rows),
        is_wide=not result.outcome.reliability,
    )


def _families_chart(result: Monitoring) -> Chart | None:
    shifts = result.drift.families
    if not shifts:
        return None
    names = [family_name(one.family) for one in shifts]
    is_significant = [one.low > 0 or one.high < 0 for one in shifts]
    data = interval_points(
        names,
        [one.mean for one in shifts],
        [one.low for one in shifts],
        [one.high for one in shifts],
        colours=["--alarm" if significant else "--model" for significant in is_significant],
        hover="%{y}: %{x:+.3f}<extra></extra>",
    )
    look = layout(
        "change of the mean log-odds<br>(95 % interval)", "", showlegend=False, shapes=[vertical_line(0)]
    )
    rows = [
        [name, f"{one.mean:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}"]
        for name, one in zip(names, shifts, strict=True)
    ]
    significant = [name for name, is_named in zip(names, is_significant, strict=True) if is_named]
    total = sum(one.mean for one in shifts)
    changed = (
        f"Significant: {enumeration(significant)}." if significant else "No family changed significantly."
    )
    return Chart(
        "families",
        "Change of the mean risk by feature family",
        f"The mean log-odds changed by {total:+.2f} in all. {changed}",
        {"data": [data], "layout": look},
        Table(["", "change", "95 % interval"], rows),
        is_wide=True,
    )
