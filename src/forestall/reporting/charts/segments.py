"""Chart and table of the segments: where the risks are too high or too low."""

from __future__ import annotations

from collections.abc import Sequence

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.segments import Segment, worst_first
from forestall.reporting.charts.chart import Chart, Table, interval_points, layout, vertical_line
from forestall.reporting.text import segments as text
from forestall.reporting.text.formats import UNDEFINED, number, number_range, percent, plain_name, points

_MAX_SEGMENTS = 14


def segments_chart(evaluation: Evaluation) -> Chart | None:
    """Return by how much the mean risk of each segment is too high or too low."""
    shown = [one for one in worst_first(evaluation.segments) if not one.is_small][:_MAX_SEGMENTS]
    if not shown:
        return None
    data = interval_points(
        [f"{plain_name(one.column)}: {one.name}" for one in shown],
        [one.gap for one in shown],
        [one.gap_low for one in shown],
        [one.gap_high for one in shown],
        colours=["--alarm" if one.is_wrong else "--model" for one in shown],
        details=[f"{one.n} rows, AUC {one.auc:.2f}" for one in shown],
        hover="%{y}: %{x:+.1%}<br>%{customdata}<extra></extra>",
    )
    look = layout(
        "mean risk minus observed rate<br>(95 % interval)",
        "",
        xaxis={"tickformat": "+.0%"},
        shapes=[vertical_line(0)],
        height=90 + 30 * len(shown),
    )
    sentences = (
        text.deviating_segments(evaluation),
        text.reversed_greetings(evaluation),
        text.unseen_segments(evaluation),
    )
    return Chart(
        "segment-gaps",
        "Calibration by segment, largest deviation first",
        " ".join(one for one in sentences if one),
        {"data": [data], "layout": look},
        segment_table(shown),
        is_wide=True,
    )


def segment_table(found: Sequence[Segment]) -> Table:
    """Return the figures of segments; segments that are too small or new to the model are marked."""
    heads = [
        "", "rows", "dissatisfied", "mean risk", "risk too high by", "95 % interval", "AUC", "95 % interval",
        "expected AUC", "calibration error", "95 % bound if perfect", "adjusted p-value",
    ]  # fmt: skip
    too_few = ["too few", *[UNDEFINED] * 5]
    rows = []
    for one in found:
        name = f"{one.name} (not in training)" if one.is_unseen else one.name
        counts = [name, number(one.n), percent(one.base_rate, 1), percent(one.mean_risk, 1)]
        gap = [points(one.gap), f"{points(one.gap_low)} to {points(one.gap_high)}"]
        figures = [
            number(one.auc),
            number_range(one.auc_low, one.auc_high),
            number(one.auc_promised),
            number(one.calibration_error),
            number(one.calibration_error_perfect_high),
            number(one.p_adjusted),
        ]
        rows.append([*counts, *gap, *(too_few if one.is_small else figures)])
    return Table(heads, rows)
