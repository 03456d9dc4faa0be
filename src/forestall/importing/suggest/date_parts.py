"""A date whose year, month and day stand in three columns."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile, share_of
from forestall.importing.suggest.name_words import plain_words

_FILLERS = {"date", "of", "the", "number", "num", "name"}
_MONTH_NAME = r"^[A-Za-z]{3,9}$"


def find_date_parts(profiles: Sequence[ColumnProfile]) -> list[tuple[tuple[str, str, str], str, pl.Series]]:
    """Return the columns of year, month and day that belong together, with the format and the days of their rows."""
    groups: dict[frozenset[str], dict[str, ColumnProfile]] = {}
    for profile in profiles:
        words = set(plain_words(profile.name))
        part = (
            "year" if "year" in words else "day" if "day" in words else "month" if "month" in words else None
        )
        if part and "week" not in words and profile.n_filled:
            own = frozenset(words - {"year", "month", "day"} - _FILLERS)
            groups.setdefault(own, {}).setdefault(part, profile)
    found = (_read(parts) for parts in groups.values() if len(parts) == 3)
    return [one for one in found if one is not None]


def _read(parts: dict[str, ColumnProfile]) -> tuple[tuple[str, str, str], str, pl.Series] | None:
    year, month, day = parts["year"], parts["month"], parts["day"]
    if not all(p.is_whole for p in (year, day)):
        return None
    is_named = share_of(month.text.drop_nulls().str.contains(_MONTH_NAME)) == 1
    is_short = is_named and bool((month.text.drop_nulls().str.len_chars() == 3).all())
    form = "%Y %m %d" if not is_named else "%Y %b %d" if is_short else "%Y %B %d"
    text = pl.select(
        pl.concat_str(pl.Series(year.text), pl.Series(month.text), pl.Series(day.text), separator=" ")
    )
    days = text.to_series().str.to_date(form, strict=False).cast(pl.Datetime("us")).alias(year.name)
    if share_of(days.is_not_null()) < 0.95 * year.n_filled / len(days):
        return None
    return (year.name, month.name, day.name), form, days
