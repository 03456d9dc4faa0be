"""Ratings and times in forms that exports have: emoji, a row for each question, times of day without marks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from forestall.importing import import_tables
from forestall.importing.suggest.rating_words import without_ties
from forestall.jobs.suggest import suggest
from unseen_rows import N, rows_of, starts, suggested


@pytest.mark.parametrize(
    ("words", "ranks"),
    [
        (["😀", "😐", "😡"], [5, 3, 1]),
        (["👍", "👎"], [5, 1]),
        ([":-)", ":-("], [5, 1]),
        (["👍🏽", "👎🏽"], [5, 1]),
    ],
)
def test_emoji_are_ratings(words: list[str], ranks: list[int]) -> None:
    mapping, *_ = suggested(
        rows_of(
            Ticket=list(range(N)),
            Opened=[str(t) for t in starts()],
            Feedback=[words[i // 2 % len(words)] if i % 2 else "" for i in range(N)],
        )
    )
    assert mapping["feedback"]["rating"]["values"] == dict(zip(words, ranks, strict=True))


def test_a_plain_word_is_at_the_end_where_a_milder_one_has_its_place() -> None:
    assert without_ties({"somewhat satisfied": 4, "satisfied": 4}) == {
        "somewhat satisfied": 4,
        "satisfied": 5,
    }
    assert without_ties({"やや不満": 2, "不満": 2}) == {"やや不満": 2, "不満": 1}
    assert without_ties({"satisfied": 4, "very satisfied": 5, "somewhat satisfied": 4})["satisfied"] == 4
    assert without_ties({"good": 4, "bad": 2}) == {"good": 4, "bad": 2}


def survey() -> pl.DataFrame:
    asked = ("Overall satisfaction", "Was it resolved?", "Comments")
    return rows_of(
        ticket_id=[f"T{i}" for i in range(N) for _ in asked],
        submitted_at=[str(t) for t in starts() for _ in asked],
        question=[q for _ in range(N) for q in asked],
        answer=[a for i in range(N) for a in (str(1 + i % 5), ("Yes", "No")[i % 2], "fine")],
    )


def test_of_a_survey_with_a_row_for_each_question_one_is_the_rating(tmp_path: Path) -> None:
    survey().write_csv(tmp_path / "a.csv")
    found = suggest(tmp_path / "a.csv", output=tmp_path / "mapping.yaml").suggestion
    mapping = yaml.safe_load(found.mapping)
    assert mapping["feedback"]["rating"] == "answer"
    assert mapping["feedback"]["when"] == {"column": "question", "is": ["Overall satisfaction"]}
    assert not {"answer", "question"} & set(mapping.get("keep", []))
    assert any(
        "is the answer to 'Overall satisfaction' the rating?" in question for question in found.questions
    )
    tables = import_tables(tmp_path / "mapping.yaml", [tmp_path / "a.csv"])
    assert tables.feedback.sort("interaction_id")["rating"].head(3).to_list() == [
        1.0,
        2.0,
        1.0,
    ]  # T0, T1, T10
    assert tables.feedback.height == tables.interactions.height == N


def test_answers_of_a_survey_without_a_rating_are_never_imported() -> None:
    mapping, _, questions = suggested(survey().filter(pl.col("question") != "Overall satisfaction"))
    assert "feedback" not in mapping
    assert mapping["never"] == ["question", "answer"]
    assert any("which answer is the rating?" in question for question in questions)


def test_times_of_day_without_marks_complete_the_day() -> None:
    mapping, *_ = suggested(
        rows_of(
            ticket=list(range(N)),
            date=[f"{t:%Y%m%d}" for t in starts()],
            time=[f"{t:%H%M%S}" for t in starts()],
        )
    )
    assert mapping["interactions"]["started_at"] == {"columns": ["date", "time"], "format": "%Y%m%d %H%M%S"}


def test_numbers_of_another_unit_are_times_by_any_name_of_one() -> None:
    stamps = [int(t.timestamp()) for t in starts()]
    mapping, *_ = suggested(
        rows_of(id=list(range(N)), created=stamps, first_reply=[(stamp + 300) * 1000 for stamp in stamps])
    )
    assert mapping["events"][1]["at"] == {"column": "first_reply", "unit": "ms"}


def test_halves_of_the_day_in_spanish_are_read_day_first() -> None:
    times = [t.replace(day=1 + t.day % 12) for t in starts()]
    halves = {"AM": "a. m.", "PM": "p.\u00a0m."}
    mapping, *_ = suggested(
        rows_of(
            ticket=list(range(N)),
            opened=[f"{t:%d/%m/%Y %I:%M} {halves[f'{t:%p}']}" for t in times],
            closed=[f"{t + timedelta(hours=1):%d/%m/%Y %H:%M}" for t in times],
        )
    )
    assert mapping["interactions"]["started_at"] == {"column": "opened", "format": "%d/%m/%Y %I:%M %p"}
    assert mapping["events"][1]["at"]["format"] == "%d/%m/%Y %H:%M"


def test_a_start_in_no_known_form_beside_another_time_is_asked_about() -> None:
    _, _, questions = suggested(
        rows_of(
            ticket=list(range(N)),
            opened=[f"{t:%d of %m in %Y, %H}" for t in starts()],
            closed=[f"{t:%Y-%m-%d %H:%M}" for t in starts()],
        )
    )
    assert any("is 'opened' the start, in a form that is not known?" in question for question in questions)


def test_a_log_with_a_start_and_an_end_asks_which_counts() -> None:
    steps = ("Call received", "Assign", "Resolve")
    _, _, questions = suggested(
        rows_of(
            case_id=[f"C{i}" for i in range(N) for _ in steps],
            activity=[step for _ in range(N) for step in steps],
            start_time=[str(t + timedelta(minutes=10 * k)) for t in starts() for k in range(3)],
            end_time=[str(t + timedelta(minutes=10 * k + 7)) for t in starts() for k in range(3)],
        )
    )
    assert any("does a step count at its start? 'end_time' is its end" in question for question in questions)


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("%a %b %d %Y %H:%M:%S GMT+0200 (CEST)", "%a %b %d %Y %H:%M:%S %Z"),  # of JavaScript
        ("%a %b %d %H:%M:%S CET %Y", "%a %b %d %H:%M:%S %Z %Y"),  # of the program `date`
        ("%d.%m.%Y %H:%M MEZ", "%d.%m.%Y %H:%M %Z"),
        ("%m/%d/%Y %I:%M %p ET", "%m/%d/%Y %I:%M %p %Z"),
        ("%m/%d/%Y, %I:%M:%S\u202f%p", "%m/%d/%Y, %I:%M:%S %p"),
        ("%dth %B %Y %H:%M", "%d %b %Y %H:%M"),
    ],
)
def test_times_of_further_programs_are_found_and_imported(form: str, found: str, tmp_path: Path) -> None:
    rows_of(id=list(range(N)), created=[t.strftime(form) for t in starts()]).write_csv(tmp_path / "a.csv")
    mapping = yaml.safe_load(suggest(tmp_path / "a.csv", output=tmp_path / "mapping.yaml").suggestion.mapping)
    assert mapping["interactions"]["started_at"] == {"column": "created", "format": found}
    tables = import_tables(tmp_path / "mapping.yaml", [tmp_path / "a.csv"])
    assert tables.interactions["started_at"].n_unique() > 0.9 * N


def test_times_of_day_with_points_complete_the_day() -> None:
    mapping, *_ = suggested(
        rows_of(
            **{
                "id": list(range(N)),
                "date opened": [f"{t:%d/%m/%Y}" for t in starts()],
                "time opened": [f"{t:%I.%M %p}" for t in starts()],
            }
        )
    )
    assert mapping["interactions"]["started_at"] == {
        "columns": ["date opened", "time opened"],
        "format": "%d/%m/%Y %I.%M %p",
    }


@pytest.mark.parametrize(
    ("cells", "top"),
    [(["5つ星のうち4", "5つ星のうち1"], 5), (["****", "*", "*****"], 5), (["★★★★½", "★"], 5)],
)
def test_ratings_with_their_scale_or_of_stars_are_found(cells: list[str], top: int) -> None:
    mapping, model, _ = suggested(
        rows_of(
            id=list(range(N)),
            opened=[str(t) for t in starts()],
            stars=[cells[i % len(cells)] for i in range(N)],
        )
    )
    assert mapping["feedback"]["rating"] == "stars"
    assert model["label"]["scale"] == [1, top]


def test_what_is_called_a_rating_and_cannot_be_read_is_asked_about() -> None:
    words = ["One", "Two", "Three"]
    mapping, _, questions = suggested(
        rows_of(id=list(range(N)), opened=[str(t) for t in starts()], csat=[words[i % 3] for i in range(N)])
    )
    assert mapping["never"] == ["csat"]
    assert any(question.startswith("is it the rating? Then give the number") for question in questions)


def test_zones_of_windows_in_a_column_are_those_of_the_rows() -> None:
    zones = ["W. Europe Standard Time", "Eastern Standard Time"]
    columns = {"id": list(range(N)), "opened": [str(t) for t in starts()]}
    mapping, *_ = suggested(rows_of(**columns, timezone=[zones[i % 2] for i in range(N)]))
    assert mapping["interactions"]["started_at"]["timezone"] == {"column": "timezone"}
    _, _, questions = suggested(rows_of(**columns, timezone=["Somewhere", "Elsewhere"] * (N // 2)))
    assert any("'timezone' names zones in a form that is not known" in question for question in questions)
