"""The time of the rating is found without a word of its own, and is never taken for an event of the interaction."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from unseen_rows import N, rows_of, starts, suggested


def tickets(seed: int, rating: str, rated_at: str, **further: list[Any]) -> pl.DataFrame:
    draw, times = random.Random(seed), starts(seed)
    rated = [draw.random() < 0.6 for _ in range(N)]
    return rows_of(
        **{
            "Ticket": [f"T{i}" for i in range(N)],
            "Created": [str(t) for t in times],
            "Closed": [str(t + timedelta(hours=5)) for t in times],
            rating: [draw.randrange(1, 6) if one else None for one in rated],
            rated_at: [
                str(t + timedelta(days=1)) if one else None for t, one in zip(times, rated, strict=True)
            ],
        },
        **further,
    )


@pytest.mark.parametrize(
    ("rating", "rated_at"),
    [
        ("CSAT", "Datum"),  # by the rows that have it
        ("stars", "stars_at"),
        ("conversation_rating.rating", "conversation_rating.created_at"),
    ],
)
def test_the_time_of_the_rating(rating: str, rated_at: str) -> None:
    mapping, *_ = suggested(tickets(30, rating, rated_at))
    assert mapping["feedback"] == {"rating": rating, "rated_at": rated_at}
    assert {event["kind"] for event in mapping["events"]} == {"issue_raised", "closed"}


def test_it_is_found_by_its_name_where_every_row_is_rated() -> None:
    frame = tickets(31, "review.rating", "review.created").drop_nulls()
    mapping, *_ = suggested(frame)
    assert mapping["feedback"]["rated_at"] == "review.created"


def test_a_second_time_of_the_survey_is_no_event() -> None:
    frame = tickets(32, "CSAT", "CSAT date")
    later = pl.col("CSAT date").str.replace(" 0", " 1").alias("Form opened")
    mapping, *_ = suggested(frame.with_columns(later))
    assert mapping["feedback"]["rated_at"] == "CSAT date"
    assert {event["kind"] for event in mapping["events"]} == {"issue_raised", "closed"}


def test_a_time_that_unrated_rows_have_too_stays_an_event() -> None:
    answered = [str(datetime(2026, 7, 1) + timedelta(hours=i)) if i % 2 else None for i in range(N)]
    mapping, *_ = suggested(tickets(33, "CSAT", "CSAT date", Inspected=answered))
    assert "inspected" in {event["kind"] for event in mapping["events"]}
