"""Which column is the customer's rating, its scale, and which end is the bad one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from forestall.importing.suggest.column_profile import FALSE, ColumnProfile, share_of
from forestall.importing.suggest.name_words import find_role, find_roles, plain_words
from forestall.importing.suggest.rating_scale import (
    BAD_SHARES,
    MAX_STEPS,
    find_scale,
    has_six_steps,
    outside_scale,
)
from forestall.importing.suggest.rating_words import is_picture, without_ties, word_rank
from forestall.importing.values.ratings import parse_ratings

_STARS = r"^[★☆⭐*]+½?[☆]*$"
_SCALE_FIRST = r"^\D{0,3}(\d+)\D{1,4}(?:中|のうち|得)\D{0,3}(\d+(?:\.\d+)?)"
_NUMBER_AND_WORDS = r"^(\d+(?:\.\d+)?)\b\s*[-–:.(]?\s*\D*$|^\D+[-–:(\s](\d+(?:\.\d+)?)\)?$"
_FRACTION = r"^(\d+(?:[.,]\d+)?)\s*(?:/|of|out of|von|av|af)\s*(\d+)$"
_PERCENT = r"^(\d+(?:[.,]\d+)?)\s*%$"
_NOT_THE_RATING = {
    "id", "date", "at", "timestamp", "count", "counts", "comment", "notes", "target", "text", "average", "avg", "mean",
    "total", "number", "words", "confidence", "link", "url",
}  # fmt: skip
_NEUTRAL = {
    "score", "grade", "customer", "client", "user", "service", "overall", "total", "final", "agent", "call", "visit",
    "punkte", "schulnote", "karakter", "nota", "cijfer", "do", "cliente", "kunde", "kunden", "experience", "quality",
}  # fmt: skip
_EASE = "does a higher number mean more effort? Where 7 is easy, it means less: then leave 'values' out"


@dataclass(frozen=True)
class RatingColumn:
    """The customer's rating.

    Parameters
    ----------
    column, source
        The column, and what the mapping writes for it.
    score
        The rating of each row of the sample as it will be imported: higher is better.
    scale, bad
        Lowest and highest rating, and the highest that counts as dissatisfied.
    reason, question
        What decided the direction, or what could not be decided.
    """

    column: str
    source: Any
    score: pl.Series
    scale: tuple[float, float]
    bad: float
    reason: str = ""
    question: str = ""


def find_rating(profiles: Mapping[str, ColumnProfile]) -> RatingColumn | None:
    """Return the column that is the customer's rating, or None if there is none."""
    ranked = [(rank, -place, p) for place, p in enumerate(profiles.values()) if (rank := name_rank(p)) > 0]
    ordered = sorted(ranked, key=lambda one: one[:2], reverse=True)
    for _, _, profile in ordered:
        found = _flag_rating(profile) or _beside_outliers(profile) or _number_rating(profile)
        rating = found or _word_rating(profile) or _number_beside_word(profile)
        if rating:
            return _beside_better(rating, [one for *_, one in ordered])
    return _sentiment(profiles)


def _beside_better(rating: RatingColumn, ordered: list[ColumnProfile]) -> RatingColumn:
    """Return a rating with a question if a column of numbers says more by its name, but is on no scale."""
    better = ordered[: [one.name for one in ordered].index(rating.column)]
    if rating.question or not (odd := [one.name for one in better if one.numbers is not None]):
        return rating
    return replace(rating, question=f"is '{odd[0]}' the rating? Its numbers are on no usual scale")


def _sentiment(profiles: Mapping[str, ColumnProfile]) -> RatingColumn | None:
    """Return the column of the customer's mood, where no other says what the customer thought."""
    moods = [p for p in profiles.values() if "sentiment" in plain_words(p.name)]
    found = [rating for profile in moods if profile.words and (rating := _word_rating(profile))]
    if not found:
        return None
    best = max(found, key=lambda one: one.score.count())
    question = "is it what the customer said, or what a program read from the words?"
    return replace(best, question=f"{question} {best.question}".strip())


def name_rank(profile: ColumnProfile) -> float:
    """Return how much the name speaks of a rating; 0 if it does not."""
    if set(plain_words(profile.name)) & _NOT_THE_RATING:
        return 0.0
    worth = {"better_higher": 3.0, "nps": 2.3, "worse_higher": 2.2, "vague": 1.0}
    found = {role: n for role, n in find_roles("ratings", profile.name)}
    flag = profile.is_flag and find_role("flags", profile.name) in ("satisfied", "dissatisfied")
    if not flag and not found:
        return 0.8 if _looks_rated(profile) else 0.0
    if not flag and "aspect" in found:
        return 0.0
    n_words = len(plain_words(profile.name))
    if "vague" in found and set(plain_words(profile.name)) - _NEUTRAL:
        del found["vague"]  # such as the score of a credit, or of how much a product is used
    best = max(
        (worth[role] + 0.5 * min(n, 2) - 0.05 * n_words for role, n in found.items() if role in worth),
        default=0,
    )
    return max(best, 2.0) if flag else best


def _looks_rated(profile: ColumnProfile) -> bool:
    """Return whether the contents themselves are ratings: `4/5`, stars, `4 - Satisfied`, or words of a rating.

    Yes, no, up and the like say too little.
    """
    if profile.n_distinct > 1 and any(_all(profile, one) for one in (_STARS, _FRACTION, _SCALE_FIRST)):
        return True  # one text alone, such as `****`, hides something
    if profile.n_distinct > 1 and _all(profile, _NUMBER_AND_WORDS) and profile.numbers is None:
        ranks = [word_rank(word.strip("0123456789 -–:.()")) for word in profile.words]
    else:
        ranks = [word_rank(word) for word in profile.words if len(word) > 2 or is_picture(word)]
    is_known = "unknown" not in ranks and len(ranks) == profile.n_distinct
    return is_known and len({rank for rank in ranks if rank is not None}) > 1


def _flag_rating(profile: ColumnProfile) -> RatingColumn | None:
    if not profile.is_flag or profile.n_distinct < 2:
        return None
    role = find_role("flags", profile.name)
    if role not in ("satisfied", "dissatisfied"):
        return None
    yes = 1.0 if role == "dissatisfied" else 5.0
    values = {word: 6 - yes if word.lower() in FALSE else yes for word in sorted(profile.words)}
    score = profile.text.replace_strict(values, default=None, return_dtype=pl.Float64)
    reason = f"yes means {role}, by its name"
    return RatingColumn(profile.name, _with_values(profile, values), score, (1, 5), 2, reason)


def _with_values(profile: ColumnProfile, values: Mapping[str, float | None]) -> dict[str, Any]:
    written = {word: None if value is None else _whole(value) for word, value in values.items()}
    return {"column": profile.name, "values": written}


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value


def read_numbers(profile: ColumnProfile) -> pl.Series | None:
    """Return a column of ratings as numbers, also of `4 - Satisfied`, `4/5`, `80 %` and stars; None if it has none."""
    if profile.numbers is not None and not _all(profile, _PERCENT):
        return profile.numbers
    text = profile.text
    if _all(profile, _STARS) or _all(profile, _SCALE_FIRST):
        return parse_ratings(text)
    for pattern in (_FRACTION, _PERCENT):
        if _all(profile, pattern):
            return text.str.extract(pattern).str.replace(",", ".").cast(pl.Float64)
    if _all(profile, _NUMBER_AND_WORDS) and profile.n_distinct <= MAX_STEPS:
        groups = [text.str.extract(_NUMBER_AND_WORDS, i) for i in (1, 2)]
        return groups[0].zip_with(groups[0].is_not_null(), groups[1]).cast(pl.Float64)
    return None


def _all(profile: ColumnProfile, pattern: str) -> bool:
    return profile.n_filled > 0 and profile.text.drop_nulls().str.contains(pattern).mean() == 1


def _number_rating(profile: ColumnProfile) -> RatingColumn | None:
    number = read_numbers(profile)
    if number is None or not number.count() or profile.is_flag:
        return None
    role = find_role("ratings", profile.name) or "vague"
    scale = find_scale(number, top=_written_top(profile), is_nps=role == "nps", is_named=role != "vague")
    if scale is None:
        return None
    low, high = scale
    is_graded = role != "nps" and _written_top(profile) is None and has_six_steps(number)
    if is_graded:
        low, high = scale = (1, 6)
    bad = 6 if role == "nps" and high == 10 else BAD_SHARES[int(high)]
    if role != "worse_higher":
        question = "" if role != "vague" else f"is {high:g} the best rating? Neither name nor values say it"
        if is_graded:
            question = (
                "is 6 the best rating? Of German school grades it is the worst: then turn it with `values`"
            )
        if not question and _is_mean(number, high):
            question = "is it one customer's rating, or the mean of many? Its values have decimals"
        reason = "a higher number is better, by its name" if role != "vague" else ""
        return RatingColumn(profile.name, profile.name, number, scale, bad, reason, question)
    if (number.drop_nulls() % 1 != 0).any() or high - low > 10:
        question = "a higher number looks worse: turn it around with `values`"
        return RatingColumn(profile.name, profile.name, number, scale, bad, "", question)
    turned = {str(step): low + high - step for step in range(int(low), int(high) + 1)}
    reason = f"turned around: a higher number is worse, by its name; 1 becomes {low + high - 1:g}"
    is_effort = {"effort", "ces"} & set(plain_words(profile.name))
    question = _EASE if is_effort and high == 7 else ""  # the scale of 5 counts effort
    source = _with_values(profile, turned)
    return RatingColumn(profile.name, source, low + high - number, scale, bad, reason, question)


def _number_beside_word(profile: ColumnProfile) -> RatingColumn | None:
    """Return a rating of numbers beside which one word, such as `Not given`, says that there is none."""
    if profile.raw.dtype != pl.String:
        return None
    words = [word for word in profile.words if not any(char.isdigit() for char in word)]
    if len(words) != 1 or isinstance(word_rank(words[0]), int):
        return None
    question = f"is '{words[0]}' no rating?" if word_rank(words[0]) == "unknown" else ""
    return _without(profile, profile.text == words[0], words, question)


def _beside_outliers(profile: ColumnProfile) -> RatingColumn | None:
    """Return a rating of numbers of which very few are far outside the scale; they count as no rating."""
    number = profile.numbers
    if number is None or not (outside := outside_scale(number)).any():
        return None
    odd = profile.text.filter(outside) if profile.raw.dtype == pl.String else number.filter(outside)
    words = [word if isinstance(word, str) else f"{word:g}" for word in odd.unique().sort()]
    share = f"{outside.sum()} of {number.count():,} are outside the scale of the others"
    question = f"is {', '.join(words)} no rating? {share}"
    return _without(profile, outside, words, question)


def _without(
    profile: ColumnProfile, cells: pl.Series, words: list[str], question: str
) -> RatingColumn | None:
    """Return the rating of a column without some of its cells, whose words the mapping says to be no rating."""
    rating = _number_rating(ColumnProfile(profile.name, profile.raw.set(cells.fill_null(False), None)))
    if rating is None:
        return None
    turned = rating.source["values"] if isinstance(rating.source, dict) else {}
    source = _with_values(profile, {**turned, **dict.fromkeys(words)})
    return replace(rating, source=source, question=rating.question or question)


def _is_mean(number: pl.Series, best: float) -> bool:
    """Return whether ratings of up to ten steps lie between the steps and the halves, as means do."""
    return best <= 10 and share_of((number.drop_nulls() * 2) % 1 != 0) > 0.2


def _written_top(profile: ColumnProfile) -> float | None:
    """Return the best rating that the contents themselves name, such as 5 of `4/5`, or None."""
    if _all(profile, _PERCENT):
        return 100.0
    if _all(profile, _FRACTION):
        tops = profile.text.str.extract(_FRACTION, 2).cast(pl.Float64).drop_nulls().unique()
        return float(tops[0]) if len(tops) == 1 and tops[0] in BAD_SHARES else None
    if _all(profile, _SCALE_FIRST):
        tops = profile.text.str.extract(_SCALE_FIRST, 1).cast(pl.Float64).drop_nulls().unique()
        return float(tops[0]) if len(tops) == 1 and tops[0] in BAD_SHARES else None
    if _all(profile, _STARS):
        return float(profile.text.str.count_matches("[★☆⭐*½]").drop_nulls().sort(descending=True)[0])
    return None


def _word_rating(profile: ColumnProfile) -> RatingColumn | None:
    if not profile.words or profile.numbers is not None:
        return None
    ranks = {word: word_rank(word) for word in profile.words}
    known = without_ties({word: rank for word, rank in ranks.items() if isinstance(rank, int)})
    if len(set(known.values())) < 2:
        return None
    steps = sorted(set(known.values()))
    if len(steps) == 2:  # good and bad
        values: dict[str, float | None] = {
            word: 1.0 if rank == steps[0] else 5.0 for word, rank in known.items()
        }
    else:
        values = {word: float(rank) for word, rank in known.items()}
    unknown = sorted(word for word, rank in ranks.items() if rank == "unknown")
    values |= {word: None for word in ranks if word not in known}
    score = profile.text.replace_strict(values, default=None, return_dtype=pl.Float64)
    question = f"which ratings are {', '.join(unknown)}? They count as no rating" if unknown else ""
    source = _with_values(profile, dict(sorted(values.items())))
    return RatingColumn(profile.name, source, score, (1, 5), 2, "by its words", question)
