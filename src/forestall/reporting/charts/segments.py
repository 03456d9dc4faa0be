"""The report's picture of groups: for whom it is wrong, the worst first."""

from __future__ import annotations

import math
from collections.abc import Sequence

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.segments import Segment, worst_first
from forestall.reporting.charts.chart import Chart, Table, dots, layout, upright
from forestall.reporting.text import findings
from forestall.reporting.text import sentences as say

_MOST_GROUPS = 14


def segments_chart(evaluation: Evaluation) -> Chart | None:
    """Return by how much the risks of each group are too high or too low."""
    shown = [one for one in worst_first(evaluation.segments) if not one.is_small][:_MOST_GROUPS]
    if not shown:
        return None
    data = dots(
        [f"{say.spoken(one.column)}: {one.name}" for one in shown],
        [one.gap for one in shown],
        [one.gap_low for one in shown],
        [one.gap_high for one in shown],
        colours=["--alarm" if one.is_wrong else "--model" for one in shown],
        details=[f"{one.n} rows, AUC {one.auc:.2f}" for one in shown],
        hover="%{y}: %{x:+.1%}<br>%{customdata}<extra></extra>",
    )
    look = layout(
        "mean risk less what came true,<br>with its 95 % interval",
        "",
        xaxis={"tickformat": "+.0%"},
        shapes=[upright(0)],
        height=90 + 30 * len(shown),
    )
    said = (findings.groups(evaluation), findings.reversed_places(evaluation), findings.unseen(evaluation))
    text = " ".join(one for one in said if one)
    return Chart(
        "groups",
        "For whom it is wrong, the worst first",
        text,
        {"data": [data], "layout": look},
        segment_table(shown),
        is_wide=True,
    )


def segment_table(found: Sequence[Segment]) -> Table:
    """Return the figures of segments; one that is too small says so, one never learnt from too."""
    heads = [
        "",
        "rows",
        "unhappy",
        "mean risk",
        "too high by",
        "95 % interval",
        "AUC",
        "95 % interval",
        "promised",
        "calibration error",
        "perfect up to",
        "chance, corrected",
    ]
    rows = []
    for one in found:
        name = f"{one.name} (never learnt from)" if one.is_unseen else one.name
        start = [name, say.number(one.n), say.percent(one.base_rate, 1), say.percent(one.mean_risk, 1)]
        gap = [_points(one.gap), f"{_points(one.gap_low)} to {_points(one.gap_high)}"]
        judged = [
            say.number(one.auc),
            f"{say.number(one.auc_low)} to {say.number(one.auc_high)}",
            say.number(one.auc_promised),
            say.number(one.calibration_error),
            say.number(one.calibration_error_perfect_high),
            say.number(one.p_adjusted),
        ]
        rows.append([*start, *gap, *(["too few"] * 6 if one.is_small else judged)])
    return Table(heads, rows)


def _points(share: float) -> str:
    return say.UNKNOWN if math.isnan(share) else f"{100 * share:+.1f}"
