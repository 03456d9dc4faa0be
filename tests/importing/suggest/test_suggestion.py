"""Made-up exports of well-known shapes get the mapping that a person would write, in all decisive lines."""

from collections.abc import Callable
from functools import cache
from typing import Any

import polars as pl
import pytest
import yaml

import made_exports
from forestall.importing.suggest import Suggestion, suggest_mapping
from forestall.importing.suggest.scene import table_names

SHAPES = {
    name: getattr(made_exports, name)
    for name in (
        *("zendesk", "servicenow", "freshdesk", "jira", "shop", "call_centre"),
        *("chat", "queue_log", "airline", "hotel", "nps"),
    )
}


def suggested_anew(
    shape: Callable[[], dict[str, pl.DataFrame]],
) -> tuple[dict[str, Any], dict[str, Any], Suggestion]:
    tables = shape()
    short = table_names(list(tables))
    suggestion = suggest_mapping({short[name]: frame for name, frame in tables.items()})
    return yaml.safe_load(suggestion.mapping), yaml.safe_load(suggestion.model), suggestion


# several tests look at the suggestion of one shape; none changes it
suggested = cache(suggested_anew)


def kinds(mapping: dict[str, Any]) -> dict[str, Any]:
    return {event["kind"]: event["at"] for event in mapping["events"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_each_column_has_one_place_and_is_in_the_text(name: str) -> None:
    tables = SHAPES[name]()
    short = table_names(list(tables))
    *_, suggestion = suggested(SHAPES[name])
    columns = {(short[file], column) for file, frame in tables.items() for column in frame.columns}
    assert len(suggestion.placed) == len(columns)
    for file, column in columns:
        assert column in suggestion.placed or f"{file}.{column}" in suggestion.placed
        assert column in suggestion.mapping


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_it_is_the_same_each_time_and_for_another_order_of_rows(name: str) -> None:
    first = suggested(SHAPES[name])[2]
    assert suggested_anew(SHAPES[name])[2] == first


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_no_words_of_a_customer_are_in_it(name: str) -> None:
    suggestion = suggested(SHAPES[name])[2]
    for frame in SHAPES[name]().values():
        for column in frame.columns:
            cells = frame[column].drop_nulls().unique()
            if len(cells) > 20:
                assert not [
                    cell for cell in cells if len(cell) > 9 and cell in suggestion.mapping + suggestion.model
                ]


def test_zendesk() -> None:
    mapping, model, _ = suggested(made_exports.zendesk)
    own = mapping["interactions"]
    assert (own["interaction_id"], own["started_at"]) == ("ID", "Created at")
    assert (own["customer_id"], own["channel"], own["venue"]) == ("Requester id", "Via", "Group")
    assert kinds(mapping)["resolved"] == "Solved at"
    assert kinds(mapping)["responded"] == {"after": "started_at", "minutes": "First reply time in minutes"}
    assert kinds(mapping)["reopened"] == "Solved at"
    rating = {"Bad": 1, "Good": 5, "Offered": None, "Unoffered": None}
    assert mapping["feedback"] == {"rating": {"column": "Satisfaction Score", "values": rating}}
    assert mapping["never"] == ["Status", "Assignee", "Satisfaction Comment"]
    assert mapping["known_at"] == {"Replies": "resolved"}
    assert model["context"] == {"categorical": ["Priority"], "numeric": []}


def test_servicenow() -> None:
    mapping, model, suggestion = suggested(made_exports.servicenow)
    form = "%d-%m-%Y %H:%M:%S"
    own = mapping["interactions"]
    assert own["interaction_id"] == "number"
    assert own["started_at"] == {"column": "opened_at", "format": form}
    assert own["promised_at"] == {"column": "due_date", "format": form}
    assert (own["customer_id"], own["channel"], own["venue"]) == (
        "caller_id",
        "contact_type",
        "assignment_group",
    )
    assert kinds(mapping)["closed"] == {"column": "closed_at", "format": form}
    assert kinds(mapping)["resolved"] == {"column": "resolved_at", "format": form}
    transfers = next(event for event in mapping["events"] if event["kind"] == "transferred")
    assert (transfers["times"], transfers["at"]) == ("reassignment_count", kinds(mapping)["closed"])
    assert set(mapping["known_at"]) == {"made_sla", "close_code"}
    assert mapping["never"] == ["assigned_to", "state", "close_notes"]
    assert suggestion.placed["sys_updated_on"] == "left_out"
    assert model["label"] == {"event": "reopened", "horizon_days": 3}


def test_freshdesk() -> None:
    mapping, model, _ = suggested(made_exports.freshdesk)
    own = mapping["interactions"]
    assert (own["interaction_id"], own["started_at"], own["promised_at"]) == (
        "Ticket ID",
        "Created time",
        "Due by Time",
    )
    assert (own["customer_id"], own["staff"], own["channel"]) == ("Contact ID", "Agent", "Source")
    assert kinds(mapping)["responded"] == "Initial response time"
    assert kinds(mapping)["closed"] == "Closed time"
    ranks = {"Extremely Happy": 5, "Happy": 4, "Neutral": 3, "Unhappy": 2}
    assert mapping["feedback"]["rating"] == {"column": "Survey results", "values": ranks}
    assert set(mapping["known_at"]) == {"Resolution status", "Agent interactions"}
    assert mapping["never"] == ["Status"]
    assert model["label"] == {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 3}


def test_jira() -> None:
    mapping, *_ = suggested(made_exports.jira)
    form = "%d/%b/%y %I:%M %p"
    assert mapping["interactions"]["interaction_id"] == "Issue key"
    assert mapping["interactions"]["started_at"] == {"column": "Created", "format": form}
    assert mapping["interactions"]["customer_id"] == "Reporter"
    assert kinds(mapping)["resolved"] == {"column": "Resolved", "format": form}
    assert mapping["feedback"]["rating"] == "Satisfaction rating"
    assert set(mapping["known_at"]) == {"Resolution"}
    assert set(mapping["never"]) == {"Status", "Assignee"}


def test_five_files_of_a_shop() -> None:
    mapping, model, suggestion = suggested(made_exports.shop)
    assert mapping["tables"]["order_reviews"] == {"on": {"order_id": "order_id"}}
    assert mapping["tables"]["customers"] == {"on": {"customer_id": "customer_id"}}
    assert mapping["tables"]["order_items"] == {"on": {"order_id": "order_id"}}
    assert mapping["tables"]["products"] == {"on": {"product_id": "order_items.product_id"}}
    own = mapping["interactions"]
    assert (own["interaction_id"], own["started_at"]) == ("order_id", "order_purchase_timestamp")
    assert own["promised_at"] == "order_estimated_delivery_date"
    assert own["customer_id"] == "customers.customer_unique_id"
    assert own["product_category"] == "products.product_category_name"
    assert own["price"] == "order_items.price"
    assert kinds(mapping)["delivered"] == "order_delivered_customer_date"
    assert kinds(mapping)["shipped"] == "order_delivered_carrier_date"
    assert mapping["feedback"] == {
        "rating": "order_reviews.review_score",
        "rated_at": "order_reviews.review_answer_timestamp",
    }
    assert "order_reviews.review_comment_message" in mapping["never"]
    assert suggestion.placed["order_reviews.review_creation_date"] == "left_out"
    assert model["context"]["numeric"] == ["products.product_weight_g"]


def test_a_call_centre() -> None:
    mapping, *_ = suggested(made_exports.call_centre)
    start = {"columns": ["Date", "Time"], "format": "%d-%m-%Y %H:%M:%S"}
    assert mapping["interactions"]["started_at"] == start
    events = {event["kind"]: event for event in mapping["events"]}
    assert events["served"]["at"] == {"after": "started_at", "seconds": "Speed of answer in seconds"}
    assert events["served"]["when"] == "Answered (Y/N)"
    assert events["abandoned"]["when"] == {"column": "Answered (Y/N)", "is": ["N"]}
    assert events["closed"]["at"] == {"after": "served", "seconds": "AvgTalkDuration"}
    assert events["resolved"]["when"] == "Resolved"
    assert mapping["feedback"] == {"rating": "Satisfaction rating"}


def test_a_chat_transcript() -> None:
    mapping, *_ = suggested(made_exports.chat)
    assert mapping["event_log"] == {
        "case": "conversation_id",
        "activity": "sender",
        "timestamp": "timestamp",
        "kinds": {"agent": "message", "bot": "message", "customer": "message"},
        "actor": {
            "column": "sender",
            "values": {"agent": "staff", "bot": "system", "customer": "customer"},
            "default": "system",
        },
        "text": "message",
    }
    assert "timezone" not in mapping


def test_a_queue() -> None:
    mapping, *_ = suggested(made_exports.queue_log)
    form = "%m/%d/%Y %I:%M:%S %p"
    assert mapping["interactions"]["started_at"] == {"column": "drawn_at", "format": form}
    at = {kind: time["column"] for kind, time in kinds(mapping).items() if "column" in time}
    assert at == {"called": "called_at", "served": "served_at", "closed": "finished_at"}
    assert mapping["feedback"]["rating"]["values"] == {"happy": 4, "neutral": 3, "unhappy": 2}


def test_a_survey_without_any_clock() -> None:
    mapping, model, _ = suggested(made_exports.airline)
    assert mapping["clock"] == "none"
    assert mapping["interactions"]["interaction_id"] == "id"
    assert mapping["feedback"]["rating"]["values"] == {"neutral or dissatisfied": 1, "satisfied": 5}
    answers = [
        "Inflight wifi service",
        "Ease of Online booking",
        "Food and drink",
        "Seat comfort",
        "Cleanliness",
    ]
    assert mapping["never"] == answers
    assert model["context"]["numeric"] == ["Age", "Flight Distance", "Departure Delay in Minutes"]


def test_reviews_of_a_hotel_in_german() -> None:
    mapping, *_ = suggested(made_exports.hotel)
    assert mapping["decimal"] == ","
    own = mapping["interactions"]
    assert own["interaction_id"] == "Buchungsnummer"
    assert own["started_at"] == {"column": "Anreise", "format": "%d.%m.%Y"}
    assert (own["customer_id"], own["venue"], own["product"], own["price"]) == (
        "Gast-Nr.", "Filiale", "Zimmertyp", "Preis",
    )  # fmt: skip
    assert kinds(mapping)["closed"] == {"column": "Abreise", "format": "%d.%m.%Y"}
    assert mapping["feedback"]["rating"] == "Gesamtbewertung"
    assert mapping["feedback"]["rated_at"] == {"column": "Bewertungsdatum", "format": "%d.%m.%Y"}
    assert set(mapping["never"]) == {"Sauberkeit", "Kommentar"}


def test_cases_joined_with_a_survey() -> None:
    mapping, model, _ = suggested(made_exports.nps)
    assert mapping["tables"]["survey"] == {"on": {"case_id": "case_id"}}
    assert mapping["feedback"] == {"rating": "survey.nps", "rated_at": "survey.responded_at"}
    assert model["label"] == {"scale": [0, 10], "dissatisfied_at_or_below": 6, "horizon_days": 30}
    assert mapping["never"] == ["survey.reason_for_score"]
    assert "escalated" in kinds(mapping)
