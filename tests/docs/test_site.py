"""The built manual: every link leads somewhere, and nothing comes from another host."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from page_examples import ROOT
from site_pages import SitePage, is_elsewhere, loads_of_style, target

pytestmark = pytest.mark.slow
FEWEST_PAGES = 60
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, SitePage]:
    return {path.resolve(): SitePage(path) for path in sorted(site.rglob("*.html"))}


def test_the_whole_manual_is_built(pages: dict[Path, SitePage], site: Path) -> None:
    assert len(pages) >= FEWEST_PAGES
    built = {path.relative_to(site.resolve()).as_posix() for path in pages}
    assert {"get-started.html", "reference/commands.html", "data/event-kinds.html", "results.html"} <= built


def test_every_link_leads_to_a_page_and_an_anchor(pages: dict[Path, SitePage], site: Path) -> None:
    lost = []
    for path, page in pages.items():
        for link in page.links:
            if is_elsewhere(link):
                continue
            file, anchor = target(site, path, link)
            is_there = file.is_file() and (not anchor or file not in pages or anchor in pages[file].anchors)
            # Material itself answers "#__skip" and the tabs of its search
            if not is_there and not anchor.startswith("__"):
                lost.append(f"{path.name}: {link}")
    assert not lost


def test_links_to_other_hosts_are_well_formed(pages: dict[Path, SitePage]) -> None:
    others = {link for page in pages.values() for link in page.links if is_elsewhere(link)}
    assert others
    for link in others:
        parts = urlsplit(link)
        assert parts.scheme == "https", link
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc), link


def test_no_page_loads_anything_from_another_host(pages: dict[Path, SitePage], site: Path) -> None:
    loads = {load for page in pages.values() for load in page.loads}
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert loads
    assert styles
    loads |= {load for style in styles for load in loads_of_style(style)}
    assert not {load for load in loads if is_elsewhere(load)}


def test_every_file_that_a_page_loads_is_there(pages: dict[Path, SitePage], site: Path) -> None:
    for path, page in pages.items():
        for load in page.loads:
            if not load.startswith("data:"):
                file, _ = target(site, path, load)
                assert file.is_file(), f"{path.name}: {load}"


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    """The README and CONTRIBUTING.md link to files of the repository."""
    for name in ("README.md", "CONTRIBUTING.md"):
        links = _LINK.findall((ROOT / name).read_text(encoding="utf-8"))
        assert links
        for link in links:
            if is_elsewhere(link):
                assert urlsplit(link).scheme == "https", link
            else:
                assert (ROOT / urlsplit(link).path).exists(), f"{name}: {link}"
