"""Tables of reviews: each row is a rating with its words, and nothing in it came before."""

from __future__ import annotations

import re

from forestall.importing.suggest.column_profile import ColumnProfile, share_of
from forestall.importing.suggest.decide_categories import identifier
from forestall.importing.suggest.draft import Draft
from forestall.importing.suggest.length_names import is_known_before, is_outcome
from forestall.importing.suggest.name_words import find_role, has_role, plain_words
from forestall.importing.suggest.rating_words import word_rank
from forestall.importing.suggest.scene import Scene
from forestall.importing.suggest.survey_answers import is_of_steps
from forestall.importing.suggest.time_evidence import TimeColumn

_MOST, _MOST_OF_SURVEY, _LEAST_RATED = 0.8, 0.5, 0.98
_QUESTION = re.compile(r"^Q\d+(?:_\d+)?$|\[[^\]]+\]$")
_LONG_NAME = 6
_ISSUES = {
    *(
        "ticket",
        "tickets",
        "issue",
        "issues",
        "incident",
        "incidents",
        "case",
        "cases",
        "request",
        "requests",
        "fall",
    ),
    *(
        "complaint",
        "complaints",
        "sag",
        "sager",
        "vorgang",
        "jira",
        "zendesk",
        "freshdesk",
        "problem",
        "reported",
    ),
}
_OF_SURVEY = {"progress", "finished", "seed", "status", "collector", "token", "page"}
_ANSWERS = {"reply", "replies", "response", "responded"}
_COUNTED_LATER = {
    "thumbsup",
    "upvote",
    "useful",
    "funny",
    "cool",
    "likes",
    "votes",
    "vote",
    "upvotes",
    "thumbs",
    "replies",
    "views",
}
_TOLD_BY_WORDS = {
    "topic",
    "topics",
    "theme",
    "aspect",
    "sentiment",
    "emotion",
    "polarity",
    "keyword",
    "keywords",
}
"""What is made of the words of a review."""
_NO_EVENT = (None, "ignored", "updated", "rated_at", "survey_sent", "started_at")


def is_about_issues(scene: Scene, draft: Draft) -> bool:
    """Return whether names speak of tickets, complaints and the like."""
    words = {*plain_words(scene.main.name), *plain_words(scene.key.column or "")}
    start = draft.interactions.get("started_at")
    return bool((words | set(plain_words(str(start.value) if start else ""))) & _ISSUES)


def are_reviews(scene: Scene, draft: Draft) -> bool:
    """Return whether each row is a review or an answered survey: rated, and no time says what came before the rating.

    The words of such a row, and all that is counted or answered later, are of the rating or came after it.
    """
    rating = scene.rating
    if rating is None or scene.log is not None or scene.table_of(rating.column):
        return False
    share = share_of(rating.score.is_not_null())
    if _is_key_of_survey(scene):
        return share >= _MOST_OF_SURVEY
    if is_about_issues(scene, draft):
        return False
    if _has_respondents(scene):
        return share >= _MOST_OF_SURVEY
    if share < _MOST or not scene.key.is_unique:
        return False
    own = [time for name, time in scene.times.items() if not scene.table_of(name)]
    roles = [find_role("times", time.name) for time in own]
    lengths = any(_is_length(scene, name) for name in scene.profiles)
    return all(role in _NO_EVENT for role in roles) and len(own) <= 2 and not lengths


def _is_key_of_survey(scene: Scene) -> bool:
    """Return whether the key is that of a review or of an answer."""
    key = scene.key.column
    return bool(key) and find_role("categories", str(key)) == "survey_key"


def _has_respondents(scene: Scene) -> bool:
    return any("respondent" in plain_words(name) for name in scene.profiles if not scene.table_of(name))


def _is_length(scene: Scene, name: str) -> bool:
    is_wait = has_role("holds", "length", name) and not is_known_before(name)  # unlike an age
    return is_wait and scene.profiles[name].numbers is not None


def time_of_reviews(scene: Scene, draft: Draft) -> TimeColumn | None:
    """Return the time of the rating where a table of reviews has none of before, the finest one first; or None."""
    if not are_reviews(scene, draft):
        return None
    own = [time for name, time in scene.times.items() if not scene.table_of(name) and draft.is_open(name)]
    if any(find_role("times", time.name) in ("started_at", "purchased_at") for time in own):
        return None
    rated = [time for time in own if find_role("times", time.name) == "rated_at"]
    return max(rated, key=lambda time: (time.has_clock, time.has_zone), default=None)


def leave_after_reviews(scene: Scene, draft: Draft) -> None:
    """Keep away from the model what belongs to a review or came after it: its words, answers and votes."""
    if not are_reviews(scene, draft):
        return
    is_survey = _is_key_of_survey(scene) or _has_respondents(scene)
    for name, profile in scene.profiles.items():
        if not draft.is_open(name) or scene.table_of(name) or profile.is_nested or profile.n_distinct < 2:
            continue
        words = set(plain_words(name))
        if profile.numbers is not None and _COUNTED_LATER & words:
            draft.never_import(name, "counted after the rating was given")
        elif is_of_steps(profile) or _is_asked(name, profile):
            draft.never_import(name, "looks like a further answer of the survey: known only with the rating")
        elif is_survey and (_OF_SURVEY & words or _is_length(scene, name) or is_outcome(name)):
            draft.never_import(name, "how the survey was answered: known only with the rating")
        elif profile.numbers is None and _ANSWERS & words:
            draft.never_import(name, "an answer to the review, written after it")
        elif _is_worded(scene, name):
            draft.never_import(
                name, "the words of the rating: each row is a rating, and no time is before it"
            )


def leave_with_rating(scene: Scene, draft: Draft) -> None:
    """Keep away from the model what stands in the rating's own file: each row of it was written with a rating."""
    table = scene.table_of(scene.rating.column) if scene.rating else ""
    if not scene.rating or not table or not _is_of_ratings(scene, draft, table):
        return
    for name, profile in scene.profiles.items():
        is_free = draft.is_open(name) and scene.table_of(name) == table and profile.n_distinct > 1
        if is_free and not identifier(name, profile):
            draft.never_import(name, f"of '{table}', whose rows are written with the rating")


def _is_of_ratings(scene: Scene, draft: Draft, table: str) -> bool:
    """Return whether all rows of a further file are ratings: with their time, or only of some interactions."""
    assert scene.rating is not None
    own = next(join.table for join in scene.joins if join.table.name == table)
    rating = own.profiles.get(scene.rating.column.removeprefix(f"{table}."))
    if rating is None or rating.n_filled < _LEAST_RATED * len(rating.text):
        return False
    placed = {draft.placed.get(f"{table}.{name}") for name in own.times}
    is_partial = scene.profiles[scene.rating.column].n_filled < 0.9 * scene.n_rows
    return "events" not in placed and ("feedback" in placed or is_partial)


def _is_asked(name: str, profile: ColumnProfile) -> bool:
    """Return whether a column is called like a question of a form, or its words are ratings."""
    is_question = "?" in name or bool(_QUESTION.search(name)) or len(plain_words(name)) >= _LONG_NAME
    ranks = [word_rank(word) for word in profile.words]
    return is_question or (
        bool(ranks) and sum(isinstance(rank, int) for rank in ranks) > 0.5 * len(ranks) > 1
    )


def _is_worded(scene: Scene, name: str) -> bool:
    profile = scene.profiles[name]
    if profile.numbers is not None:
        return False
    if _TOLD_BY_WORDS & set(plain_words(name)):
        return True
    is_told = has_role("texts", "said_at_start", name) or find_role("categories", name) == "topic"
    is_person = find_role("categories", name) == "personal"
    return not is_person and (profile.is_free_text or (is_told and profile.n_distinct > 20))
