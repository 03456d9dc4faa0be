"""Tables of reviews and answered surveys, in the shapes of public exports with made-up rows."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from forestall.importing import import_tables
from forestall.importing.suggest.reading_options import read_unknown
from forestall.jobs.suggest import suggest
from unseen_rows import N, named, rows_of, starts, suggested


def reviews(**further: list[object]) -> pl.DataFrame:
    draw = random.Random(61)
    columns: dict[str, list[object]] = {
        "stars": [draw.randrange(1, 6) for _ in range(N)],
        "title": [" ".join(draw.choices(["late", "fine", "kind", "cold"], k=4)) + str(i) for i in range(N)],
        "helpful_vote": [draw.randrange(9) for _ in range(N)],
        "useful": [draw.randrange(9) for _ in range(N)],
    }
    return rows_of(**{**further, **columns})


def test_what_is_written_with_or_after_a_review_is_kept_from_the_model() -> None:
    times = starts(61)
    replied = [str(t + timedelta(days=1)) if i % 2 else None for i, t in enumerate(times)]
    mapping, model, questions = suggested(
        reviews(
            **{
                "Review Id": [f"r{i}" for i in range(N)],
                "Reply Date": replied,
                "Review Created": [str(t) for t in times],
                "userName": [f"{i % 150}" for i in range(N)],
            }
        )
    )
    assert mapping["interactions"]["started_at"] == "Review Created"
    assert [event["kind"] for event in mapping["events"]] == ["issue_raised"]
    assert mapping["never"] == ["title", "helpful_vote", "useful"]
    assert named(mapping, model) == set()
    assert [one for one in questions if "'Review Created' looks like the time of the rating" in one]


def test_reviews_are_the_interactions_and_not_the_places_that_they_are_of() -> None:
    draw, times = random.Random(62), starts(62)
    places = rows_of(
        business_id=[f"b{i}" for i in range(20)], name=[f"n{i}" for i in range(20)], stars=[3, 4] * 10
    )
    mapping, *_ = suggested(
        {
            "business": places,
            "review": reviews(
                review_id=[f"r{i}" for i in range(N)],
                business_id=[f"b{draw.randrange(20)}" for _ in range(N)],
                date=[str(t) for t in times],
            ),
        }
    )
    assert mapping["interactions"]["interaction_id"] == "review_id"
    assert mapping["feedback"]["rating"] == "stars"
    assert "business.stars" in mapping["never"]


def test_each_answer_of_a_form_is_known_with_the_rating() -> None:
    draw = random.Random(68)
    mapping, model, _ = suggested(
        {
            "answers": rows_of(
                **{
                    "Horodateur": [f"{t:%d/%m/%Y %H:%M:%S}" for t in starts(68)],
                    "Êtes-vous satisfait ?": [
                        draw.choice(["Satisfait", "Neutre", "Insatisfait"]) for _ in range(N)
                    ],
                    "Comment évaluez-vous l'accueil ?": [1 + i % 5 for i in range(N)],
                    "Par quel moyen êtes-vous venu ?": [draw.choice(["bus", "auto"]) for _ in range(N)],
                    "Agence": [draw.choice(["Lyon", "Paris"]) for _ in range(N)],
                }
            )
        }
    )
    assert mapping["feedback"]["rating"]["column"] == "Êtes-vous satisfait ?"
    assert mapping["never"] == ["Comment évaluez-vous l'accueil ?", "Par quel moyen êtes-vous venu ?"]
    assert mapping["interactions"]["venue"] == "Agence"
    assert named(mapping, model) == set()


def test_answers_below_questions_and_import_ids_are_read(tmp_path: Path) -> None:
    header = ["StartDate", "EndDate", "Duration (in seconds)", "ResponseId", "Q1", "Q2"]
    asked = [
        "Start Date",
        "End Date",
        "Duration (in seconds)",
        "Response ID",
        "How satisfied are you?",
        "Why?\nTell us",
    ]
    ids = [json.dumps({"ImportId": name}) for name in header]
    steps = ("Extremely dissatisfied", "Neither satisfied nor dissatisfied", "Extremely satisfied")
    rows = [
        [str(t), str(t + timedelta(minutes=3)), str(9 + i), f"R_{i}", steps[i % 3], f"so {i} it was"]
        for i, t in enumerate(starts(69))
    ]
    pl.DataFrame([asked, ids, *rows], schema=header, orient="row").write_csv(tmp_path / "a.csv")
    assert read_unknown(tmp_path / "a.csv")[1] == {"skip_rows": 1}
    mapping = yaml.safe_load(suggest(tmp_path / "a.csv", output=tmp_path / "m.yaml").suggestion.mapping)
    assert mapping["feedback"]["rating"]["column"] == "How satisfied are you?"
    assert mapping["never"] == ["Duration (in seconds)", "Why?\nTell us"]
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"])
    assert tables.interactions.height == tables.feedback.height == N
    assert set(tables.events["kind"]) == {"arrived"}


def test_without_times_a_key_that_repeats_is_no_key_and_a_title_no_word_of_the_start() -> None:
    mapping, *_ = suggested(
        {
            "export": reviews(
                **{
                    "Clothing ID": [i // 2 for i in range(N)],
                    "Age": [18 + i % 60 for i in range(N)],
                    "Reply": ["so"] * 9 + [f"a{i}" for i in range(N - 9)],
                }
            )
        }
    )
    assert mapping["keys"] == "row_number"
    assert mapping["never"] == ["Reply", "title", "helpful_vote", "useful"]


def test_a_day_with_a_comma_is_no_decimal_comma() -> None:
    mapping, *_ = suggested(
        rows_of(
            id=list(range(N)),
            opened=[str(t) for t in starts(74)],
            reviewTime=[f"{t:%m} {t.day}, {t:%Y}" for t in starts(74)],
        )
    )
    assert "decimal" not in mapping


@pytest.mark.parametrize(
    "names",
    [
        ("Overall Rating", "Likelihood to Recommend"),
        ("Customer Rating", "Driver Ratings"),
        ("Overall, how satisfied are you with our support?", "How likely are you to recommend us?"),
    ],
)
def test_of_two_ratings_the_customers_own_of_the_whole_is_the_label(names: tuple[str, str]) -> None:
    for order in (names, names[::-1]):
        mapping, *_ = suggested(
            rows_of(
                id=list(range(N)),
                opened=[str(t) for t in starts(73)],
                closed=[str(t + timedelta(hours=1)) for t in starts(73)],
                **{name: [1 + i % (5 if name == names[0] else 10) for i in range(N)] for name in order},
            )
        )
        assert mapping["feedback"]["rating"] == names[0]
        assert mapping["never"] == [names[1]]


def test_satisfaction_is_the_label_before_effort_and_the_direction_of_effort_is_asked() -> None:
    scores = {
        "Customer Effort Score": [1 + i % 7 for i in range(N)],
        "CSAT (1-5)": [1 + i % 5 for i in range(N)],
    }
    calls = {"id": list(range(N)), "start": [str(t) for t in starts(77)], "Wait (sec)": list(range(N))}
    mapping, *_ = suggested(rows_of(**calls, **scores))
    assert mapping["feedback"]["rating"] == "CSAT (1-5)"
    del scores["CSAT (1-5)"]
    *_, questions = suggested(rows_of(**calls, **scores))
    assert [one for one in questions if one.startswith("does a higher number mean more effort?")]
