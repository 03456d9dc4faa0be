"""The list of decisions, from the files in docs/decisions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tables import markdown_table

DOCS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Decision:
    """One decision: its file, title and date."""

    path: str
    title: str
    date: str


def read() -> list[Decision]:
    """Return all decisions, in the order of their numbers.

    Raises
    ------
    ValueError
        A file does not begin with a title and a date.
    """
    return [_decision(path) for path in sorted((DOCS / "decisions").glob("[0-9]*.md"))]


def _decision(path: Path) -> Decision:
    found = re.match(r"# (.+)\n\n\*(\d{4}-\d{2}-\d{2})\*\n", path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.name} must begin with '# title', an empty line and '*YYYY-MM-DD*'")
    return Decision(path.relative_to(DOCS).as_posix(), found[1], found[2])


def table() -> str:
    """Return the table of decisions."""
    rows = [(f"[{one.title}]({Path(one.path).name})", one.date) for one in read()]
    return markdown_table(["decision", "date"], rows)
