"""When the event to predict is put, and the horizon of its label, where nothing says when it happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from unseen_rows import N, rows_of, starts, suggested

AFTER_ALL = {"after": "last_event", "minutes": 1}


def tickets(end: str | None, *, n_open: int = 0, **more: Any) -> Any:
    opened = starts(101)
    ends = [str(t + timedelta(hours=1 + i % 7)) if i >= n_open else None for i, t in enumerate(opened)]
    columns = {"ticket_id": [f"T{i:04}" for i in range(N)], "created_at": [str(t) for t in opened]}
    if end:
        columns[end] = ends
    flags = ["Yes" if i % 5 == 0 else "No" for i in range(N)]
    return rows_of(**columns, **({"complained": flags} | more))


def event(mapping: dict[str, Any], kind: str) -> Any:
    return next(entry["at"] for entry in mapping["events"] if entry["kind"] == kind)


@pytest.mark.parametrize("end", [None, "resolved_at", "first_response_at", "delivered_at"])
def test_an_event_to_predict_without_a_time_comes_after_all_others(end: str | None) -> None:
    mapping, model, questions = suggested(tickets(end))
    assert event(mapping, "complained") == AFTER_ALL
    assert model["label"]["event"] == "complained"
    assert [one for one in questions if "a minute after the last event" in one]


def test_giving_up_after_the_last_event_does_not_end_the_interaction() -> None:
    flags = ["Yes" if i % 5 == 0 else "No" for i in range(N)]
    mapping, model, _ = suggested(tickets("first_response_at", is_canceled=flags).drop("complained"))
    assert event(mapping, "gave_up") == AFTER_ALL
    assert model["label"]["event"] == "gave_up"
    mapping, model, _ = suggested(tickets("closed_at", is_canceled=flags).drop("complained"))
    assert event(mapping, model["label"]["event"]) == event(mapping, "abandoned") == "closed_at"


def test_at_the_closing_it_is_only_if_each_row_that_has_it_is_closed() -> None:
    mapping, *_ = suggested(tickets("closed_at"))
    assert event(mapping, "complained") == "closed_at"
    mapping, *_ = suggested(tickets("closed_at", n_open=9))
    assert event(mapping, "complained") == AFTER_ALL
    counts = {"number_of_complaints": [i % 3 for i in range(N)]}
    mapping, *_ = suggested(tickets("closed_at", n_open=9, **counts).drop("complained"))
    assert event(mapping, "complained") == AFTER_ALL


def test_the_horizon_is_short_where_ratings_have_no_time_and_the_records_are_short() -> None:
    scores = [1 + i % 5 for i in range(N)]
    rated = tickets("closed_at", csat=scores).drop("complained")
    assert suggested(rated)[1]["label"]["horizon_days"] == 3  # 120 days of records
    when = [str(t + timedelta(days=2)) for t in starts(101)]
    timed = tickets("closed_at", csat=scores, csat_date=when).drop("complained")
    assert suggested(timed)[1]["label"]["horizon_days"] == 30
    long = tickets(None, csat=scores).drop("complained").drop("created_at")
    years = long.with_columns(
        rows_of(created_at=[f"20{10 + i // 20}-03-05 10:{i % 60:02}" for i in range(N)])["created_at"]
    )
    assert suggested(years)[1]["label"]["horizon_days"] == 30
    assert suggested(tickets("resolved_at"))[1]["label"] == {"event": "complained", "horizon_days": 3}
