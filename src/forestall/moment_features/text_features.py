"""Features of what customer and staff have written, from learnt scores of texts: the conversation so far.

A model has them if its training found that texts tell more than the counts of words by the lexicons. They join the
family `greeting`, beside the manner of the staff's words and the tone of the customer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from forestall.moment_features.family import Family, Feature
from forestall.moment_features.terms import Term, coalesce
from forestall.moment_features.text_columns import AUTHORS, Author, TextColumn, What
from forestall.moment_features.text_score import TextWeights

FAMILY = "greeting"
_ADDED: tuple[What, ...] = ("last", "earlier")
LOG_ODDS = f"{FAMILY}_texts_log_odds"


def text_features(weights: TextWeights) -> Sequence[Feature]:
    """Return the features of learnt scores with these weights."""
    both = Feature(
        "texts_log_odds", _log_odds(weights),
        "Learnt log-odds of dissatisfaction from all texts so far; the last ones weigh most.", +1,
        "the words of the conversation, as learnt: {value}", is_sign=True,
    )  # fmt: skip
    return (both, *_of_author("customer", weights), *_of_author("staff", weights))


def _log_odds(weights: TextWeights) -> Term:
    parts = [TextColumn(author, what, weights) for author in AUTHORS for what in _ADDED]
    total = coalesce(parts[0], 0.0)
    for part in parts[1:]:
        total = total + coalesce(part, 0.0)
    return total + weights.intercept


def _of_author(author: Author, weights: TextWeights) -> Iterable[Feature]:
    whose, is_sign = f"the {author}'s", author == "customer"

    def text(what: What) -> TextColumn:
        return TextColumn(author, what, weights)

    return [
        Feature(f"{author}_text_last", text("last"), f"Learnt score of {whose} last words, in log-odds.", +1,
                f"{whose} last words, as learnt: {{value}}", is_sign=is_sign),
        Feature(f"{author}_text_mean", text("mean"), f"Mean learnt score of {whose} words so far; recent ones weigh more.", +1,
                f"{whose} words so far, as learnt: {{value}}", is_sign=is_sign),
        Feature(f"{author}_text_worst", text("worst"), f"Highest learnt score of {whose} words so far.", +1,
                f"{whose} worst words so far, as learnt: {{value}}", is_sign=is_sign),
        Feature(f"{author}_text_change", text("change"), f"Learnt score of {whose} last words minus the mean of those before.",
                reason=f"change in {whose} words, as learnt: {{value}}", is_sign=is_sign),
        Feature(f"{author}_text_repeated_share", text("repeated"), f"Share of {whose} last words that were said before.",
                reason=f"{{value}} of {whose} last words were said before", low=0, high=1, is_sign=is_sign),
        Feature(f"{author}_text_turns_n", text("n_turns"), f"Number of times at which {whose} texts came so far.",
                reason=f"{whose} words came {{value}} {{time|times}}", low=1, is_sign=is_sign),
        Feature(f"{author}_text_last_words_n", text("n_words"), f"Number of words in {whose} last texts.",
                reason=f"{{value}} {{word|words}} in {whose} last message", low=0, is_sign=is_sign),
        Feature(f"{author}_text_last_questions_n", text("n_questions"), f"Number of questions in {whose} last texts.",
                reason=f"{{value}} {{question|questions}} in {whose} last message", low=0, is_sign=is_sign),
    ]  # fmt: skip


def with_text_scores(families: Iterable[Family], weights: TextWeights | None) -> tuple[Family, ...]:
    """Return families with the features of learnt scores after the others of their family; none without weights."""
    if weights is None:
        return tuple(families)
    return tuple(
        replace(family, features=(*family.features, *text_features(weights))) if family.name == FAMILY else family
        for family in families
    )  # fmt: skip
