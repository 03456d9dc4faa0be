"""Which other columns are answers of the survey, known only with the rating."""

from __future__ import annotations

from collections.abc import Mapping

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.name_words import find_role, find_roles, has_role, plain_words
from forestall.importing.suggest.rating_evidence import (
    RatingColumn,
    name_rank,
    read_numbers,
)
from forestall.importing.suggest.rating_scale import find_scale
from forestall.importing.suggest.rating_words import word_rank

_NO_RATING = (
    "priority",
    "urgency",
    "impact",
    "severity",
    "class",
    "level",
    "tier",
    "age",
    "year",
    "month",
    "quantity",
    "qty",
    "number",
)


def survey_answers(profiles: Mapping[str, ColumnProfile], rating: RatingColumn | None) -> list[str]:
    """Return the other columns that look like answers of a survey: ratings by name, or several of one scale."""
    if rating is None:
        return []
    others = {name: p for name, p in profiles.items() if name != rating.column}
    named = [n for n, p in others.items() if _is_answer_by_name(p)]
    steps = [n for n, p in others.items() if is_of_steps(p)]
    alike = steps if len(steps) >= 4 else []
    return [name for name in others if name in named or name in alike]


def _is_answer_by_name(profile: ColumnProfile) -> bool:
    if has_role("holds", "length", profile.name) or find_roles("units", profile.name):
        return False
    if profile.is_flag or profile.is_free_text:
        return find_role("flags", profile.name) in ("satisfied", "dissatisfied")
    number = read_numbers(profile)
    is_scaled = number is not None and number.count() > 0 and find_scale(number) is not None
    worded = sum(isinstance(word_rank(word), int) for word in profile.words) >= 2
    return bool(find_roles("ratings", profile.name)) and (is_scaled or worded) and _rank_or_aspect(profile)


def _rank_or_aspect(profile: ColumnProfile) -> bool:
    return name_rank(profile) > 0 or has_role("ratings", "aspect", profile.name)


def is_of_steps(profile: ColumnProfile) -> bool:
    """Return whether a column has every step of a scale to 5, 7 or 10, and its name says nothing else."""
    number = profile.numbers
    if number is None or not number.count() or not profile.is_whole:
        return False
    if set(plain_words(profile.name)) & set(_NO_RATING) or find_roles("counts", profile.name):
        return False
    scale = find_scale(number)
    return scale is not None and scale[1] in (5, 7, 10) and number.drop_nulls().n_unique() >= scale[1]
