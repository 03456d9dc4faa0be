"""The Chromium that is installed, for tests that look at pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

WIDTHS = (390, 1440)
"""Of a phone and of a desktop."""

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# no sandbox for root, as in containers; and nothing that calls home
_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@contextmanager
def chromium() -> Iterator[Any]:
    """Run the browser; without one the test is skipped, or fails where CI is set and a browser was promised."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed: pip install '.[test]'")
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        _missing("there is no Chromium to look at pages with")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield running
        running.close()


def _missing(what: str) -> NoReturn:
    if os.environ.get("CI") and not os.environ.get("FORESTALL_NO_BROWSER"):
        pytest.fail(what)
    pytest.skip(what)
