"""The names of columns in a header: without blanks around them, each once."""

from __future__ import annotations

from collections.abc import Sequence


def clean_names(names: Sequence[str]) -> list[str]:
    """Return the names of columns without blanks around them; a name that stands twice gets a number.

    The second `Name` becomes `Name (2)`, and a third column without a name `column 3`.
    """
    seen: dict[str, int] = {}
    clean = []
    for i, name in enumerate(names):
        plain = name.strip().strip("\ufeff") or f"column {i + 1}"
        seen[plain] = seen.get(plain, 0) + 1
        clean.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return clean
