"""The pages of the built manual: their anchors, their links and what they load."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {
    "audio": "src", "embed": "src", "iframe": "src", "img": "src", "input": "src", "link": "href", "object": "data",
    "script": "src", "source": "src", "track": "src", "use": "href", "video": "src",
}  # fmt: skip
"""By element, the attribute that names what a browser loads."""
NOT_LOADED = {"canonical", "next", "prev", "alternate", "edit"}
"""Relations of a `link` that only name another page."""
_IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""")


@dataclass
class SitePage(HTMLParser):
    """What one page holds."""

    path: Path
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up an element."""
        told = {name: value or "" for name, value in attrs}
        self.anchors |= {told[name] for name in ("id", "name") if name in told}
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        is_named_only = tag == "link" and bool(NOT_LOADED & set(told.get("rel", "").split()))
        if tag in LOADING and LOADING[tag] in told and not is_named_only:
            self.loads.append(told[LOADING[tag]])
        self.loads += [part.split()[0] for part in told.get("srcset", "").split(",") if part.strip()]
        self.loads += loads_of_style(told.get("style", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up an element that ends at once."""
        self.handle_starttag(tag, attrs)


def loads_of_style(style: str) -> list[str]:
    """Return what a style sheet loads."""
    return _IN_STYLE.findall(style)


def is_elsewhere(address: str) -> bool:
    """Return whether an address names another host."""
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme not in {"", "data"}


def target(site: Path, page: Path, link: str) -> tuple[Path, str]:
    """Return the file and the anchor that a link of a page names; `/` is the site's own root."""
    parts = urlsplit(link)
    place = unquote(parts.path)
    base = site.resolve() if place.startswith("/") else page.parent
    file = (base / place.lstrip("/")).resolve() if place else page.resolve()
    return (file / "index.html" if file.is_dir() else file), unquote(parts.fragment)
