"""Names of the data that try to become HTML are text on every page: in tables, charts, legends and hover texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from chromium import chromium
from evaluated_moments import moments
from forestall import Tables, check
from forestall.evaluation import evaluate
from forestall.evaluation.questions.drift import Drift, FamilyShift
from forestall.monitoring.page import write_page
from forestall.reporting import write_report
from forestall.simulation import simulate_tables
from made_monitoring import check as failed_check
from made_monitoring import feature, result

LINK = '<a href="https://evil.example">offer</a>'
SCRIPT = "<script>alert(1)</script>"
BOLD = "<b>bold</b> &lt;"
COLOUR = "--ink"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model's report with hostile segments and features."""
    frame = moments(1200)
    names = np.array([LINK, SCRIPT, BOLD, COLOUR])
    place = frame["interaction_id"].str.strip_prefix("i").cast(pl.Int64).to_numpy()
    hostile = frame.with_columns(
        channel=names[place % 4], venue=names[(place + 1) % 4], product=names[(place // 4) % 4]
    )
    found = evaluate(hostile, segments=["channel", "venue", "product"], n_resamples=40)
    importance = [
        {"feature": name, "family": name, "gain": 3.0, "contribution": 0.5, "description": name}
        for name in (LINK, SCRIPT, BOLD)
    ]
    context = {"model_name": SCRIPT, "importance": importance, "settings": LINK}
    return write_report(found, context, tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def monitoring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a monitoring page with hostile names of features, families and the model."""
    found = result(
        failed_check(LINK, passed=False, finding=SCRIPT),
        model_name=SCRIPT,
        drift=Drift(
            [feature(LINK, 0.5, 0.4)], [FamilyShift(LINK, 0.1, -0.1, 0.3), FamilyShift(BOLD, 0.2, 0.1, 0.3)]
        ),
        notes=[LINK],
    )
    return write_page(found, tmp_path_factory.mktemp("monitoring") / "report.html")


@pytest.fixture(scope="module")
def data_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data report of a company with hostile channels, venues, products and kinds of events."""
    frames = simulate_tables(800, seed=4)
    frames.pop("truth")
    names = pl.Series([LINK, SCRIPT, BOLD, COLOUR])
    n = frames["interactions"].height
    frames["interactions"] = frames["interactions"].with_columns(
        **{
            name: names[(np.arange(n) + k) % 4]
            for k, name in enumerate(("channel", "venue", "product", "locale"))
        }
    )
    kinds = pl.when(pl.int_range(pl.len()) < 40).then(pl.lit(SCRIPT)).otherwise("kind")
    frames["events"] = frames["events"].with_columns(kind=kinds)
    out = tmp_path_factory.mktemp("check") / "out"
    check(Tables(**frames), output=out)
    return out / "data_report.html"


@pytest.fixture(scope="module", params=["report", "monitoring", "data_report"])
def page(browser, request) -> Iterator[Any]:
    """Yield the page in a browser, with what it asked for or ran."""
    path = request.getfixturevalue(request.param)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.name, opened.faults = request.param, []
    opened.on("console", lambda message: opened.faults.append(message.text))
    opened.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.on("dialog", lambda dialog: opened.faults.append(dialog.message))
    opened.goto(path.as_uri())
    opened.wait_for_selector(".chart .main-svg", state="attached")
    yield opened
    context.close()


# by page: where a chart shows hostile names on an axis or in a legend
SHOWN = {
    "report": {"segment-gaps": (LINK, SCRIPT, BOLD, COLOUR), "importance": (LINK, SCRIPT, BOLD)},
    "monitoring": {"families": (LINK, BOLD)},
    "data_report": {"response-by-channel": (LINK, SCRIPT, BOLD, COLOUR)},
}


def test_no_name_becomes_a_link_or_runs(page):
    assert page.faults == []
    assert page.evaluate("[...document.querySelectorAll('a')].filter(one => /evil/.test(JSON.stringify([one.href, "
                         "one.getAttribute('xlink:href')]))).length") == 0  # fmt: skip
    assert page.evaluate("document.querySelectorAll('svg a').length") == 0


def test_charts_show_names_as_they_are(page):
    for key, names in SHOWN[page.name].items():
        texts = page.evaluate(
            f"[...document.querySelectorAll('[data-chart=\"{key}\"] text')].map(one => one.textContent)"
        )
        for name in names:
            assert any(name in text for text in texts), (key, name, texts)


def test_hover_texts_show_names_as_they_are(page):
    for key, names in SHOWN[page.name].items():
        texts = page.evaluate(
            f"""async () => {{
            const place = document.querySelector('[data-chart="{key}"]'), found = [];
            for (let k = 0; k < place._fullData[0].y.length; k += 1) {{
                Plotly.Fx.hover(place, [{{curveNumber: 0, pointNumber: k}}]);
                await new Promise(done => setTimeout(done, 80)); // Plotly shows one hover text in 50 ms
                found.push([...place.querySelectorAll('.hovertext')].map(one => one.textContent).join(' '));
                if (place.querySelector('a')) found.push('a link');
            }}
            return found }}"""
        )
        assert "a link" not in texts
        for name in names:
            assert any(name[:15] in text for text in texts), (key, name, texts)
