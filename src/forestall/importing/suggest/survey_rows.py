"""A survey with one row for each question: which question has the rating."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import polars as pl

from forestall.importing.suggest.column_profile import MAX_CATEGORIES, ColumnProfile, profile_columns
from forestall.importing.suggest.draft import Draft, Entry
from forestall.importing.suggest.name_words import plain_words
from forestall.importing.suggest.rating_evidence import find_rating
from forestall.importing.suggest.scene import Scene

_QUESTION = frozenset(
    {"question", "questions", "frage", "pregunta", "sporgsmal", "vraag", "pergunta", "domanda", "fraga"}
)
_ANSWER = frozenset(
    {
        "answer",
        "answers",
        "response",
        "value",
        "antwort",
        "svar",
        "respuesta",
        "reponse",
        "antwoord",
        "resposta",
    }
    | {"risposta", "score", "rating"}
)
_KEYS = frozenset({"id", "key", "number", "date", "time", "at"})


class _Survey(NamedTuple):
    question: ColumnProfile
    answer: ColumnProfile


def decide_survey_rows(scene: Scene, draft: Draft) -> None:
    """Place the columns of a survey with a row for each question, and let one of its questions be the rating.

    Their answers are known only with the rating, whatever they hold.
    """
    survey = _find(scene)
    if survey is None:
        return
    question, answer = survey.question.name, survey.answer.name
    answers = {word: _answers_of(survey, word) for word in sorted(survey.question.words)}
    frame = pl.DataFrame(list(answers.values()))
    rating = find_rating(profile_columns(frame, frame))
    asks = "A row is the answer to one question; its times are those of the survey: give the interactions too"
    if rating is None:
        scene.rating = None
        draft.never_import(question, "belongs to the survey")
        draft.never_import(answer, "the answers of the survey", f"which answer is the rating? {asks}")
        return
    source: Any = answer if isinstance(rating.source, str) else {**rating.source, "column": answer}
    scene.rating = replace(rating, column=answer, source=source)
    asked = f"is the answer to '{rating.column}' the rating? {asks}"
    draft.feedback["rating"] = Entry(source, rating.reason, f"{asked}. {rating.question}".rstrip(". "))
    draft.feedback["when"] = Entry({"column": question, "is": [rating.column]})
    draft.feedback["several"] = Entry("keep", "the other rows of a key are other answers")
    draft.place("feedback", question, answer)


def _find(scene: Scene) -> _Survey | None:
    if scene.log is not None or scene.key.column is None or scene.key.is_unique:
        return None
    own = [
        p
        for n, p in scene.profiles.items()
        if not scene.table_of(n) and n not in scene.times and not p.is_nested
    ]
    questions = [p for p in own if _is_called(p, _QUESTION) and 1 < p.n_distinct <= MAX_CATEGORIES]
    answers = [p for p in own if _is_called(p, _ANSWER) and p not in questions and p.n_distinct > 1]
    differing = [p.name for p in (*questions, *answers) if p.name in scene.differing]
    if len(questions) != 1 or not answers or questions[0].name not in differing:
        return None
    return _Survey(questions[0], next((p for p in answers if p.name in differing), answers[0]))


def _is_called(profile: ColumnProfile, words: frozenset[str]) -> bool:
    own = set(plain_words(profile.name))
    return bool(own & words) and not own & _KEYS and profile.name != ""


def _answers_of(survey: _Survey, question: str) -> pl.Series:
    is_asked = (survey.question.text == question).fill_null(False)
    return survey.answer.text.set(~is_asked, None).alias(question)
