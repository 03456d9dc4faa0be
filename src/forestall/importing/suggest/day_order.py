"""Day first or month first: decided by what the values show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from forestall.importing.suggest.column_profile import share_of
from forestall.importing.suggest.time_forms import read_template

_PARTS = r"^(?:[A-Z][a-z]+,? )?(\d{1,2})[-/. ](\d{1,2})[-/. ]\d"
_YEAR_FIRST = r"^\d{4}[-/.](\d{1,2})[-/.](\d{1,2})(?:\D|$)"
_NEAR = 14 * 86_400_000_000


@dataclass(frozen=True)
class DayOrder:
    """Whether the day comes first.

    Parameters
    ----------
    day_first
        The better guess.
    reason
        What decides it; empty if nothing does.
    """

    day_first: bool
    reason: str = ""


def order_by_values(text: pl.Series) -> DayOrder | None:
    """Return the order if a part above 12 decides it, else None."""
    parts = text.drop_nulls().str.extract_groups(_PARTS).struct.unnest().cast(pl.Int32, strict=False)
    first, second = parts.to_series(0), parts.to_series(1)
    n_first, n_second = int((first > 12).sum()), int((second > 12).sum())
    if n_first and n_first > 20 * n_second:
        return DayOrder(True, f"day first: in {_of_rows(n_first, len(text))} the first part is above 12")
    if n_second and n_second > 20 * n_first:
        return DayOrder(False, f"month first: in {_of_rows(n_second, len(text))} the second part is above 12")
    return None


def is_day_before_month(text: pl.Series) -> bool:
    """Return whether dates that begin with the year go on with the day: a second part is above 12, and no third one."""
    parts = text.drop_nulls().str.extract_groups(_YEAR_FIRST).struct.unnest().cast(pl.Int32, strict=False)
    n_second, n_third = int((parts.to_series(0) > 12).sum()), int((parts.to_series(1) > 12).sum())
    return n_second > 20 * n_third and n_second > 0


def _of_rows(n: int, n_rows: int) -> str:
    return f"{n:,} of {n_rows:,} rows looked at"


def order_by_rows(text: pl.Series, template: str) -> DayOrder | None:
    """Return the order if only one of both makes the times rise (or fall) from row to row, else None."""
    shares = [_sorted_share(read_template(text, fill_order(template, first))) for first in (True, False)]
    best = max(shares)
    if best < 0.97 or min(shares) > best - 0.03:
        return None
    day_first = shares[0] == best
    return DayOrder(day_first, f"{_first(day_first)}: only so the times follow the order of the rows")


def _sorted_share(times: pl.Series) -> float:
    steps = times.drop_nulls().diff().drop_nulls().dt.total_microseconds()
    if len(steps) < 10:
        return 0.0
    back, ahead = int((steps < 0).sum()), int((steps > 0).sum())
    return 1 - min(back, ahead) / len(steps)


def order_by_other_times(text: pl.Series, template: str, others: Sequence[pl.Series]) -> DayOrder | None:
    """Return the order if only one of both puts the times near other times of the same rows, else None."""
    for other in others:
        near = []
        for first in (True, False):
            apart = (read_template(text, fill_order(template, first)) - other).drop_nulls()
            is_near = apart.dt.total_microseconds().abs() <= _NEAR
            near.append(share_of(is_near) if len(apart) >= 10 else 0.0)
        if max(near) >= 0.6 and min(near) < max(near) - 0.25:
            day_first = near[0] > near[1]
            return DayOrder(
                day_first, f"{_first(day_first)}: only so the times lie near column '{other.name}'"
            )
    return None


def guess_order(template: str) -> DayOrder:
    """Return the usual order of a template when its values decide nothing."""
    if template.startswith("%1."):
        return DayOrder(True, "day first, as usual with points")
    return DayOrder("%p" not in template)


def _first(day_first: bool) -> str:
    return "day first" if day_first else "month first"


def fill_order(template: str, day_first: bool) -> str:
    """Return a template with its open parts filled.

    Examples
    --------
    >>> fill_order("%1/%2/%Y", day_first=False)
    '%m/%d/%Y'
    """
    first, second = ("%d", "%m") if day_first else ("%m", "%d")
    return template.replace("%1", first).replace("%2", second)
