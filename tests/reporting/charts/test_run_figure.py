"""The figure of a run: the main charts of the report in one Plotly figure."""

import pytest

from forestall.reporting.charts.report_charts import report_charts
from forestall.reporting.charts.run_figure import MAIN_CHARTS, run_figure


@pytest.fixture(scope="module")
def sections(evaluation):
    return report_charts(evaluation, {})


def test_the_figure_has_the_traces_of_the_report_with_an_axis_for_each_chart(sections):
    figure = run_figure(sections)
    charts = [chart for some in sections.values() for chart in some if chart.key in MAIN_CHARTS]
    assert [note.text for note in figure.layout.annotations] == [f"<b>{chart.title}</b>" for chart in charts]
    assert {trace.xaxis for trace in figure.data} == {"x", "x2", "x3", "x4"}
    shown = [(trace.name, list(trace.x)) for trace in figure.data]
    assert shown == [(one.get("name"), list(one["x"])) for chart in charts for one in chart.spec["data"]]


def test_the_charts_do_not_overlap(sections):
    layout = run_figure(sections).layout
    areas = [
        (*layout[f"xaxis{number}"].domain, *layout[f"yaxis{number}"].domain) for number in ("", "2", "3", "4")
    ]
    for place, (left, right, bottom, top) in enumerate(areas):
        for other_left, other_right, other_bottom, other_top in areas[:place]:
            assert right < other_left or other_right < left or top < other_bottom or other_top < bottom


def test_no_style_variable_is_left_and_nothing_is_fetched(sections):
    page = run_figure(sections).to_html(include_plotlyjs=False)
    assert '"--' not in page
    assert "src=" not in page


def test_without_charts_there_is_no_figure():
    assert run_figure({}) is None
