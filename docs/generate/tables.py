"""Markdown tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; a bar in a cell is escaped, and a line break becomes a blank."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(_cell(one) for one in line) + " |" for line in lines)


def code(text: object) -> str:
    """Return the text as code; a bar in it would end a cell, and is written in HTML."""
    if "|" in str(text):
        return f"<code>{html.escape(str(text), quote=False).replace('|', '&#124;')}</code>"
    return f"`{text}`"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
