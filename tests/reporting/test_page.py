"""A page is one file: nothing is fetched, and no content of it becomes code."""

import html
import json
import re

import pytest

from forestall.reporting.charts.chart import Chart, Table
from forestall.reporting.page import template_text, write_html

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def source(evaluation, tmp_path_factory) -> str:
    chart = Chart(
        "gains", SCRIPT, SCRIPT, {"data": [], "layout": {"title": SCRIPT}}, Table(["a"], [[SCRIPT]])
    )
    path = write_html(
        "report.html.j2",
        tmp_path_factory.mktemp("page") / "page.html",
        [chart],
        **dict.fromkeys(
            ("title", "headline", "basis", "uncertainty", "label_comparison"), SCRIPT
        ),
        **dict.fromkeys(("reached_of_ten", "leaks", "ablations", "labels", "effect_groups", "rejections")),
        key_figures=[],
        cautions=[SCRIPT],
        findings={SCRIPT: SCRIPT},
        sections={SCRIPT: [chart]},
        segments={},
        metrics=chart.table,
        context={"model_name": SCRIPT, "model_version": "", "label": "", "event": "", "counts": {}, "windows": {},
                 "rejections": {}, "settings": SCRIPT, "lineage": {}},
    )  # fmt: skip
    return path.read_text(encoding="utf-8")


def test_content_cannot_become_code(source):
    assert SCRIPT not in source
    assert html.escape(SCRIPT) in source
    specs = json.loads(re.search(r'id="specs">(.*?)</script>', source, re.S).group(1))
    assert specs == {"gains": {"data": [], "layout": {"title": "&lt;script&gt;alert(1)&lt;/script&gt;"}}}


def test_plotly_is_included_once_and_everything_else_is_forbidden(source):
    assert source.count("plotly.js v") == 1
    assert "default-src 'none'" in source
    assert "@import" not in template_text("report.css")
    assert "url(" not in template_text("report.css")
