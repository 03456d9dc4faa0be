"""The key of a source: which column tells one interaction from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from forestall.importing.suggest.column_profile import ColumnProfile, share_of
from forestall.importing.suggest.name_words import find_roles, has_role, plain_words
from forestall.importing.suggest.time_evidence import TimeColumn

_ROW_WORDS = {
    "event",
    "message",
    "msg",
    "log",
    "entry",
    "line",
    "row",
    "index",
    "activity",
    "history",
    "unnamed",
}
_OF_OTHERS = {
    "customer_id",
    "staff",
    "assignee",
    "venue",
    "product",
    "product_category",
    "personal",
    "survey_key",
}
_CALENDAR = {"week", "month", "year", "quarter", "hour", "weekday"}
"""Such as of `Week number`, which is no key."""
_COUNTED = {"count", "counts", "total"}
_COUNTS = {("number", "of"), ("num", "of"), ("nr", "of"), ("no", "of")}
NEARLY_ALL = 0.95
_BUT_FOR_MISTAKES = 0.98
_DIGITS = 6
_FEWEST_CASES = 0.01


@dataclass(frozen=True)
class Key:
    """The key of the interactions.

    Parameters
    ----------
    column
        Its column, or None if no column identifies a row.
    is_unique
        Whether each row has a key of its own.
    reason, question
        What decided it, or what could not be decided.
    """

    column: str | None
    is_unique: bool = True
    reason: str = ""
    question: str = ""


def find_key(profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]) -> Key:
    """Return the key of a source's rows: a unique column, by its name and its place; else one that repeats."""
    unique = [p for p in profiles.values() if p.is_unique and p.name not in times and p.words_per_cell < 1.5]
    named = [p for p in unique if key_rank(p.name) > 0]
    if named:
        best = max(
            named, key=lambda p: (-p.name.count("."), key_rank(p.name))
        )  # rather `id` than `metrics.ticket_id`
        return Key(best.name, reason="no two rows have the same")
    repeated = [
        p
        for p in profiles.values()
        if can_repeat(p, times)
        and (_keeps_a_time(p, times) or p.n_distinct >= _BUT_FOR_MISTAKES * p.n_filled)
    ]
    if repeated:
        best = max(repeated, key=lambda p: (key_rank(p.name), p.n_distinct))
        share = best.n_distinct / best.n_filled
        if share > (0.5 if times else NEARLY_ALL):  # without times no row of a key is the newest
            return Key(best.name, is_unique=False, reason=f"{1 - share:.1%} of the rows repeat a key")
    if (same := _key_by_times(profiles, times)) is not None:
        share = same.n_distinct / same.n_filled
        question = f"does '{same.name}' identify an interaction? Rows with the same have the same times"
        return Key(
            same.name, is_unique=False, reason=f"{1 - share:.1%} of the rows repeat a key", question=question
        )
    others = [
        p for p in unique if not p.raw.dtype.is_float() and not is_key_of_others(p.name) and _is_long_code(p)
    ]
    if others:
        question = "does this column identify an interaction? No two rows have the same"
        return Key(others[0].name, question=question)
    asked = [p for p in profiles.values() if can_repeat(p, times) and not is_row_key(p.name)]
    if repeated := [p for p in asked if p.n_distinct > max(2, _FEWEST_CASES * p.n_filled)]:
        best = max(repeated, key=lambda p: (key_rank(p.name), p.n_distinct))
        question = (
            f"are all rows with one '{best.name}' one interaction? Then map them by `event_log: {{case: …}}`"
        )
        return Key(None, question=f"no column identifies a row; {question}")
    return Key(None, question="no column identifies a row; which columns tell one interaction from another?")


def _is_code(profile: ColumnProfile) -> bool:
    return profile.numbers is None or profile.is_whole


def _is_long_code(profile: ColumnProfile) -> bool:
    """Return whether a column has codes: words, or whole numbers that are too long to count something."""
    is_number = profile.raw.dtype != pl.String
    return _is_code(profile) and not (is_number and share_of(profile.text.str.len_chars() >= _DIGITS) < 1)


def _key_by_times(
    profiles: Mapping[str, ColumnProfile], times: Mapping[str, TimeColumn]
) -> ColumnProfile | None:
    """Return the column of codes that repeats with its times: rows with one key are of one interaction; or None."""
    for profile in profiles.values():
        is_filled = profile.n_filled == len(profile.text) and profile.words_per_cell < 1.5
        is_many = profile.n_distinct > max(0.2 * profile.n_filled, 20)
        if profile.name in times or not (is_filled and is_many and _is_code(profile)):
            continue
        if is_key_of_others(profile.name) or not times:
            continue
        if _keeps_a_time(profile, times, n_fewest=20):
            return profile
    return None


def _keeps_a_time(profile: ColumnProfile, times: Mapping[str, TimeColumn], n_fewest: int = 0) -> bool:
    """Return whether rows with the same key nearly always share one of the times, as one interaction has its start.

    Other rows are of several interactions, such as all reviews by one person. True where nothing can be compared.
    """
    rows = pl.DataFrame([profile.text.alias("key"), *(t.values.alias(name) for name, t in times.items())])
    several = rows.drop_nulls("key").filter(pl.len().over("key") > 1)
    if not times or several.height < max(n_fewest, 1):
        return n_fewest == 0
    same = several.group_by("key").agg(pl.exclude("key").n_unique() == 1)
    return max(share_of(same[name]) for name in times) > 0.9


def key_rank(name: str) -> float:
    """Return how much a name speaks of a key of interactions; 0 if it does not."""
    words = next((n for role, n in find_roles("holds", name) if role == "key"), 0)
    own = plain_words(name)
    if not words or has_role("holds", "clean", name) or _CALENDAR & set(own) or _is_count(own):
        return 0.0
    return 0.1 if is_key_of_others(name) else float(words)


def _is_count(words: tuple[str, ...]) -> bool:
    """Return whether words say how many, not which, such as `Number of items` and `NumWebVisits`."""
    is_plural = len(words) > 1 and len(words[-1]) > 3 and words[-1].endswith("s")
    is_number = words[:1] in (("num",), ("number",)) and is_plural
    return is_number or bool(_COUNTED & set(words) or _COUNTS & set(pairwise(words)))


def is_key_of_others(name: str) -> bool:
    """Return whether a name is that of the key of a customer, a product or a place, not of an interaction."""
    return any(role in _OF_OTHERS for role, _ in find_roles("categories", name)[:1])


def can_repeat(profile: ColumnProfile, times: Mapping[str, TimeColumn]) -> bool:
    """Return whether a column is filled and called like a key, so that its rows can be of one case."""
    is_filled = profile.n_filled >= 0.95 * len(profile.text) and profile.n_distinct > 1
    n_words = 1.5 if key_rank(profile.name) < 2 else 3.0
    is_id = key_rank(profile.name) >= 1 and profile.name not in times and profile.words_per_cell < n_words
    return is_filled and is_id and _is_code(profile)


def is_row_key(name: str) -> bool:
    """Return whether a name is that of the key of a row, an event or a message, and not of an interaction."""
    return bool(_ROW_WORDS & set(plain_words(name)))
