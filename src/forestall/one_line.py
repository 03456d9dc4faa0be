"""Results in one line, as a notebook shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 80  # characters of a text


def one_line(kind: str, figures: Mapping[str, Any]) -> str:
    """Return figures as one line: of a list or a mapping its length, and of a long text its beginning.

    Parameters
    ----------
    kind
        The name of the class.
    figures
        The figures by name.

    Examples
    --------
    >>> one_line("Report", {"name": "risk", "auc": 0.81234567, "notes": ["a", "b"], "counts": {"train": 3}})
    "Report(name='risk', auc=0.8123, notes=[2], counts={1})"
    """
    return f"{kind}({', '.join(f'{name}={_short(value)}' for name, value in figures.items())})"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{len(value)}}}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else value[:_LONGEST] + "…")
    if isinstance(value, Sequence):
        return f"[{len(value)}]"
    return repr(value)
