"""The report in a browser: it opens offline and without an error, every picture is drawn, and it can be read."""

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


class Shown:
    """The report in a window, and what the browser complained of or asked for."""

    def __init__(self, browser: Any, path: Path, width: int, **how: Any) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 850}, **how)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on(
            "console",
            lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None,
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector(".chart .main-svg", state="attached")

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)

    def becomes(self, script: str, seconds: int = 10) -> bool:
        """Return whether a script comes to say so. The page's own policy forbids what playwright would wait with."""
        for _ in range(20 * seconds):
            if self.ask(script):
                return True
            self.page.wait_for_timeout(50)
        return False


@pytest.fixture(scope="module", params=WIDTHS)
def shown(browser, path, request) -> Iterator[Shown]:
    one = Shown(browser, path, request.param)
    yield one
    one.context.close()


def test_it_opens_without_an_error_and_asks_for_nothing(shown, path):
    assert shown.errors == []
    fetched = [url for url in shown.requests if not url.startswith(("data:", "blob:"))]
    assert fetched == [path.as_uri()]


def test_every_picture_is_drawn_with_its_marks(shown):
    places = shown.ask("document.querySelectorAll('[data-chart]').length")
    assert places > 20
    empty = shown.ask(
        """[...document.querySelectorAll('[data-chart]')]
        .filter(one => one.querySelectorAll('.main-svg .trace, .main-svg .point').length === 0)
        .map(one => one.dataset.chart)"""
    )
    assert empty == []


def test_the_first_screen_is_read_without_moving_sideways(shown):
    width = shown.ask("innerWidth")
    assert shown.ask("document.documentElement.scrollWidth") <= width
    boxes = shown.ask(
        """['h1', '.tenth', '.basis'].map(name => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left, box.right, box.bottom] })"""
    )
    assert all(left >= 0 and right <= width and bottom <= 850 for left, right, bottom in boxes)
    assert shown.ask("parseFloat(getComputedStyle(document.querySelector('.basis')).fontSize)") >= 15


def test_no_text_of_a_picture_is_cut_off_at_its_side(shown):
    cut = shown.ask(
        """[...document.querySelectorAll('[data-chart]')].filter(one => {
        const frame = one.getBoundingClientRect();
        return [...one.querySelectorAll('.xtitle, .ytitle, .xtick text, .ytick text, .legendtext')].some(text => {
            const box = text.getBoundingClientRect();
            return box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2); });
        }).map(one => one.dataset.chart)"""
    )
    assert cut == []


def test_headings_go_down_one_step_at_a_time_and_pictures_have_words(shown):
    levels = shown.ask("[...document.querySelectorAll('h1, h2, h3, h4')].map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert shown.ask(
        "[...document.querySelectorAll('[role=img]')].every(one => one.getAttribute('aria-label').length > 20)"
    )


def test_the_keyboard_reaches_links_and_figures(shown):
    shown.page.keyboard.press("Tab")
    assert shown.ask("document.activeElement.textContent") == "Skip to the content"
    shown.page.focus("#capture summary")
    shown.page.keyboard.press("Enter")
    assert shown.ask("document.querySelector('#capture details').open")


# WCAG 2: the share of light between two colours, each over the page's ground
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
def test_words_stand_out_from_their_ground_in_light_and_in_dark(browser, path, scheme):
    shown = Shown(browser, path, 1440, color_scheme=scheme)
    assert shown.ask(_CONTRAST) >= 4.5
    ground = shown.ask("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(18, 22, 28)") == (scheme == "dark")
    shown.context.close()


def test_on_paper_it_is_black_on_white_without_what_is_clicked(browser, path):
    shown = Shown(browser, path, 1440, color_scheme="dark")
    shown.page.emulate_media(media="print")
    assert shown.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert shown.becomes("getComputedStyle(document.querySelector('.xtick text')).fill === 'rgb(0, 0, 0)'")
    shown.context.close()


@pytest.fixture(scope="module")
def monitored(work, company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the page of a monitoring in which every picture is drawn and something is due."""
    from forestall.data import Tables, read_tables
    from forestall.monitoring.examine import examine
    from forestall.monitoring.page import write_page
    from forestall.registry import load
    from forestall.simulation import simulate_tables

    frames = simulate_tables(1500, seed=2)
    frames.pop("truth")
    now = Tables(**frames)
    now = now.replace(feedback=now.feedback.with_columns(rating=6 - now.feedback["rating"]))
    found = examine(load(work.champion, work.tracking_uri), read_tables(company), now)
    return write_page(found, tmp_path_factory.mktemp("monitored") / "report.html")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_the_page_of_a_monitoring_says_first_what_is_due(browser, monitored, width, scheme):
    shown = Shown(browser, monitored, width, color_scheme=scheme)
    assert shown.errors == []
    assert [url for url in shown.requests if not url.startswith(("data:", "blob:"))] == [monitored.as_uri()]
    assert shown.ask("document.querySelector('h1').textContent") == "The model should be retrained."
    assert "The risks are too low" in shown.ask("document.querySelector('#reasons').textContent")
    assert shown.ask("document.documentElement.scrollWidth") <= width
    drawn = shown.ask("[...document.querySelectorAll('[data-chart]')].map(one => one.dataset.chart)")
    assert drawn == ["calibration", "distribution", "families"]
    assert shown.ask(_CONTRAST) >= 4.5
    shown.context.close()
