"""Further files and steps of several rows, in shapes that no sample had."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from unseen_rows import N, rows_of, starts, suggested


def survey_of(key: str) -> dict[str, pl.DataFrame]:
    times = starts(44)
    answers = [(i, q) for i in range(0, N, 2) for q in ("Overall", "Ease", "Comment")]
    return {
        "tickets": rows_of(ticket=[1000 + i for i in range(N)], opened=[str(t) for t in times]),
        "survey": rows_of(
            ticket_no=[key.format(1000 + i) for i, _ in answers],
            question=[q for _, q in answers],
            answer=["fine" if q == "Comment" else 1 + i % 5 for i, q in answers],
            submitted=[str(times[i] + timedelta(days=9)) for i, _ in answers],
        ),
    }


def test_keys_of_a_column_of_numbers_with_gaps_join_and_the_rows_of_a_key_are_asked_about() -> None:
    mapping, _, questions = suggested(survey_of("{}.0"))
    assert mapping["tables"]["survey"]["on"] == {"ticket_no": "ticket"}
    assert [one for one in questions if "differ in 'question': write only: {column: question, is: " in one]


def test_a_file_that_no_key_joins_is_asked_about() -> None:
    *_, questions = suggested(survey_of("#{}"))
    assert [
        one
        for one in questions
        if "'survey' belong to it?" in one and "'survey.ticket_no' has them but" in one
    ]


@pytest.mark.parametrize("words", [("start", "complete"), ("Begin", "End")], ids=str)
def test_of_steps_that_begin_and_end_the_end_counts(words: tuple[str, str]) -> None:
    times = starts(45)
    rows = [(i, step, word) for i in range(N) for step in ("Register", "Check", "Decide") for word in words]
    mapping, _, questions = suggested(
        rows_of(
            case=[i for i, *_ in rows],
            activity=[step for _, step, _ in rows],
            phase=[word for *_, word in rows],
            time=[str(times[i] + timedelta(minutes=k % 6)) for k, (i, *_) in enumerate(rows)],
        )
    )
    assert mapping["leave_out"] == {"column": "phase", "is": [words[0]]}
    assert [one for one in questions if one.startswith("does one row a step count")]
