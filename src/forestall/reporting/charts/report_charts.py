"""The charts of the report, by section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.reporting.charts import calibration, ranking
from forestall.reporting.charts.chart import Chart
from forestall.reporting.charts.data_quality import data_quality_chart
from forestall.reporting.charts.drivers import dependence_charts, families_chart, importance_chart
from forestall.reporting.charts.early_warning import early_warning_charts
from forestall.reporting.charts.examples import example_charts
from forestall.reporting.charts.raters import rater_charts
from forestall.reporting.charts.segments import segments_chart
from forestall.reporting.charts.value import value_chart


def report_charts(evaluation: Evaluation, context: Mapping[str, Any]) -> dict[str, list[Chart]]:
    """Return the charts that the evaluation allows, by the title of their section; empty sections are left out."""
    sections: dict[str, Sequence[Chart | None]] = {
        "Does it find the dissatisfied customers?": [
            ranking.capture_chart(evaluation),
            ranking.roc_chart(evaluation),
            ranking.baselines_chart(evaluation),
            ranking.distribution_chart(evaluation),
        ],
        "What are contacts worth?": [value_chart(evaluation)],
        "Are the risks calibrated?": [
            calibration.calibration_chart(evaluation),
            calibration.stages_chart(evaluation),
            calibration.intervals_chart(evaluation),
        ],
        "How early does it warn?": early_warning_charts(evaluation),
        "Which segments deviate?": [segments_chart(evaluation)],
        "Who gives ratings?": rater_charts(evaluation),
        "What drives the risk?": [
            families_chart(evaluation),
            *dependence_charts(evaluation),
            importance_chart(context),
        ],
        "Examples: the risk over time": example_charts(evaluation),
        "How complete are the data?": [data_quality_chart(context)],
    }
    known = {title: [chart for chart in charts if chart is not None] for title, charts in sections.items()}
    return {title: _without_gaps(charts) for title, charts in known.items() if charts}


def _without_gaps(charts: list[Chart]) -> list[Chart]:
    """Return the charts of a section; the last of an odd number takes the full width."""
    narrow = [chart for chart in charts if not chart.is_wide]
    if len(narrow) % 2 == 0:
        return charts
    return [replace(chart, is_wide=True) if chart is narrow[-1] else chart for chart in charts]
