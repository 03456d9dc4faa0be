"""The manual in a browser: readable on a phone, searchable, and without a request to another host."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chromium import WIDTHS, chromium

pytestmark = pytest.mark.slow
PAGES = (
    *(
        "index",
        "get-started",
        "results",
        "data/event-kinds",
        "data/mapping",
        "guide/promote",
        "decisions/index",
    ),
    *("reference/commands", "reference/features", "reference/mapping-yaml", "reference/python"),
)

SEARCH_IS_READY = (
    "document.querySelector('.md-search-result__meta').textContent.trim() !== 'Initializing search'"
)

FIRST_IS_A_FEATURE = (
    "document.querySelector('.md-search-result__link')?.href.includes('reference/features.html')"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


@dataclass
class Window:
    """A window of the browser, and what it asked for and complained of."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.on("requestfailed", self._note_failure)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    def _note_failure(self, request: Any) -> None:
        # the browser aborts what it is still loading when the test goes on to the next page
        if request.failure != "net::ERR_ABORTED":
            self.errors.append(f"failed: {request.url}")

    def open(self, name: str) -> None:
        self.page.goto(f"{self.address}/{name}.html")


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(params=WIDTHS)
def window(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Window]:
    context = browser.new_context(viewport={"width": request.param, "height": 850})
    yield Window(context.new_page(), address)
    context.close()


def test_pages_fit_the_window_and_ask_no_other_host(window: Window) -> None:
    for name in PAGES:
        window.open(name)
        assert window.page.locator("h1").first.inner_text().strip()
        wider = window.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{name} is {wider} pixels wider than the window"
    assert window.requests
    assert not [
        asked for asked in window.requests if not asked.startswith((window.address, "data:", "blob:"))
    ]
    assert not window.errors


def test_the_search_finds_a_feature(window: Window) -> None:
    window.open("index")
    if not window.page.locator("input[data-md-component=search-query]").is_visible():
        window.page.locator("label[for=__search]").first.click()
    # the search listens to keys, once its index has been read
    window.page.wait_for_function(SEARCH_IS_READY, timeout=60_000)
    window.page.locator("input[data-md-component=search-query]").press_sequentially("history_tenure_days")
    # results of the first letters are shown before those of the whole name
    window.page.wait_for_function(FIRST_IS_A_FEATURE, timeout=60_000)
    assert window.page.locator(".md-search-result__link").first.is_visible()
    assert not [
        asked for asked in window.requests if not asked.startswith((window.address, "data:", "blob:"))
    ]
