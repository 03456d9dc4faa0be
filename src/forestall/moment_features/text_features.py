"""Features of what customer and staff have written, from learnt scores of texts: the conversation so far.

A model has them if its training found that texts tell more than the counts of words by the lexicons. They join the
family `greeting`, beside the manner of the staff's words and the tone of the customer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from forestall.moment_features.family import Family, Feature
from forestall.moment_features.terms import Term, coalesce
from forestall.moment_features.text_columns import Author, TextColumn, What
from forestall.moment_features.text_score import NO_WEIGHTS, TextWeights

FAMILY = "greeting"
LOG_ODDS = f"{FAMILY}_texts_log_odds"


def text_features(weights: TextWeights) -> Sequence[Feature]:
    """Return the features of learnt scores with these weights."""
    both = Feature(
        "texts_log_odds", _log_odds(weights), "Learnt log-odds of dissatisfaction from all texts so far, the last ones first.",
        +1, "the words of the conversation, as learnt: {value}", is_sign=True,
    )  # fmt: skip
    return (both, *_of_author("customer", weights), *_of_author("staff", weights))


def _log_odds(weights: TextWeights) -> Term:
    total: Term | None = None
    for author in ("customer", "staff"):
        for what in ("last", "earlier"):
            part = coalesce(TextColumn(author, what, weights), 0.0)  # type: ignore[arg-type]  # names in a loop
            total = part if total is None else total + part
    assert total is not None
    return total + weights.intercept


def _of_author(author: Author, weights: TextWeights) -> Iterable[Feature]:
    whose, is_sign = f"the {author}'s", author == "customer"

    def feature(
        what: What, name: str, description: str, direction: int, reason: str, **ranges: float
    ) -> Feature:
        return Feature(
            f"{author}_{name}", TextColumn(author, what, weights), description, direction, reason, is_sign=is_sign, **ranges  # type: ignore[arg-type]  # ranges
        )  # fmt: skip

    yield feature("last", "text_last", f"Learnt score of {whose} last words, in log-odds.", +1,
                  f"{whose} last words, as learnt: {{value}}")  # fmt: skip
    yield feature("mean", "text_mean", f"Mean learnt score of {whose} words so far; recent ones weigh more.", +1,
                  f"{whose} words so far, as learnt: {{value}}")  # fmt: skip
    yield feature("worst", "text_worst", f"Highest learnt score of {whose} words so far.", +1,
                  f"{whose} worst words so far, as learnt: {{value}}")  # fmt: skip
    yield feature("change", "text_change", f"Learnt score of {whose} last words minus the mean of those before.", 0,
                  f"{whose} words became worse by {{value}}, as learnt")  # fmt: skip
    yield feature("repeated", "text_repeated_share", f"Share of {whose} last words that were said before.", 0,
                  f"{{value}} of {whose} last words were said before", low=0, high=1)  # fmt: skip
    yield feature("n_turns", "text_turns_n", f"Number of times that {whose} words came.", 0,
                  f"{whose} words came {{value}} {{time|times}}", low=1)  # fmt: skip
    yield feature("n_words", "text_last_words_n", f"Number of {whose} last words.", 0,
                  f"{{value}} {{word|words}} in {whose} last message", low=0)  # fmt: skip
    yield feature("n_questions", "text_last_questions_n", f"Number of questions in {whose} last words.", 0,
                  f"{{value}} {{question|questions}} in {whose} last message", low=0)  # fmt: skip


def with_text_scores(families: Iterable[Family], weights: TextWeights | None) -> tuple[Family, ...]:
    """Return families with the features of learnt scores after the others of their family; none without weights."""
    if weights is None:
        return tuple(families)
    return tuple(
        replace(family, features=(*family.features, *text_features(weights))) if family.name == FAMILY else family
        for family in families
    )  # fmt: skip


DECLARED = text_features(NO_WEIGHTS)
"""The features as the data dictionary lists them."""
