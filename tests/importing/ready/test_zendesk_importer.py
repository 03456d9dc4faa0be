"""The importer of Zendesk Support counts what a count by hand does, and knows nothing before its time."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forestall.data import Tables
from ready_import import (
    features_of,
    kinds_of,
    mean_risk_of_copies,
    ratings_of,
    rows_are_accounted_for,
    run,
    times_of,
    write_json,
)

ANA, BEN = 900, 901  # agents
DAY = "2026-03-02T"


def ticket(key: int, generated: int, **values: Any) -> dict[str, Any]:
    """Return a ticket of the incremental export, with the columns that the documentation shows."""
    return {
        "id": key, "created_at": f"{DAY}08:00:00Z", "updated_at": f"{DAY}08:00:00Z", "generated_timestamp": generated,
        "requester_id": 70 + key, "assignee_id": BEN, "group_id": 5, "status": "closed", "priority": "high",
        "subject": "Printer", "tags": ["enterprise"], "via": {"channel": "email"},
        "satisfaction_rating": {"score": "offered"}, "custom_fields": [{"id": 27642, "value": "745"}], **values,
    }  # fmt: skip


PAGES = [
    # three tickets; ticket 1 is exported while it is open
    [ticket(1, 1772438400, status="open"), ticket(2, 1772438401), ticket(3, 1772438402)],
    # ticket 1 again, changed without a new updated_at; ticket 3 was deleted since; ticket 4 was merged into another
    [ticket(1, 1772452800, via={"channel": "voice"}), ticket(3, 1772452801, status="deleted"),
     ticket(4, 1772452802, tags=["enterprise", "closed_by_merge"])],
]  # fmt: skip


def audit(key: int, of: int, time: str, author: int, *events: dict[str, Any]) -> dict[str, Any]:
    numbered = [{"id": 10 * key + i, **event} for i, event in enumerate(events)]
    return {
        "id": key,
        "ticket_id": of,
        "created_at": f"{DAY}{time}Z",
        "author_id": author,
        "events": numbered,
    }


def comment(author: int, body: str, *, public: bool = True) -> dict[str, Any]:
    return {"type": "Comment", "author_id": author, "body": body, "public": public}


def change(field: str, before: str | None, after: str) -> dict[str, Any]:
    return {"type": "Change", "field_name": field, "previous_value": before, "value": after}


AUDITS = [
    audit(1, 1, "08:00:00", 71, comment(71, "It is broken"),
          {"type": "Create", "field_name": "status", "value": "new"},
          {"type": "Create", "field_name": "tags", "value": ["enterprise"]}),
    audit(2, 1, "08:10:00", ANA, comment(ANA, "no idea", public=False), change("assignee_id", None, str(ANA))),
    audit(3, 1, "08:30:00", ANA, comment(ANA, "Try this"), change("status", "open", "pending")),
    audit(4, 1, "09:00:00", 71, comment(71, "Does not help"), change("status", "pending", "open")),
    audit(5, 1, "09:30:00", ANA, change("status", "open", "solved")),
    # a bad rating at 10:00; then a manager gives the ticket to another agent and reopens it
    audit(6, 1, "10:30:00", BEN, change("assignee_id", str(ANA), str(BEN)), change("status", "solved", "open")),
    audit(7, 1, "11:00:00", BEN, change("status", "open", "closed")),
    audit(8, 3, "08:05:00", ANA, comment(ANA, "Hello")),      # of the ticket that was deleted
    audit(9, 99, "08:05:00", ANA, comment(ANA, "Hello")),     # of a ticket that was not exported
]  # fmt: skip


def metric(key: int, of: int, name: str, kind: str, time: str, **values: Any) -> dict[str, Any]:
    return {
        "id": key,
        "ticket_id": of,
        "metric": name,
        "instance_id": 1,
        "type": kind,
        "time": f"{DAY}{time}Z",
        **values,
    }


METRICS = [
    metric(1, 2, "reply_time", "activate", "08:00:00"),
    metric(
        2, 2, "reply_time", "apply_sla", "08:00:01", sla={"target": 60, "business_hours": False, "policy": {}}
    ),
    metric(
        3, 2, "reply_time", "apply_sla", "09:00:01", sla={"target": 10, "business_hours": False, "policy": {}}
    ),
    metric(4, 2, "reply_time", "breach", "09:00:00"),
    metric(5, 2, "reply_time", "fulfill", "09:20:00"),
    metric(5, 2, "reply_time", "fulfill", "09:20:00"),  # the pages overlap
    metric(
        6, 1, "reply_time", "apply_sla", "08:00:01", sla={"target": 60, "business_hours": True, "policy": {}}
    ),
]


def rating(key: int, of: int, score: str, time: str) -> dict[str, Any]:
    return {"id": key, "ticket_id": of, "score": score, "assignee_id": ANA, "requester_id": 70 + of,
            "created_at": f"{DAY}09:40:00Z", "updated_at": f"{DAY}{time}Z", "comment": "rude"}  # fmt: skip


RATINGS = [
    rating(1, 1, "offered", "09:40:00"),
    rating(1, 1, "bad_with_comment", "10:00:00"),  # the same one, since it was answered
    rating(2, 2, "unoffered", "09:40:00"),
]


def answer(kind: str, time: str, **values: Any) -> dict[str, Any]:
    return {"type": kind, "created_at": f"{DAY}{time}.000Z", "updated_at": f"{DAY}{time}.000Z", **values}


SURVEYS = [
    {
        "id": "01J1", "responder_id": 72, "expires_at": "2026-03-30T00:00:00.000Z",
        "subject_zrns": ["zen:ticket:2"], "subjects": [{"id": "2", "type": "ticket", "zrn": "zen:ticket:2"}],
        "survey": {"id": "01J5", "state": "enabled", "version": 3},
        "answers": [
            answer("rating_scale", "12:00:00", rating=5, rating_category="good",
                   question={"id": "a", "type": "rating_scale_numeric", "sub_type": "customer_satisfaction"}),
            answer("rating_scale", "12:00:00", rating=1, rating_category="bad",
                   question={"id": "b", "type": "rating_scale_numeric", "sub_type": "other"}),
            answer("open_ended", "12:01:00", value="thanks", question={"id": "c", "type": "open_ended"}),
        ],
    }
]  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    pages = [
        write_json(
            tmp_path / f"tickets{i}.json", {"tickets": page, "after_cursor": "x", "end_of_stream": False}
        )
        for i, page in enumerate(PAGES)
    ]
    got = run(
        "zendesk",
        *pages,
        audits=write_json(tmp_path / "audits.json", {"audits": AUDITS, "before_url": None}),
        metric_events=write_json(tmp_path / "metrics.json", {"ticket_metric_events": METRICS, "count": 7}),
        ratings=write_json(tmp_path / "ratings.json", {"satisfaction_ratings": RATINGS}),
        surveys=write_json(
            tmp_path / "surveys.json", {"survey_responses": SURVEYS, "meta": {"has_more": False}}
        ),
    )
    return got.replace(interactions=got.interactions.sort("interaction_id"))


def test_repeated_tickets_count_once_and_deleted_and_merged_ones_not_at_all(tables: Tables) -> None:
    assert tables.interactions["interaction_id"].to_list() == ["1", "2"]
    counts = tables.about["import"]["counts"]
    # six rows: two tickets, an older row, both rows of the deleted ticket and one of the merged
    assert (counts["rows_in"], counts["older_rows"], counts["left_out"]) == (6, 1, 3)
    assert rows_are_accounted_for(tables)
    # the newest row counts, though its updated_at is the same
    assert tables.interactions["channel"].to_list() == ["phone", "email"]


def test_each_public_comment_and_change_is_an_event(tables: Tables) -> None:
    assert times_of(tables, "1") == [
        ("issue_raised", "02 08:00"),
        ("message", "02 08:00"),
        ("message", "02 08:30"),
        ("waiting_for_customer", "02 08:30"),
        ("message", "02 09:00"),
        ("resolved", "02 09:30"),
        ("reopened", "02 10:30"),
        ("transferred", "02 10:30"),
        ("closed", "02 11:00"),
    ]
    assert kinds_of(tables) == {
        "closed": 1, "issue_raised": 2, "message": 3, "reopened": 1, "resolved": 1, "responded": 1,
        "sla_breached": 1, "transferred": 1, "waiting_for_customer": 1,
    }  # fmt: skip
    said = tables.events.filter(kind="message").sort("at").select("actor", "text").rows()
    assert said == [("customer", "It is broken"), ("staff", "Try this"), ("customer", "Does not help")]


def test_the_staff_is_who_answered_and_not_who_got_the_ticket_after_the_rating(tables: Tables) -> None:
    assert tables.interactions["staff"].to_list() == [str(ANA), None]
    assert "assignee_id" not in tables.interactions.columns


def test_offered_is_no_rating_and_old_and_new_surveys_are_read(tables: Tables) -> None:
    assert ratings_of(tables) == [("1", 1.0, "02 10:00"), ("2", 5.0, "02 12:00")]


def test_the_first_promise_of_clock_hours_is_promised_at(tables: Tables) -> None:
    # ticket 1 has a promise in business hours, which a clock cannot tell
    promised = tables.interactions["promised_at"].dt.strftime("%H:%M")
    assert promised.to_list() == [None, "09:00"]


def test_rows_of_other_tickets_are_counted(tables: Tables) -> None:
    assert tables.rejections.counts() == {}
    counts = tables.about["import"]["counts"]
    assert counts["tables.audits: rows of other records"] == 1
    assert counts["tables.audits: rows of what is left out"] == 1
    assert counts["tables.metric_events: rows that repeat a key"] == 1


def test_a_file_without_rows_is_like_none(tmp_path: Path) -> None:
    tickets = write_json(tmp_path / "tickets.json", {"tickets": PAGES[0]})
    empty = write_json(tmp_path / "surveys.json", {"survey_responses": [], "meta": {"has_more": False}})
    assert run("zendesk", tickets, surveys=empty).feedback.height == 0


def test_tickets_alone_are_enough(tmp_path: Path) -> None:
    tables = run("zendesk", write_json(tmp_path / "tickets.json", {"tickets": PAGES[0]}))
    assert kinds_of(tables) == {"issue_raised": 3}
    assert tables.feedback.height == 0
    assert tables.interactions["promised_at"].null_count() == 3
    assert tables.interactions.select(pl.col("customer_id").n_unique()).item() == 3


def test_what_happens_after_the_rating_changes_nothing_before_it(tables: Tables, tmp_path: Path) -> None:
    # the same ticket, exported at ten, when it was rated: solved, with its first agent
    then = ticket(1, 1772445600, via={"channel": "voice"}, status="solved", assignee_id=ANA, priority="low")
    other = ticket(2, 1772438401)
    before = run(
        "zendesk",
        write_json(tmp_path / "then.json", {"tickets": [then, other]}),
        audits=write_json(tmp_path / "audits_then.json", {"audits": AUDITS[:5]}),
        metric_events=write_json(tmp_path / "metrics.json", {"ticket_metric_events": METRICS}),
    )
    moment = "2026-03-02T09:59:59Z"
    assert features_of(tables, "1", moment) == features_of(before, "1", moment)


def test_pages_may_come_as_lines_of_pages_lines_of_tickets_or_one_array(tmp_path: Path) -> None:
    tickets = [*PAGES[0], *PAGES[1]]
    (tmp_path / "pages.jsonl").write_text("\n".join(json.dumps({"tickets": page}) for page in PAGES))
    (tmp_path / "tickets.jsonl").write_text("\n".join(json.dumps(one) for one in tickets))
    write_json(tmp_path / "array.json", tickets)
    for name in ("pages.jsonl", "tickets.jsonl", "array.json"):
        assert sorted(run("zendesk", tmp_path / name).interactions["interaction_id"]) == ["1", "2"]


@pytest.mark.slow
def test_its_model_learns_from_them(tables: Tables) -> None:
    assert mean_risk_of_copies("zendesk", tables) == pytest.approx(1 / 3, abs=0.13)
