"""Rows of further tables and of arrays in the records become events and ratings."""

import json
from pathlib import Path
from typing import Any

import pytest

from forestall.data import Tables
from forestall.errors import UsageError
from forestall.importing import import_tables

BASE = "interactions: {interaction_id: id, started_at: at}\n"
START = "2026-03-02T08:00:00Z"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def import_records(mapping: str, records: Any, **tables: Any) -> Tables:
        (tmp_path / "mapping.yaml").write_text(BASE + mapping)
        for name, content in {"main": records, **tables}.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        named = [f"{name}={tmp_path / name}.json" for name in tables]
        return import_tables(tmp_path / "mapping.yaml", [tmp_path / "main.json", *named], 1.0)

    return import_records


def events(tables: Tables) -> list[tuple[str, str]]:
    return list(tables.events.select("interaction_id", "kind").iter_rows())


NESTED = [
    {
        "id": 1,
        "at": START,
        "log": {"steps": [{"at": START, "parts": [{"at": START, "did": "A"}, {"did": "B"}]}]},
    },
    {"id": 2, "at": START, "log": {"steps": []}},
    {
        "id": 3,
        "at": START,
        "log": {"steps": [{"at": START, "parts": []}, {"at": START, "parts": [{"did": "C"}]}]},
    },
]


def test_an_array_within_an_array_makes_events_with_the_values_of_both(run: Any) -> None:
    tables = run("events: [{from: log.steps.parts, kind: {column: parts.did}, at: at}]", NESTED)
    assert events(tables) == [("1", "a"), ("1", "b"), ("3", "c")]


def test_an_array_that_does_not_exist_is_an_error_at_its_place(run: Any) -> None:
    with pytest.raises(UsageError, match=r"events\[0\].from must name a table .* did you mean 'log.steps'"):
        run("events: [{from: log.step, kind: x, at: at}]", NESTED)
    with pytest.raises(UsageError, match=r"events\[0\].from must name a table"):
        run("events: [{from: log.steps.part, kind: x, at: at}]", NESTED)


TWO = [
    {"id": 1, "at": START, "stars": 2, "end": "2026-03-02T09:00:00Z"},
    {"id": 2, "at": START, "stars": None, "end": None},
]
REVIEWS = [
    {"of": 2, "n": 5, "when": "2026-03-02T10:00:00Z", "key": "a"},
    {"of": 2, "n": 1, "when": "2026-03-02T11:00:00Z", "key": "b"},
    {"of": 2, "n": 1, "when": "2026-03-02T11:00:00Z", "key": "b"},
    {"of": 9, "n": 1, "when": "2026-03-02T11:00:00Z", "key": "c"},
]


def test_ratings_come_from_several_places_and_all_of_a_table_are_kept(run: Any) -> None:
    tables = run(
        "tables: {reviews: {on: {of: id}, key: key}}\n"
        "feedback: [{rating: stars, rated_at: end}, {from: reviews, rating: n, rated_at: when}]",
        TWO,
        reviews=REVIEWS,
    )
    assert tables.feedback.select("interaction_id", "rating").rows() == [("1", 2.0), ("2", 5.0), ("2", 1.0)]
    assert tables.rejections.counts() == {"rows": {"orphan_row": 1}}
    assert tables.about["import"]["counts"]["tables.reviews: rows that repeat a key"] == 1


@pytest.mark.parametrize(("order", "rating"), [("newest_by", 1.0), ("oldest_by", 5.0)])
def test_a_part_of_a_table_is_joined_by_itself(run: Any, order: str, rating: float) -> None:
    tables = run(
        "tables:\n  reviews: {on: {of: id}}\n"
        f"  one: {{of: reviews, on: {{of: id}}, only: {{column: key, is: [a, b]}}, {order}: when}}\n"
        "feedback: {rating: one.n}",
        TWO,
        reviews=REVIEWS,
    )
    assert tables.feedback.select("interaction_id", "rating").rows() == [("2", rating)]


def test_an_optional_table_may_be_left_out(run: Any) -> None:
    mapping = "tables: {reviews: {on: {of: id}, optional: true}}\nfeedback: {from: reviews, rating: n, rated_at: when}"
    assert run(mapping, TWO).feedback.height == 0
    with pytest.raises(UsageError, match="table 'reviews' must have a file"):
        run(mapping.replace(", optional: true", ""), TWO)


def test_arrays_of_a_file_are_expanded_and_columns_may_be_lacking(run: Any) -> None:
    answers = [
        {"about": [{"id": 1}], "answers": [{"n": 3}, {"n": 4, "is_main": True}]},
        {"about": [], "answers": []},
    ]
    tables = run(
        "tables:\n  survey:\n    on: {about.id: id}\n"
        "    file: {expand: [about, answers], optional_columns: [answers.note]}\n"
        "feedback: {from: survey, rating: answers.n, when: [answers.is_main, {column: answers.note, empty: true}]}",
        TWO,
        survey=answers,
    )
    assert tables.feedback.select("interaction_id", "rating").rows() == [("1", 4.0)]


def test_the_first_resource_in_time_is_the_staff(run: Any) -> None:
    acts = [
        {"of": 1, "when": "2026-03-02T09:30:00Z", "who": "later"},
        {"of": 1, "when": "2026-03-02T09:00:00Z", "who": "first"},
    ]
    mapping = "tables: {acts: {on: {of: id}}}\nevents: [{from: acts, kind: served, at: when, resource: who}]"
    tables = run(mapping, TWO, acts=acts)
    assert tables.interactions["staff"].to_list() == ["first", None]
    assert "resource" not in "".join(tables.events.columns)


def test_a_key_whose_newest_row_is_left_out_is_left_out(run: Any) -> None:
    rows = [
        {"id": 1, "at": START, "seen": "2026-03-02T09:00:00Z", "state": "open"},
        {"id": 1, "at": START, "seen": "2026-03-02T10:00:00Z", "state": "deleted"},
        {"id": 2, "at": START, "seen": "2026-03-02T09:00:00Z", "state": "deleted"},
        {"id": 2, "at": START, "seen": "2026-03-02T10:00:00Z", "state": "open"},
    ]
    tables = run("newest_by: seen\nleave_out: {column: state, is: deleted}", rows)
    assert tables.interactions["interaction_id"].to_list() == ["2"]
    assert tables.about["import"]["counts"]["left_out"] == 3


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("tables: {a: {of: b, on: {x: id}}}", "tables.a.of' must name a table with a file"),
        ("tables: {a: {on: {x: id}, newest_by: t, oldest_by: t}}", "'newest_by' or 'oldest_by'"),
        ("leave_out: {column: x, is: a, empty: true}", "leave_out: must have one of"),
        ("feedback: {ratin: x}", "unknown key 'feedback.ratin', did you mean 'rating'"),
        ("feedback: [{rating: x}, {ratin: x}]", "unknown key 'feedback.1.ratin'"),
    ],
)
def test_a_mistake_names_its_place(run: Any, mapping: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(mapping, TWO)
