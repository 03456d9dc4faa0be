"""Numbers, durations and names as readers see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

UNDEFINED = "–"
METHODS = {
    "risk": "this model",
    "logistic": "logistic regression",
    "raw": "LightGBM's defaults (raw columns)",
    "rule": "rule (standard breached or unresolved)",
    "wait": "waiting time alone",
    "base_rate": "base rate",
}
"""Names of the model and of the baselines, by the suffix of their risk column."""

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def percent(share: Any, digits: int = 0) -> str:
    """Return a share as a percentage; a dash if it is undefined."""
    return UNDEFINED if is_undefined(share) else f"{100 * share:.{digits}f}\u00a0%"


def number(value: Any, digits: int = 3) -> str:
    """Return a number; integers with a thin space between thousands, a dash if it is undefined."""
    if is_undefined(value):
        return UNDEFINED
    if isinstance(value, int) or (float(value).is_integer() and abs(value) >= 1):
        return f"{int(value):,}".replace(",", "\u2009")
    return f"{value:.{digits}f}"


def points(share: float, digits: int = 1) -> str:
    """Return a difference of shares in percentage points, with its sign; a dash if it is undefined."""
    return UNDEFINED if is_undefined(share) else f"{100 * share:+.{digits}f}"


def percent_range(low: Any, high: Any, digits: int = 1) -> str:
    """Return both ends of an interval of shares; one dash if they are undefined."""
    if is_undefined(low):
        return UNDEFINED
    return f"{percent(low, digits)} to {percent(high, digits)}"


def number_range(low: Any, high: Any, digits: int = 3) -> str:
    """Return both ends of an interval of numbers; one dash if they are undefined."""
    if is_undefined(low):
        return UNDEFINED
    return f"{number(low, digits)} to {number(high, digits)}"


def given_percent(share: float) -> str:
    """Return a share from a settings file as a percentage, with the digits that it was written with."""
    return f"{100 * share:.4g}\u00a0%"


def amount(value: float) -> str:
    """Return an amount of money or of contacts: rounded to an integer from 10 on."""
    whole = round(value)
    return number(whole if abs(value) >= 10 or value == whole else round(value, 1), 1)


def duration(seconds: float) -> str:
    """Return a duration in one fitting unit.

    Examples
    --------
    >>> duration(90), duration(7200)
    ('90 seconds', '2 hours')
    """
    for size, unit in ((_DAY_S, "days"), (_HOUR_S, "hours"), (_MINUTE_S, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def plain_name(name: str) -> str:
    """Return a name of the code with blanks instead of underscores."""
    return name.replace("_", " ")


def enumeration(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    Examples
    --------
    >>> enumeration(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def is_undefined(value: Any) -> bool:
    """Return whether a figure is missing: None, NaN or infinite."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))
