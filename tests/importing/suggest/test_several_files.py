"""Further files: what they say of the customer today, of the delivery, of the start."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import polars as pl

from unseen_rows import N, rows_of, starts, suggested


def orders(seed: int, **columns: Any) -> pl.DataFrame:
    draw = random.Random(seed)
    return rows_of(
        order_id=[f"o{i}" for i in range(N)],
        customer_id=[f"c{draw.randrange(60)}" for _ in range(N)],
        created_at=[str(t) for t in starts(seed)],
        rating=[draw.randrange(1, 6) for _ in range(N)],
        **columns,
    )


def customers(**columns: list[Any]) -> pl.DataFrame:
    return rows_of(customer_id=[f"c{i}" for i in range(60)], **columns)


def test_what_a_list_of_customers_says_of_today_is_no_event_of_an_interaction() -> None:
    draw = random.Random(90)
    days = [str((starts(90)[0] + timedelta(days=draw.randrange(200))).date()) for _ in range(60)]
    listed = customers(
        last_purchase_date=days,
        profile_changed_on=days,
        churned=[draw.choice(["Yes", "No"]) for _ in range(60)],
        account_tenure_days=[draw.randrange(9_000) for _ in range(60)],
        city=[draw.choice(["Aarhus", "Odense"]) for _ in range(60)],
    )
    mapping, *_ = suggested({"orders": orders(90), "customers": listed})
    assert "purchased_at" not in mapping["interactions"]
    assert [event["kind"] for event in mapping["events"]] == ["arrived"]
    assert {"customers.churned", "customers.account_tenure_days"} <= set(mapping["never"])
    assert mapping["keep"] == ["customers.city"]


def test_what_a_file_of_deliveries_says_in_words_is_known_at_the_delivery() -> None:
    draw = random.Random(91)
    deliveries = rows_of(
        order_id=[f"o{i}" for i in range(N)],
        promised_delivery_days=[draw.randrange(1, 5) for _ in range(N)],
        actual_delivery_days=[draw.randrange(1, 9) for _ in range(N)],
        carrier=[draw.choice(["x", "y"]) for _ in range(N)],
        quality_issue=[draw.choice(["perfect", "damaged"]) for _ in range(N)],
    )
    mapping, *_ = suggested({"orders": orders(91), "deliveries": deliveries})
    assert "delivered" in [event["kind"] for event in mapping["events"]]
    assert mapping["known_at"] == {"deliveries.carrier": "delivered", "deliveries.quality_issue": "delivered"}


def test_the_start_may_stand_in_the_file_beside_the_ratings() -> None:
    draw, times = random.Random(92), starts(92)
    calls = rows_of(
        call_id=list(range(N)),
        start_time=[str(t) for t in times],
        wait_time_sec=[draw.randrange(300) for _ in range(N)],
        call_type=[draw.choice(["sales", "help"]) for _ in range(N)],
    )
    rated = rows_of(call_id=list(range(N)), csat_score=[draw.randrange(1, 6) for _ in range(N)])
    mapping, *_ = suggested({"ratings": rated, "calls": calls})
    assert "clock" not in mapping
    assert mapping["interactions"]["started_at"] in ("start_time", "calls.start_time")
    assert "known_at" not in mapping


def test_an_origin_with_a_destination_is_no_channel() -> None:
    draw = random.Random(93)
    towns = ["Pune", "Delhi", "Goa"]
    origin = [draw.choice(towns) for _ in range(N)]
    mapping, *_ = suggested(orders(93, origin=origin, destination=[draw.choice(towns) for _ in range(N)]))
    assert "channel" not in mapping["interactions"]
    mapping, *_ = suggested(orders(93, origin=[draw.choice(["web", "phone"]) for _ in range(N)]))
    assert mapping["interactions"]["channel"] == "origin"


def test_what_stands_beside_the_ratings_in_their_file_never_reaches_a_model() -> None:
    draw = random.Random(99)
    tickets = rows_of(
        id=list(range(N)),
        created_at=[str(t) for t in starts(99)],
        solved_at=[str(t + timedelta(hours=4)) for t in starts(99)],
    )
    judged = range(0, N, 2)
    checks = rows_of(
        ticket_id=list(judged),
        overall=[draw.choice([40, 60, 75, 90, 100]) for _ in judged],
        solution=[draw.randrange(1, 4) for _ in judged],
        judge=[draw.choice(["anna", "bo"]) for _ in judged],
    )
    mapping, *_ = suggested({"tickets": tickets, "checks": checks})
    assert mapping["feedback"]["rating"] == "checks.overall"
    assert {"checks.solution", "checks.judge"} <= set(mapping["never"])


def test_a_number_of_things_is_no_case() -> None:
    draw, times = random.Random(102), starts(102)
    mapping, *_ = suggested(
        rows_of(
            Number_of_Vehicles=[draw.randrange(1, 5) for _ in range(N)],
            Road_Type=[draw.choice(["street", "lane"]) for _ in range(N)],
            Date=[f"{t:%Y-%m-%d}" for t in times],
        )
    )
    assert "event_log" not in mapping
