"""Pages and JSON files lose the customers, and keep all else."""

import json

import pytest

from forestall.forgetting.pages import report_without
from forestall.reporting.charts.chart import Chart, Table
from forestall.reporting.page import write_html

NAMES = ["visit 1", "visit 1. b", "<i>&'", "ß-7"]


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Give the text of a report with a chart of each of four interactions, and one of another kind."""
    (tmp_path / "charts.html.j2").write_text(
        '{% from "parts.html.j2" import chart_card, scripts %}'
        "{% for chart in charts %}{{ chart_card(chart) }}{% endfor %}"
        "{{ scripts(specs, plotly, script) }}"
    )
    monkeypatch.setattr("forestall.reporting.page._plotly", lambda: "/* plotly */")
    texts = [f"{name}. Rating: 2. Reasons at the end: waited 5 min; 3. call." for name in NAMES]
    charts = [
        Chart(f"example-{place}", "Alarm, dissatisfied", text, {"data": [{"y": [0.1, place / 7]}], "layout": {}},
              Table(["s", "risk"], [[str(place), "</table>"]]))
        for place, text in enumerate(texts)
    ]  # fmt: skip
    charts.insert(1, Chart("roc", "Ranking", "visit 1. It ranks.", {"data": [], "layout": {}}, Table([], [])))
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader

    both = ChoiceLoader([FileSystemLoader(tmp_path), PackageLoader("forestall.reporting")])
    monkeypatch.setattr("jinja2.PackageLoader", lambda _: both)
    return write_html("charts.html.j2", tmp_path / "report.html", charts).read_text(encoding="utf-8")


def specs_of(text):
    begin = text.index('id="specs">') + len('id="specs">')
    return json.loads(text[begin : text.index("</script>", begin)])


@pytest.mark.parametrize("place", range(4))
def test_a_report_loses_the_chart_of_an_example_with_its_figures(report, place):
    left = report_without(report, {NAMES[place]})
    kept = {f"example-{other}" for other in range(4) if other != place} | {"roc"}
    assert specs_of(left) == {key: spec for key, spec in specs_of(report).items() if key in kept}
    for other in range(4):
        assert (f'id="example-{other}"' in left) == (other != place)
    assert left.count("<section") == left.count("</section>") == 4
    assert 'id="roc"' in left


def test_a_report_without_the_examples_stays_to_the_byte(report):
    assert report_without(report, {"visit 2"}) == report
