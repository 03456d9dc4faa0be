"""The report: one page, offline, that says what was found and what was not."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from forestall.evaluation import evaluate
from forestall.evaluation.questions.drivers import Claim
from forestall.evaluation.questions.lead_times import FlaggedOutcome
from forestall.evaluation.questions.leaks import Leak
from forestall.reporting import write_report
from forestall.reporting.text import findings

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
    "settings": "name: dissatisfaction-risk # <script>alert(1)</script>",
    "lineage": {"data_digest": "sha256:1f"},
}


class Page(HTMLParser):
    """The page without its scripts and style: ids, links, and text."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.addresses, self.words, self.scripts, self.labels = [], [], [], 0, 0
        self._skipped = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.addresses += [found[name] for name in ("src", "href", "action", "data") if name in found]
        self.scripts += tag == "script"
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
def evaluation(frame):
    return evaluate(frame, segments=["channel"], n_resamples=60)


@pytest.fixture(scope="module")
def source(evaluation, tmp_path_factory):
    path = write_report(evaluation, CONTEXT, tmp_path_factory.mktemp("report") / "report.html")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_nothing_is_fetched(source, page):
    assert all(address.startswith("#") for address in page.addresses)
    assert "default-src 'none'" in source
    assert "@import" not in source.split("</style>")[0]
    assert source.count("plotly.js v") == 1


def test_every_section_is_there_and_linked(page):
    pictures = {"capture", "reliability", "ranking", "stages", "baselines", "spread", "importance"}
    pictures |= {"reliable", "coverage", "groups"}
    sections = {
        "cautions",
        "learnt",
        "segments",
        "ablations",
        "figures",
        "data",
        "settings",
        "lineage",
        "words",
    }
    assert pictures | sections <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {address[1:] for address in page.addresses} <= set(page.ids)


def test_the_first_screen_says_what_it_catches_and_how_sure(page, evaluation):
    reached = f"{10 * evaluation.overall['capture_at_10']:.1f}".removesuffix(".0")
    assert f"Contact the riskiest tenth, and you reach {reached} of every 10 unhappy customers." in page.text
    assert "Measured on 2 000 interactions" in page.text.replace("\u2009", " ")
    assert "(19 times of 20)" in page.text
    assert page.text.index("The data have no clock") < page.text.index("What was learnt")


def test_tables_hold_the_figures(page, evaluation):
    for told in (
        f"{evaluation.overall['auc']:.4f}",
        "too few",
        "before_start",
        "without reopened",
        "0.0100 (0.0020 to 0.0200)",
    ):
        assert told in page.text


def test_every_picture_has_words_and_a_specification(source, page):
    specs = json.loads(re.search(r'id="specs">(.*?)</script>', source, re.S).group(1))
    assert page.labels == len(specs) + 1
    assert set(specs) == set(re.findall(r'data-chart="(\w+)"', source))


def test_what_is_told_cannot_become_code(source, page):
    assert html.escape("<script>alert(1)</script>") in source
    assert "<script>alert(1)" not in source
    assert page.scripts == 3


def test_a_leak_is_told_before_use_and_in_the_tables(evaluation, tmp_path):
    why = "AUC alone 0.90; filled in 98\u00a0% of rated, 3\u00a0% of other rows: known when?"
    leak = Leak("close_code", "column", True, ("alone", "filled"), 0.9, 0.88, 0.92, "name", 0.98, 0.03, why)
    spoilt = replace(evaluation, leaks=[leak])
    page = Page(write_report(spoilt, {}, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "cautions" in page.ids
    assert "leaks" in page.ids
    assert page.text.count("known when?") == 2
    assert page.text.index("close code") < page.text.index("What was learnt")


def test_what_was_found_is_said_in_sentences():
    claim = Claim("resolution", "service", 0.14, 0.12, 0.16, "holds")
    told = {
        verdict: findings.claimed(replace(claim, verdict=verdict), "of what moves the risks", 100, " points")
        for verdict in ("holds", "fails", "open")
    }
    assert told["holds"].startswith("That resolution matters most holds in these data")
    assert "does not hold" in told["fails"]
    assert "cannot be said from these data" in told["open"]
    assert "(12 to 16 points)" in told["holds"]
    assert not any("cause" in text for text in told.values())
    seen = FlaggedOutcome("complaint", 91, 0.32, 0.23, 0.42, 0.31, 60.0, 7200.0, 200_000.0, [], 0.35, 0.35)
    assert findings.foreseen(seen) == (
        "32\u00a0% of 91 complaints came from customers flagged before (23\u00a0% to 42\u00a0%), half of them at least "
        "2 hours before; 31\u00a0% of all at least an hour before, where the true risk of a bad rating "
        "reaches 35\u00a0%."
    )


def test_a_report_needs_no_context(evaluation, tmp_path):
    page = Page(write_report(evaluation, {}, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert not {"importance", "ablations", "settings", "lineage"} & set(page.ids)
    assert "Contact the riskiest tenth" in page.text


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_too_little_is_said_to_be_too_little(frame, rows, tmp_path):
    few = evaluate(frame.tail(rows).with_columns(label=pl.lit(0)), n_resamples=3)
    page = Page(write_report(few, {}, tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "These data cannot say how well the model foresees unhappy customers." in page.text
    assert "the ranking of the risks cannot be measured" in page.text
    assert ("of one class." in page.text) == bool(rows)
    assert ("Not shown to differ from" in page.text) == bool(rows)
    assert "nan" not in page.text
