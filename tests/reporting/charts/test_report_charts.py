"""The charts of the report: their sections, figures and colours."""

import re

import pytest

from forestall.evaluation import evaluate
from forestall.reporting.charts.report_charts import report_charts
from forestall.reporting.page import template_text

CONTEXT = {"quality": {"ok": 7, "partial": 3}, "rejections": {"events": {"before_start": 12}}}


@pytest.fixture(scope="module")
def sections(evaluation):
    return report_charts(evaluation, CONTEXT)


def strings(value):
    if isinstance(value, dict):
        return [one for item in value.values() for one in strings(item)]
    if isinstance(value, list | tuple):
        return [one for item in value for one in strings(item)]
    return [value] if isinstance(value, str) else []


def test_sections_without_a_chart_are_left_out(sections, frame):
    assert "What are contacts worth?" not in sections
    assert "Who gives ratings?" not in sections
    assert report_charts(evaluate(frame.head(0), n_resamples=2), {}) == {}


def test_keys_are_unique_and_every_chart_has_a_title_a_sentence_and_figures(sections):
    charts = [chart for some in sections.values() for chart in some]
    assert len({chart.key for chart in charts}) == len(charts)
    assert all(chart.title and chart.text and chart.table.rows for chart in charts)
    assert all(len(row) == len(chart.table.heads) for chart in charts for row in chart.table.rows)


def test_narrow_charts_come_in_pairs(sections):
    assert all(sum(not chart.is_wide for chart in charts) % 2 == 0 for charts in sections.values())


def test_colours_are_variables_of_the_style_sheet(sections):
    known = set(re.findall(r"(--[\w-]+):", template_text("report.css").partition("@media")[0]))
    used = [
        one
        for some in sections.values()
        for chart in some
        for one in strings(chart.spec)
        if one.startswith("--")
    ]
    assert len(used) > 20
    assert set(used) <= known


def test_data_quality_counts_interactions_and_rejected_rows(sections):
    (chart,) = sections["How complete are the data?"]
    assert chart.text.startswith("70\u00a0% of 10 interactions were scored with all facts")
    assert ["rejected: before start (events)", "12"] in [list(row) for row in chart.table.rows]
