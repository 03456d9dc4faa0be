"""The contact list in a browser: names are text, 10,000 rows are quick, and keyboard, phone and paper work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from chromium import WIDTHS, chromium
from companies import company, visit
from contact_pages import BOLD, LINK, SCRIPT, found_list, hostile, with_some_reasons
from forestall.reporting.contact_page import write_contact_page

N = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = found_list(hostile(), {SCRIPT: 0.5, "two": 0.8}, reasons=[LINK, "waited long"])
    return write_contact_page(found, tmp_path_factory.mktemp("page") / "contact_list.html", texts=True)


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page of 10,000 customers in five venues."""
    visits = [
        visit(f"visit {i}", 0, (0, "arrived", "customer"), (i % 500, "served", "staff"), customer_id=f"customer {i}",
              venue=f"venue {i % 5}", channel=("phone", "chat")[i % 2], customer_value=1000.0 + i)
        for i in range(N)
    ]  # fmt: skip
    found = found_list(company(*visits), {f"visit {i}": 0.1 + 0.8 * (i * 7919 % N) / N for i in range(N)})
    return write_contact_page(found, tmp_path_factory.mktemp("page") / "contact_list.html")


class Window:
    """A contact page in a browser window, with the errors and requests of the browser."""

    def __init__(self, browser: Any, path: Path, width: int = 1440, **how: Any) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 850}, **how)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(dialog.message))
        self.page.on(
            "request",
            lambda request: self.faults.append(request.url) if request.url != path.as_uri() else None,
        )
        self.page.goto(path.as_uri())
        self.page.wait_for_selector(".rows [role=row]")

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)

    def texts(self, selector: str) -> list[str]:
        return self.run(f"[...document.querySelectorAll('{selector}')].map(one => one.textContent)")


@pytest.fixture
def opened(browser) -> Iterator[Any]:
    """Return a function that opens a page; the windows are closed after the test."""
    windows: list[Window] = []

    def open_page(path: Path, width: int = 1440, **how: Any) -> Window:
        windows.append(Window(browser, path, width, **how))
        return windows[-1]

    yield open_page
    for one in windows:
        one.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_names_are_text_and_nothing_runs_or_is_fetched(opened, hostile_page, width):
    window = opened(hostile_page, width)
    window.page.click(".rows .who button >> nth=0")
    window.page.wait_for_timeout(100)
    assert window.faults == []
    assert window.texts("#details h2") == [BOLD]
    assert f"{SCRIPT} · {LINK} · {SCRIPT} · {LINK}" in window.texts("#details .where")
    assert window.texts(".reasons li") == [LINK, "Waited long"]
    assert window.texts(".time q") == ["my secret words"]
    assert f"b script by {LINK}" in window.texts(".time b")
    assert f"{LINK} (1)" in window.texts("select[name=venue] option")
    assert (
        window.run(
            "document.querySelectorAll('main a, main script:not(#content):not([type]) ~ script').length"
        )
        == 0
    )


def milliseconds(window: Window, action: str) -> float:
    """Return how long an action takes until the browser has laid out the page."""
    return window.run(f"""() => {{
        const begin = performance.now();
        {action};
        document.body.getBoundingClientRect();
        return performance.now() - begin }}""")


def test_ten_thousand_rows_are_sorted_filtered_and_scrolled_without_delay(opened, long_page):
    window = opened(long_page)
    first = window.texts(".rows .who button")[0]
    assert first == "customer " + str(
        max(range(N), key=lambda i: (0.1 + 0.8 * (i * 7919 % N) / N) * (1000 + i))
    )
    assert len(window.texts(".rows [role=row]")) < 60
    by_risk = milliseconds(window, "document.querySelector('[data-order=risk] button').click()")
    assert window.run("document.querySelector('[data-order=risk]').ariaSort") == "descending"
    assert window.texts(".rows .risk b")[0] == "90 %"
    search = """const find = document.querySelector('[name=find]'); find.value = 'CUSTOMER 999';
        find.dispatchEvent(new Event('input', {bubbles: true}))"""
    by_text = milliseconds(window, search)
    assert window.texts(".count") == ["11 of 10\u2009000 customers, sorted by risk, highest first"]
    assert set(window.texts(".rows .who button")) == {
        "customer 999",
        *(f"customer 999{i}" for i in range(10)),
    }
    window.page.click("button[type=reset]")
    window.page.wait_for_timeout(50)
    frames = window.run("""async () => {
        const times = [];
        for (let i = 0; i < 60; i += 1) {
            scrollBy({top: 9000, behavior: 'instant'});
            const begin = performance.now();
            await new Promise(requestAnimationFrame);
            await new Promise(done => setTimeout(done));
            times.push(performance.now() - begin);
        }
        return times.sort((a, b) => a - b)[30] }""")
    print(f"sort {by_risk:.0f} ms, search {by_text:.0f} ms, median frame of a scroll {frames:.0f} ms")
    # what keeps it fast, whatever else the machine does: few rows are drawn
    assert len(window.texts(".rows [role=row]")) < 60
    assert window.faults == []


def test_filters_and_search_narrow_the_list_and_say_how_many_are_left(opened, long_page):
    window = opened(long_page)
    assert window.run("document.querySelector('select[name=stage]').closest('label').hidden")
    window.page.select_option("select[name=venue]", label="venue 3 (2\u2009000)")
    assert window.texts(".count") == ["2\u2009000 of 10\u2009000 customers, sorted by place"]
    window.page.select_option("select[name=channel]", label="chat (5\u2009000)")
    assert window.texts(".count") == ["1\u2009000 of 10\u2009000 customers, sorted by place"]
    window.page.fill("input[name=find]", "nobody")
    assert window.run("document.querySelector('.none').checkVisibility()")
    window.page.click("button[type=reset]")
    window.page.wait_for_timeout(50)
    assert window.texts(".count") == ["10\u2009000 of 10\u2009000 customers, sorted by place"]


def test_the_keyboard_moves_through_the_list_and_to_the_details(opened, long_page):
    window = opened(long_page)
    focused = "document.activeElement.textContent"
    window.page.keyboard.press("Tab")
    assert window.run(focused) == "Skip to the list"
    first = window.texts(".rows .who button")[:3]
    window.page.focus(".rows .who button")
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("ArrowDown")
    assert window.run(focused) == first[2]
    assert window.texts("#details h2") == [first[2]]
    assert window.run("document.activeElement.ariaCurrent") == "true"
    window.page.keyboard.press("End")
    assert window.run("document.activeElement.closest('[role=row]').ariaRowIndex") == str(N + 1)
    assert window.run("document.activeElement.getBoundingClientRect().bottom <= innerHeight")
    window.page.keyboard.press("Home")
    window.page.keyboard.press("Enter")
    assert window.run("document.activeElement.id") == "details"
    window.page.keyboard.press("Escape")
    assert window.run(focused) == first[0]
    assert window.run("document.querySelector('[role=table]').ariaRowCount") == str(N + 1)


def test_a_phone_shows_the_details_over_the_list_and_needs_no_horizontal_scrolling(opened, hostile_page):
    window = opened(hostile_page, 390)
    assert not window.run("document.querySelector('#details').checkVisibility()")
    window.page.click(".rows .who button >> nth=1")
    assert window.run("document.querySelector('#details').matches(':modal')")
    window.page.click("[aria-label='Previous customer']")
    window.page.wait_for_function(
        "name => document.querySelector('#details h2').textContent === name", arg=BOLD
    )
    assert window.run("document.documentElement.scrollWidth") <= 390
    assert window.run("document.querySelector('#details').scrollWidth") <= 390
    window.page.click(".shut")
    window.page.wait_for_function("name => document.activeElement.textContent === name", arg=BOLD)


def test_the_details_say_by_how_much_a_contact_lowers_the_risk(opened, tmp_path):
    found = found_list(hostile(), {SCRIPT: 0.5, "two": 0.8})
    effect = pl.Series("effect", [-0.38] * found.listed.height)
    ordered = found._replace(listed=found.listed.with_columns(effect))
    for one, said in ((found, []), (ordered, ["38 points"])):
        window = opened(write_contact_page(one, tmp_path / "contact_list.html"))
        terms, figures = window.texts("#details dt"), window.texts("#details dd")
        is_effect = [term == "If contacted, risk lower by" for term in terms]
        assert [figure for figure, wanted in zip(figures, is_effect, strict=True) if wanted] == said
        assert ("Ordered by expected saving" in window.page.inner_text("body")) == bool(said)
        assert window.faults == []


def test_paper_has_the_filtered_list_with_reasons_and_nothing_to_click(opened, long_page):
    window = opened(long_page, 760, color_scheme="dark")
    window.page.fill("input[name=find]", "customer 99")
    window.page.emulate_media(media="print")
    window.page.wait_for_timeout(200)
    assert window.run("document.querySelectorAll('.paper tbody tr').length") == 111
    assert window.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert window.run("getComputedStyle(document.querySelector('.filters')).display") == "none"
    assert "Waited long" in window.texts(".paper tbody tr")[0]
    assert window.run("document.documentElement.scrollWidth") <= 760


def test_without_a_clock_the_time_line_is_an_order_without_times(opened, tmp_path):
    events = ((0, "arrived", "customer"), (5, "served", "staff"))
    tables = company(
        visit("a", 0, *events, customer_id="x"), about={"clock": "none", "timezone": "Nowhere/Else"}
    )
    found = found_list(tables, {"a": 0.5}, policy=None, reasons=None)
    window = opened(write_contact_page(found, tmp_path / "contact_list.html"))
    assert window.texts(".time li") == ["arrived by customer", "served by staff", "scored"]
    assert "In the order of the records, which have no clock." in window.texts("#details .text")
    assert "latest moment" not in " ".join(window.texts("select[name=order] option")).lower()
    assert "Ordered by risk, because no customer's value is known." in window.texts(".basis")
    assert window.faults == []


@pytest.mark.parametrize(
    ("reasons", "says"),
    [
        (None, "No reasons were computed for this band. Score with --reasons"),
        ([], "No single fact raises the risk."),
    ],
)
def test_the_page_tells_no_reasons_from_reasons_that_were_not_computed(opened, tmp_path, reasons, says):
    found = with_some_reasons(found_list(hostile(), {SCRIPT: 0.5, "two": 0.8}), {SCRIPT: reasons})
    window = opened(write_contact_page(found, tmp_path / "contact_list.html"))
    assert says in window.texts("#details .text")
    window.run("dispatchEvent(new Event('beforeprint'))")
    assert ["Waited long" in row for row in window.texts(".paper tbody tr")] == [False, True]
    assert window.faults == []


# WCAG 2: the smallest contrast between a text and what lies behind it
CONTRAST = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map(one => one / 255)
        .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z };
    const ground = one => { // the nearest colour behind, mixed where it is translucent
        if (one === null) return [255, 255, 255];
        const [r, g, b, a = 1] = parts(getComputedStyle(one).backgroundColor);
        if (a === 1) return [r, g, b];
        return ground(one.parentElement).map((back, k) => back * (1 - a) + [r, g, b][k] * a) };
    return [...document.querySelectorAll('header *, main *')]
        .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
        .filter(one => one.checkVisibility() && !one.matches('script, noscript *, option, :disabled'))
        .map(one => { const pair = [light(parts(getComputedStyle(one).color)), light(ground(one))];
            return [(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), one.outerHTML.slice(0, 90)] })
        .sort((a, b) => a[0] - b[0])[0] }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contrast_is_sufficient_on_light_and_dark_screens(opened, long_page, scheme):
    window = opened(long_page, color_scheme=scheme)
    least, where = window.run(CONTRAST)
    assert least >= 4.5, where
