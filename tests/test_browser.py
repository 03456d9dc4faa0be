"""The report and the monitoring page in a browser: offline, without errors, readable on phone, screen and paper."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chromium import WIDTHS, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def path(work, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("page") / "report.html"
    page.write_text(work.report.html, encoding="utf-8")
    return page


class Window:
    """A page in a browser window, with the errors and requests of the browser."""

    def __init__(self, browser: Any, path: Path, width: int, **how: Any) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 850}, **how)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on(
            "console",
            lambda message: (
                self.errors.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector(".chart .main-svg", state="attached")

    def run(self, script: str) -> Any:
        """Return the value of a script."""
        return self.page.evaluate(script)

    def becomes_true(self, script: str, seconds: int = 10) -> bool:
        """Wait until a script returns true; the policy of the page forbids the script with which playwright waits."""
        for _ in range(20 * seconds):
            if self.run(script):
                return True
            self.page.wait_for_timeout(50)
        return False


@pytest.fixture(scope="module", params=WIDTHS)
def window(browser, path, request) -> Iterator[Window]:
    opened = Window(browser, path, request.param)
    yield opened
    opened.context.close()


def test_the_report_opens_without_errors_and_requests(window, path):
    assert window.errors == []
    fetched = [url for url in window.requests if not url.startswith(("data:", "blob:"))]
    assert fetched == [path.as_uri()]


def test_every_chart_is_drawn(window):
    places = window.run("document.querySelectorAll('[data-chart]').length")
    assert places > 20
    empty = window.run(
        """[...document.querySelectorAll('[data-chart]')]
        .filter(one => one.querySelectorAll('.main-svg .trace, .main-svg .point').length === 0)
        .map(one => one.dataset.chart)"""
    )
    assert empty == []


def test_the_first_screen_needs_no_horizontal_scrolling(window):
    width = window.run("innerWidth")
    assert window.run("document.documentElement.scrollWidth") <= width
    boxes = window.run(
        """['h1', '.tenth', '.basis'].map(name => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left, box.right, box.bottom] })"""
    )
    assert all(left >= 0 and right <= width and bottom <= 850 for left, right, bottom in boxes)
    assert window.run("parseFloat(getComputedStyle(document.querySelector('.basis')).fontSize)") >= 15


def test_no_text_of_a_chart_is_cut_off(window):
    cut = window.run(
        """[...document.querySelectorAll('[data-chart]')].filter(one => {
        const frame = one.getBoundingClientRect();
        return [...one.querySelectorAll('.xtitle, .ytitle, .xtick text, .ytick text, .legendtext')].some(text => {
            const box = text.getBoundingClientRect();
            return box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2); });
        }).map(one => one.dataset.chart)"""
    )
    assert cut == []


def test_names_on_an_axis_do_not_lie_over_each_other(window):
    overlaps = window.run(
        """[...document.querySelectorAll('.main-svg')].flatMap(chart => {
            const names = [...chart.querySelectorAll('.ytick text')];
            const boxes = names.map(one => [one.textContent, one.getBoundingClientRect()]);
            boxes.sort((a, b) => a[1].top - b[1].top);
            return boxes.slice(1).filter((one, n) => one[1].top < boxes[n][1].bottom - 2).map(one => one[0]);
        })"""
    )
    assert overlaps == []


def test_headings_skip_no_level_and_charts_have_labels(window):
    levels = window.run("[...document.querySelectorAll('h1, h2, h3, h4')].map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert window.run(
        "[...document.querySelectorAll('[role=img]')].every(one => one.getAttribute('aria-label').length > 20)"
    )


def test_the_keyboard_reaches_links_and_tables(window):
    window.page.keyboard.press("Tab")
    assert window.run("document.activeElement.textContent") == "Skip to the content"
    window.page.focus("#capture summary")
    window.page.keyboard.press("Enter")
    assert window.run("document.querySelector('#capture details').open")


# WCAG 2: the smallest contrast between a text and the background of its card
_CONTRAST = """() => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(x => x / 255)
            .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b };
    const ground = light(getComputedStyle(document.querySelector('.card')).backgroundColor);
    return [...document.querySelectorAll('.card p, .card summary, .card td, .card th, .card h3, .xtick text')]
        .map(one => { const style = getComputedStyle(one);
            const ink = light(one instanceof SVGElement ? style.fill : style.color);
            return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05) })
        .reduce((least, one) => Math.min(least, one), 21) }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contrast_is_sufficient_on_light_and_dark_screens(browser, path, scheme):
    window = Window(browser, path, 1440, color_scheme=scheme)
    assert window.run(_CONTRAST) >= 4.5
    ground = window.run("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(18, 22, 28)") == (scheme == "dark")
    window.context.close()


def test_paper_is_black_on_white_without_navigation(browser, path):
    window = Window(browser, path, 1440, color_scheme="dark")
    window.page.emulate_media(media="print")
    assert window.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert window.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert window.becomes_true(
        "getComputedStyle(document.querySelector('.xtick text')).fill === 'rgb(0, 0, 0)'"
    )
    window.context.close()


@pytest.fixture(scope="module")
def monitoring_page(work, company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a monitoring page with every chart and failed checks."""
    from forestall.data import Tables, read_tables
    from forestall.monitoring.examine import examine
    from forestall.monitoring.monitored_records import WholeRecords
    from forestall.monitoring.page import write_page
    from forestall.registry import load
    from forestall.simulation import simulate_tables

    frames = simulate_tables(1500, seed=2)
    frames.pop("truth")
    now = Tables(**frames)
    now = now.replace(feedback=now.feedback.with_columns(rating=6 - now.feedback["rating"]))
    model = load(work.champion, work.tracking_uri)
    found = examine(model, WholeRecords(read_tables(company)), WholeRecords(now))
    return write_page(found, tmp_path_factory.mktemp("monitored") / "report.html")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_the_monitoring_page_starts_with_the_verdict(browser, monitoring_page, width, scheme):
    window = Window(browser, monitoring_page, width, color_scheme=scheme)
    assert window.errors == []
    assert [url for url in window.requests if not url.startswith(("data:", "blob:"))] == [
        monitoring_page.as_uri()
    ]
    assert window.run("document.querySelector('h1').textContent") == "The model should be retrained."
    assert "The risks are too low" in window.run("document.querySelector('#reasons').textContent")
    assert window.run("document.documentElement.scrollWidth") <= width
    drawn = window.run("[...document.querySelectorAll('[data-chart]')].map(one => one.dataset.chart)")
    assert drawn == ["calibration", "distribution", "families"]
    assert window.run(_CONTRAST) >= 4.5
    window.context.close()


@pytest.fixture(scope="module")
def data_page(quick_model, company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data report with findings of all severities."""
    import polars as pl

    import forestall

    tables = forestall.read_tables(company)
    late = tables.events.head(1).with_columns(pl.col("at") + pl.duration(days=2000))
    spoilt = tables.replace(events=pl.concat([tables.events, tables.events.head(500), late]))
    out = tmp_path_factory.mktemp("checked") / "out"
    forestall.check(spoilt, model=quick_model, output=out)
    return out / "data_report.html"


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark")]
)
def test_the_data_report_starts_with_its_findings(browser, data_page, width, scheme):
    window = Window(browser, data_page, width, color_scheme=scheme)
    assert window.errors == []
    assert [url for url in window.requests if not url.startswith(("data:", "blob:"))] == [data_page.as_uri()]
    assert window.run("document.querySelector('h1').textContent").startswith(
        "Correct the data before training"
    )
    assert window.run("document.querySelector('.found li').className") == "error"
    assert window.run("document.documentElement.scrollWidth") <= width
    drawn = window.run("[...document.querySelectorAll('[data-chart]')].map(one => one.dataset.chart)")
    assert {"volume", "coverage-over-time", "response-over-time", "ratings", "base-rate"} <= set(drawn)
    empty = window.run(
        """[...document.querySelectorAll('[data-chart]')]
        .filter(one => one.querySelectorAll('.main-svg .trace, .main-svg .point').length === 0)
        .map(one => one.dataset.chart)"""
    )
    assert empty == []
    assert window.run(_CONTRAST) >= 4.5
    levels = window.run("[...document.querySelectorAll('h1, h2, h3, h4')].map(one => +one.tagName[1])")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    targets = window.run(
        "[...document.querySelectorAll('nav a, .found a')].map(one => one.getAttribute('href'))"
    )
    assert all(window.run(f"document.querySelector('{one}') !== null") for one in targets)
    window.context.close()
