"""What is known when, which file has the interactions, and ratings with stray values, in tables never seen before."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from forestall.importing.suggest.column_profile import is_nearly_unique
from forestall.importing.suggest.rating_scale import outside_scale
from unseen_rows import N, named, rows_of, starts, suggested

OPENED = starts(111)
DRAW = random.Random(111)
KEYS = [f"T{i:04}" for i in range(N)]


def tickets(**more: list[Any]) -> pl.DataFrame:
    """Give tickets with a key, a start, an end and a rating, and further columns."""
    ends = [str(t + timedelta(hours=2 + i % 9)) for i, t in enumerate(OPENED)]
    scores = [DRAW.randrange(1, 6) for _ in range(N)]
    own = {"ticket_id": KEYS, "created_at": [str(t) for t in OPENED], "closed_at": ends, "csat_score": scores}
    return rows_of(**own, **more)


def drawn(*words: str) -> list[str]:
    return [DRAW.choice(words) for _ in range(N)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("phase", ("Open", "In Progress", "Closed")),  # states, by the words
        ("ULTIMO USUARIO", ("ana", "luis", "eva")),
        ("churn_30d", ("0", "1")),
        ("column 13", ("x", "y")),  # so the reader calls a column without a name
    ],
)
def test_what_may_have_come_after_the_rating_is_never_imported(name: str, words: tuple[str, ...]) -> None:
    mapping, model, _ = suggested(tickets(**{name: drawn(*words)}))
    assert name.replace("_13", " 13") in {column.replace("_13", " 13") for column in mapping["never"]}
    assert not {one for one in named(mapping, model) if one.startswith(name.split("_", maxsplit=1)[0])}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("courier_note", ("On-time", "Delayed")),
        ("replied_flag", ("0", "1")),
        ("negotiation_rounds", ("1", "2", "3")),
        ("OPORTUNO", ("SI", "NO")),
    ],
)
def test_what_is_settled_at_the_end_is_known_from_the_closing_on(name: str, words: tuple[str, ...]) -> None:
    mapping, model, _ = suggested(tickets(**{name: drawn(*words)}))
    assert mapping["known_at"].get(name) == "closed"
    assert name not in named(mapping, model)


def test_a_number_in_the_order_of_the_span_until_the_end_is_known_from_there_on() -> None:
    ends = [timedelta(hours=5 * i % 173) for i in range(N)]
    rows = tickets().with_columns(
        pl.Series("closed_at", [str(t + end) for t, end in zip(OPENED, ends, strict=True)]),
        pl.Series("workdays", [str(end.total_seconds() ** 0.7 // 50) for end in ends]),
    )
    mapping, model, _ = suggested(rows)
    assert mapping["known_at"].get("workdays") == "closed"
    assert "workdays" not in named(mapping, model)


def test_a_stray_99_makes_no_scale_of_a_hundred() -> None:
    rows = tickets()
    scores = rows["csat_score"].to_list()
    mapping, model, questions = suggested(rows.with_columns(pl.Series("csat_score", ["99", *scores[1:]])))
    assert model["label"]["scale"] == [1, 5]
    assert mapping["feedback"]["rating"]["values"] == {"99": None}
    assert [one for one in questions if "is 99 no rating? 1 of 200 are outside the scale" in one]
    many = pl.Series([99.0] * 30 + [3.0] * 170)
    assert not outside_scale(many).any()
    assert not outside_scale(pl.Series([99.0, *[3.0] * 50])).any()  # too few to say what is usual


def test_rated_tickets_are_the_interactions_and_the_orders_a_further_file() -> None:
    keys = [f"O{i:04}" for i in range(N)]
    orders = rows_of(order_id=keys, order_date=[str(t) for t in OPENED], city=drawn("a", "b"))
    scans = rows_of(
        order_id=keys, first_scan=[str(t + timedelta(hours=9)) for t in OPENED], weight=drawn("1", "2")
    )
    mapping, *_ = suggested(
        {"orders": orders, "scans": scans, "care": tickets(order_id=[keys[i // 2] for i in range(N)])}
    )
    assert mapping["interactions"]["interaction_id"] == "ticket_id"
    assert mapping["tables"]["orders"]["on"] == {"order_id": "order_id"}


def test_customers_of_whom_one_stands_there_twice_are_joined_and_are_no_interactions() -> None:
    ids = [f"C{i // 4:03}" for i in range(N)]
    customers = rows_of(customer_id=[*dict.fromkeys(ids), "C000"], region=["n", "s"] * 25 + ["n"])
    mapping, *_ = suggested({"customers": customers, "tickets": tickets(customer_id=ids)})
    assert mapping["interactions"]["interaction_id"] == "ticket_id"
    assert mapping["tables"]["customers"]["on"] == {"customer_id": "customer_id"}
    as_floats = pl.Series([float(i) for i in [*range(99), 0]])  # as a spreadsheet has all its numbers
    assert is_nearly_unique(as_floats)
    assert not is_nearly_unique(as_floats + 0.5)


def test_codes_of_a_log_become_kinds_that_begin_with_a_letter() -> None:
    log = rows_of(
        case=[f"c{i // 8}" for i in range(N)],
        activity=[str(1 + i % 8) for i in range(N)],
        timestamp=[str(t) for t in OPENED],
    )
    mapping, _, questions = suggested(log)
    assert mapping["event_log"]["kinds"]["3"] == "activity_3"
    assert [one for one in questions if "what does each code mean?" in one]


def test_a_start_that_is_called_like_the_end_is_asked_about() -> None:
    rows = rows_of(
        ticket_id=KEYS, **{"End Date": [str(t) for t in OPENED]}, score=[1 + i % 5 for i in range(N)]
    )
    *_, questions = suggested(rows)
    assert [one for one in questions if "'End Date' is called like the end" in one]


def test_the_kinds_of_customers_are_no_customers() -> None:
    kinds = drawn("Citizen", "Court")
    mapping, *_ = suggested(
        pl.concat([tickets(customer=kinds)] * 2).with_columns(ticket_id=pl.int_range(2 * N).cast(str))
    )
    assert "customer_id" not in mapping["interactions"]


def test_the_best_rating_is_never_a_bad_one_and_the_end_of_a_window_is_a_promise() -> None:
    rows = tickets(arrival_window_end_time=[str(t + timedelta(hours=3)) for t in OPENED])
    mapping, model, _ = suggested(rows.with_columns(pl.Series("csat_score", ["4"] * 4 + ["5"] * (N - 4))))
    assert mapping["interactions"]["promised_at"] == "arrival_window_end_time"
    assert model["label"]["dissatisfied_at_or_below"] == 4


def test_nothing_to_predict_has_the_usual_horizon() -> None:
    assert suggested(tickets().drop("csat_score"))[1]["label"] == {"event": "complained", "horizon_days": 30}
