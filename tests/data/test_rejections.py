"""Bad rows never stop a job and never vanish: each is kept beside the rule that it broke."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.data import Tables
from forestall.data.rejections import Rejections
from forestall.errors import InputError

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
NAN, INF = float("nan"), float("inf")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def make(table: str, rows: list[dict[str, Any]]) -> Tables:
    """Make tables of three good interactions, with further rows in one of the tables."""
    good: dict[str, list[dict[str, Any]]] = {
        "interactions": [{"interaction_id": key, "started_at": at(0), "price": 1.0} for key in "abc"],
        "events": [{"interaction_id": "a", "at": at(1), "kind": "served", "value": 0.5}],
        "feedback": [{"interaction_id": "a", "rating": 5.0, "rated_at": at(99)}],
    }
    good[table] += rows
    return Tables(**{name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in good.items()})


RULES = [
    # a row of this table      with these cells instead of good ones         breaks this rule
    ("interactions", {"interaction_id": None}, "no_interaction_id"),
    ("interactions", {"interaction_id": " "}, "no_interaction_id"),
    ("interactions", {"started_at": None}, "no_time"),
    ("interactions", {"price": INF}, "infinite_number"),
    ("interactions", {"customer_value": -INF}, "infinite_number"),
    ("interactions", {"distance": INF}, "infinite_number"),
    ("interactions", {"interaction_id": "a"}, "duplicate_key"),
    ("events", {"interaction_id": None}, "no_interaction_id"),
    ("events", {"at": None}, "no_time"),
    ("events", {"kind": None}, "kind_is_no_word"),
    ("events", {"kind": "4711"}, "kind_is_no_word"),
    ("events", {"kind": "was served"}, "kind_is_no_word"),
    ("events", {"kind": "x" * 65}, "kind_is_no_word"),
    ("events", {"value": INF}, "infinite_number"),
    ("events", {"interaction_id": "z"}, "orphan_event"),
    ("events", {"at": at(-5.000001)}, "event_before_start"),
    ("feedback", {"interaction_id": None}, "no_interaction_id"),
    ("feedback", {"rating": None}, "no_rating"),
    ("feedback", {"rating": NAN}, "no_rating"),
    ("feedback", {"rating": INF}, "infinite_number"),
    ("feedback", {"interaction_id": "z"}, "orphan_feedback"),
    ("feedback", {"interaction_id": "a"}, "duplicate_key"),
    ("feedback", {"rated_at": at(0)}, "rated_before_start"),
]
FURTHER: dict[str, dict[str, Any]] = {
    "interactions": {"interaction_id": "d", "started_at": at(0), "price": 2.0},
    "events": {"interaction_id": "b", "at": at(2), "kind": "served", "value": 1.0},
    "feedback": {"interaction_id": "b", "rating": 1.0, "rated_at": at(99)},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "cells", "rule"), RULES, ids=[f"{t}-{r}-{i}" for i, (t, _, r) in enumerate(RULES)]
)
def test_a_bad_row_is_rejected_by_the_rule_it_breaks(table: str, cells: dict[str, Any], rule: str) -> None:
    tables = make(table, [FURTHER[table] | cells])
    assert tables.rejections.counts() == {table: {rule: 1}}
    good = make(table, [])
    assert getattr(tables, table).select(getattr(good, table).columns).equals(getattr(good, table))


@pytest.mark.parametrize("table", FURTHER)
def test_a_good_row_is_kept(table: str) -> None:
    tables = make(table, [FURTHER[table]])
    assert tables.rejections.counts() == {}
    assert getattr(tables, table).height == getattr(make(table, []), table).height + 1


@pytest.mark.parametrize(
    ("table", "column", "cell", "rule"),
    [
        ("interactions", "started_at", "soon", "unreadable_time"),
        ("events", "at", "31/12/2026", "unreadable_time"),
        ("feedback", "rating", "five", "unreadable_number"),
    ],
)
def test_a_cell_that_cannot_be_read_rejects_its_row_as_it_came(
    table: str, column: str, cell: str, rule: str
) -> None:
    tables = with_cell(table, column, cell)
    assert tables.rejections.frames[table].select("rule", column).rows() == [(rule, cell)]


@pytest.mark.parametrize(
    ("table", "column", "cell", "rule"),
    [
        ("interactions", "price", "12,50", "unreadable_number"),
        ("interactions", "is_commodity", "perhaps", "unreadable_flag"),
        ("interactions", "promised_at", "soon", "unreadable_time"),
        ("events", "value", "1e", "unreadable_number"),
        ("feedback", "rated_at", "later", "unreadable_time"),
    ],
)
def test_an_optional_cell_that_cannot_be_read_is_null_and_its_row_stays(
    table: str, column: str, cell: str, rule: str
) -> None:
    tables = with_cell(table, column, cell)
    assert tables.rejections.counts() == {"cells": {rule: 1}}
    assert tables.rejections.frames["cells"].rows() == [(table, "b", column, rule, cell)]
    assert getattr(tables, table).filter(interaction_id="b")[column].to_list() == [None]
    tables.rejections.check(0.0)  # a cell is no row


def with_cell(table: str, column: str, cell: str) -> Tables:
    """Return tables of two interactions; `column` of the second holds `cell`."""
    times = dict.fromkeys(("started_at", "at", "promised_at", "rated_at"), "2026-01-05T10:00Z")
    readable = (times | {"is_commodity": "no"}).get(column, "1")
    rows = {
        "interactions": [{"interaction_id": key, "started_at": "2026-01-05T09:00Z"} for key in "ab"],
        "events": [{"interaction_id": key, "at": at(1), "kind": "served"} for key in "ab"],
        "feedback": [{"interaction_id": key, "rating": 1} for key in "ab"],
    }
    rows[table] = [rows[table][0] | {column: readable}, rows[table][1] | {column: cell}]
    return Tables(**{name: pl.DataFrame(some) for name, some in rows.items()})


def test_of_duplicate_keys_the_first_valid_row_stays() -> None:
    rows = [
        {"interaction_id": "d", "started_at": None, "price": 1.0},
        {"interaction_id": "d", "started_at": at(0), "price": 2.0},
        {"interaction_id": "d", "started_at": at(0), "price": 3.0},
    ]
    tables = make("interactions", rows)
    assert tables.interactions.filter(interaction_id="d")["price"].to_list() == [2.0]
    assert tables.rejections.counts() == {"interactions": {"duplicate_key": 1, "no_time": 1}}


def test_the_events_of_a_rejected_interaction_are_orphans() -> None:
    own = pl.DataFrame({"interaction_id": ["a", "b"], "started_at": [at(0), None]})
    happened = pl.DataFrame(
        {"interaction_id": ["a", "b"], "at": [at(1), at(1)], "kind": ["served", "served"]}
    )
    assert Tables(own, happened).rejections.counts()["events"] == {"orphan_event": 1}


def test_too_many_rejected_rows_are_an_error_with_counts() -> None:
    rejections = make("events", [{"interaction_id": "z", "at": at(1), "kind": "served"}]).rejections
    rejections.check(max_rejected=0.5)
    with pytest.raises(InputError, match=r"events lost 1 of 2 rows \(orphan_event 1\)"):
        rejections.check(max_rejected=0.49)


def test_rejected_rows_are_written_with_their_rule(tmp_path: Path) -> None:
    rejections = make("events", [{"interaction_id": "z", "at": at(1), "kind": "served"}]).rejections
    assert rejections.write(tmp_path / "rejected") == [tmp_path / "rejected" / "events.parquet"]
    written = pl.read_parquet(tmp_path / "rejected" / "events.parquet")
    assert written.select("interaction_id", "rule").rows() == [("z", "orphan_event")]


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.sampled_from("abcz"), st.integers(-9, 9), st.sampled_from(["served", "1", None])))
)
def test_every_event_is_kept_or_rejected_once(rows: list[tuple[str, int, str | None]]) -> None:
    tables = make("events", [{"interaction_id": i, "at": at(s), "kind": kind} for i, s, kind in rows])
    assert tables.events.height + tables.rejections.count("events") == len(rows) + 1
    for key, seconds, kind in rows:
        is_good = key != "z" and seconds >= -5 and kind == "served"
        kept = tables.events.filter(interaction_id=key, at=at(max(0, seconds)))
        assert kept.height > 0 or not is_good


def test_rows_that_are_taken_out_of_tables_never_came_in():
    rejected = pl.DataFrame({"interaction_id": [None], "rule": "no_interaction_id"})
    before = Rejections({"events": rejected}, {"interactions": 10, "events": 5})
    after = before.with_rows_in({"interactions": -4})
    assert (after.rows_in, after.counts()) == ({"interactions": 6, "events": 5}, before.counts())
