"""The charts of an experiment: the effect on each outcome, its course over the days, and by segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forestall.evaluation.effects.result import ExperimentEffect, OutcomeEffect
from forestall.evaluation.effects.segment_effects import SegmentEffect
from forestall.reporting.charts.chart import (
    LEGEND,
    Chart,
    Table,
    band,
    horizontal_line,
    interval_points,
    layout,
    vertical_line,
)
from forestall.reporting.text.effects import effect_text, interval_text, mean_text, name_of
from forestall.reporting.text.formats import is_undefined, number

_MOST_SEGMENTS = 20
_DIFFERENCE = "contacted less held out"


def effect_charts(result: ExperimentEffect) -> list[Chart]:
    """Return the charts of an experiment; those without data are left out."""
    main = result.outcomes[result.main]
    charts = [_outcomes_chart(result), _course_chart(main), _segments_chart(main)]
    return [one for one in charts if one is not None]


def _outcomes_chart(result: ExperimentEffect) -> Chart | None:
    shown = [
        one
        for one in result.outcomes.values()
        if not one.is_amount and not is_undefined(one.deciding_interval[0])
    ]
    if not shown:
        return None
    rows = [(name_of(one), one, one.intention_to_treat.value, *one.deciding_interval) for one in shown]
    data = interval_points(
        [row[0] for row in rows],
        [row[2] for row in rows],
        [row[3] for row in rows],
        [row[4] for row in rows],
        colours=["--alarm" if one.verdict == "harms" else "--model" for one in shown],
        details=[f"{one.n} customers, {one.verdict}" for one in shown],
        hover="%{x:+.1%}<br>%{customdata}<extra></extra>",
    )
    look = _look("interval that decides", 120 + 44 * len(shown))
    return Chart(
        "outcomes",
        "Effect of being assigned to a contact",
        "The share of the customers with each outcome: those to be contacted less those held out. Below 0 is better "
        "for bad outcomes, above 0 for coming back.",
        {"data": [data], "layout": look},
        outcome_table(result),
        is_wide=True,
    )


def _look(interval: str, height: int) -> dict[str, Any]:
    """Return the layout of intervals one below the other, with a line at no effect."""
    return layout(
        f"{_DIFFERENCE}<br>({interval})",
        "",
        xaxis={"tickformat": "+.0%"},
        shapes=[vertical_line(0)],
        height=height,
    )


def outcome_table(result: ExperimentEffect) -> Table:
    """Return the effects on all outcomes."""
    heads = [
        "", "customers", "contacted", "held out", "effect (percentage points, or amount)", "95 % interval (fixed)",
        "confidence sequence", "effect on those reached", "95 % interval", "verdict",
    ]  # fmt: skip
    rows = []
    for one in result.outcomes.values():
        last = one.looks[-1] if one.looks else None
        itt, complier = one.intention_to_treat, one.complier_effect
        rows.append(
            [
                name_of(one),
                number(one.n),
                mean_text(one, one.mean_by_arm["contact"]),
                mean_text(one, one.mean_by_arm["holdout"]),
                effect_text(one, itt.value),
                interval_text(one, itt.low, itt.high),
                "too early" if last is None else interval_text(one, last.low, last.high),
                effect_text(one, complier.value),
                interval_text(one, complier.low, complier.high),
                one.verdict,
            ]
        )
    return Table(heads, rows)


def _course_chart(main: OutcomeEffect) -> Chart | None:
    if len(main.looks) < 2:
        return None
    days = [one.at for one in main.looks]
    line = {
        "type": "scatter", "mode": "lines", "x": days, "y": [one.value for one in main.looks], "name": "effect",
        "line": {"color": "--model", "width": 3}, "hovertemplate": "%{x}: %{y:+.1%}<extra></extra>",
    }  # fmt: skip
    thin = {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "line": {"color": "--quiet", "width": 1.5, "dash": "dot"},
    }
    fixed = [
        thin
        | {"y": [one.fixed_low for one in main.looks], "name": "fixed 95 % interval", "hoverinfo": "skip"},
        thin | {"y": [one.fixed_high for one in main.looks], "showlegend": False, "hoverinfo": "skip"},
    ]
    shade = band(
        days, [one.low for one in main.looks], [one.high for one in main.looks], "confidence sequence"
    )
    # the first looks may be so wide that the later ones cannot be read
    reach = 1.3 * max(abs(end) for one in main.looks[len(main.looks) // 4 :] for end in (one.low, one.high))
    look = layout(
        "day",
        _DIFFERENCE,
        yaxis={"tickformat": "+.0%", "range": [-reach, reach]},
        shapes=[horizontal_line(0)],
        legend=LEGEND["above"],
        margin={"t": 40},
    )
    rows = [
        [
            one.at,
            number(one.n),
            effect_text(main, one.value),
            interval_text(main, one.low, one.high),
            interval_text(main, one.fixed_low, one.fixed_high),
        ]
        for one in main.looks
    ]
    return Chart(
        "course",
        "The effect as it was seen day by day",
        f"{name_of(main)}. The confidence sequence may be looked at every day. The fixed interval is too narrow for "
        "that.",
        {"data": [*shade, *fixed, line], "layout": look},
        Table(["day", "customers", "effect (points)", "confidence sequence", "fixed 95 % interval"], rows),
        is_wide=True,
    )


def _segments_chart(main: OutcomeEffect) -> Chart | None:
    shown = list(main.segments)[:_MOST_SEGMENTS]
    if not shown:
        return None
    data = interval_points(
        [one.segment for one in shown],
        [one.value for one in shown],
        [one.low for one in shown],
        [one.high for one in shown],
        colours=["--alarm" if one.is_different else "--model" for one in shown],
        details=[f"{one.n} customers, alone {one.own.value:+.1%}" for one in shown],
        hover="%{y}: %{x:+.1%}<br>%{customdata}<extra></extra>",
    )
    look = _look("shrunk, 95 % interval", 110 + 28 * len(shown))
    different = [one.segment for one in shown if one.is_different]
    text = (
        f"Different from the other segments beyond chance: {', '.join(different)}."
        if different
        else "No segment differs from the others beyond chance."
    )
    return Chart(
        "segments",
        "Effect by segment",
        f"{name_of(main)}. Each effect is moved towards the common one by as much as its own uncertainty calls for. "
        f"{text}",
        {"data": [data], "layout": look},
        _segment_table(main, shown),
        is_wide=True,
    )


def _segment_table(main: OutcomeEffect, shown: Sequence[SegmentEffect]) -> Table:
    rows = [
        [
            one.segment,
            number(one.n),
            effect_text(main, one.own.value),
            interval_text(main, one.own.low, one.own.high),
            effect_text(main, one.value),
            interval_text(main, one.low, one.high),
            number(one.p_adjusted),
        ]
        for one in shown
    ]
    heads = [
        "",
        "customers",
        "effect alone",
        "95 % interval",
        "shrunk effect",
        "95 % interval",
        "adjusted p-value",
    ]
    return Table(heads, rows)
