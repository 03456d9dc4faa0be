"""The page of the simulated company: the file that stands beside its code."""

from __future__ import annotations

from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "forestall" / "simulation" / "README.md"


def page() -> str:
    """Return the page in Markdown."""
    return SOURCE.read_text(encoding="utf-8")
