"""The report: its sections, first screen and tables."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from forestall.evaluation import evaluate
from forestall.evaluation.questions.leaks import Leak
from forestall.reporting import write_report

CONTEXT = {
    "model_name": "dissatisfaction-risk",
    "model_version": "3",
    "run_id": "run-7",
    "label": "Dissatisfied: a rating of 2 or less of 5.",
    "notes": ["The data have no clock: the split is random by customer."],
    "counts": {"interactions": 18200},
    "windows": {"test": "2026-09-01 to 2026-10-31"},
    "importance": [
        {
            "feature": "service_wait_s",
            "family": "service",
            "gain": 12.5,
            "contribution": 0.3,
            "description": "Wait.",
        },
        {"feature": "quality_defects_n", "family": "quality", "gain": 2.5, "contribution": 0.1},
    ],
    "ablations": {
        "without reopened": {"metrics": {"auc": 0.7}, "gain": {"mean": 0.01, "low": 0.002, "high": 0.02}}
    },
    "rejections": {"events": {"before_start": 12}},
    "settings": "name: dissatisfaction-risk",
    "lineage": {"data_digest": "sha256:1f"},
}


class Page(HTMLParser):
    """A page without its scripts and style: ids, links, images with a label, and text."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.addresses, self.words, self.labels = [], [], [], 0
        self._skipped = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.addresses += [found[name] for name in ("src", "href", "action", "data") if name in found]
        self.labels += found.get("role") == "img" and bool(found.get("aria-label"))
        self._skipped = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag):
        self._skipped = ""

    def handle_data(self, data):
        self.words += [] if self._skipped else [data]

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def source(evaluation, tmp_path_factory):
    path = write_report(evaluation, CONTEXT, tmp_path_factory.mktemp("report") / "report.html")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_every_section_is_present_and_links_stay_in_the_page(page):
    charts = {"capture", "roc", "calibration", "calibration-stages", "intervals", "stages", "baselines"}
    charts |= {"distribution", "importance", "segment-gaps"}
    sections = {"cautions", "findings", "segments", "ablations", "metrics", "data", "settings", "lineage"}
    assert charts | sections | {"glossary", "details"} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {address.removeprefix("#") for address in page.addresses} <= set(page.ids)


def test_the_first_screen_has_the_headline_its_interval_and_the_cautions(page, evaluation):
    reached = f"{10 * evaluation.overall['capture_at_10']:.1f}".removesuffix(".0")
    assert (
        f"Contacting the riskiest 10 % of customers reaches {reached} of every 10 dissatisfied" in page.text
    )
    assert "Measured on 2 000 interactions that the model was not trained on" in page.text.replace(
        "\u2009", " "
    )
    assert "95 % interval: " in page.text
    assert "sampling noise: up to" in page.text
    assert page.text.index("The data have no clock") < page.text.index("Main findings")


def test_tables_hold_the_figures(page, evaluation):
    for cell in (
        f"{evaluation.overall['auc']:.4f}",
        "too few",
        "before_start",
        "without reopened",
        "0.0100 (0.0020 to 0.0200)",
    ):
        assert cell in page.text


def test_every_chart_has_a_label_and_a_specification(source, page):
    specs = json.loads(re.search(r'id="specs">(.*?)</script>', source, re.S).group(1))
    assert page.labels == len(specs) + 1
    assert set(specs) == set(re.findall(r'data-chart="([\w-]+)"', source))


def test_a_leak_is_a_caution_and_a_row_of_a_table(evaluation, tmp_path):
    why = "AUC alone 0.90; filled in 98\u00a0% of rated, 3\u00a0% of other rows: known when?"
    leak = Leak("close_code", "column", True, ("alone", "filled"), 0.9, 0.88, 0.92, "name", 0.98, 0.03, why)
    leaky = replace(evaluation, leaks=[leak])
    page = Page(write_report(leaky, {}, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert {"cautions", "leaks"} <= set(page.ids)
    assert page.text.count("known when?") == 2
    assert page.text.index("close code") < page.text.index("Main findings")


def test_a_report_needs_no_context(evaluation, tmp_path):
    page = Page(write_report(evaluation, {}, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert not {"importance", "ablations", "settings", "lineage"} & set(page.ids)
    assert "Contacting the riskiest 10 %" in page.text


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_a_report_of_too_few_rows_says_so(frame, rows, tmp_path):
    few = evaluate(frame.tail(rows).with_columns(label=pl.lit(0)), n_resamples=3)
    page = Page(write_report(few, {}, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "These data do not show how well the model finds dissatisfied customers." in page.text
    assert "The AUC is undefined because" in page.text
    assert ("all rows are of one class." in page.text) == bool(rows)
    assert ("No significant difference from" in page.text) == bool(rows)
    assert "nan" not in page.text
