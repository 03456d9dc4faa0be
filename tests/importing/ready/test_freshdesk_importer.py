"""The importer of Freshdesk counts what a count by hand does, and knows nothing before its time."""

from pathlib import Path
from typing import Any

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

DAY = "2026-03-02T"


def ticket(key: int, updated: str, stats: dict[str, str | None], **values: Any) -> dict[str, Any]:
    return {
        "id": key, "created_at": f"{DAY}08:00:00Z", "updated_at": f"{DAY}{updated}Z", "requester_id": 70,
        "responder_id": 901, "status": 5, "priority": 2, "source": 2, "type": "Question", "spam": False,
        "due_by": f"{DAY}20:00:00Z", "fr_due_by": f"{DAY}10:00:00Z", "is_escalated": False, "tags": ["vip"],
        "stats": {name: time and f"{DAY}{time}Z" for name, time in stats.items()}, **values,
    }  # fmt: skip


NONE = dict.fromkeys(["first_responded_at", "resolved_at", "reopened_at", "closed_at"])
DONE = {
    "first_responded_at": "08:30:00",
    "resolved_at": "11:00:00",
    "reopened_at": "10:00:00",
    "closed_at": "12:00:00",
}
TICKETS = [
    [
        ticket(1, "09:00:00", {**NONE, "first_responded_at": "08:30:00"}),
        ticket(2, "09:00:00", NONE, source=3),
    ],
    [
        ticket(1, "12:00:00", DONE),
        ticket(3, "09:00:00", NONE, spam=True),
        ticket(4, "09:00:00", NONE, deleted=True),
    ],
]


def message(
    key: int, of: int, time: str, user: int, *, incoming: bool, private: bool = False, source: int = 0
) -> Any:
    return {"id": key, "ticket_id": of, "created_at": f"{DAY}{time}Z", "user_id": user, "incoming": incoming,
            "private": private, "source": source, "body_text": f"words {key}"}  # fmt: skip


MESSAGES = [
    message(1, 1, "08:20:00", 900, incoming=False, private=True, source=2),  # a note among agents
    message(2, 1, "08:30:00", 900, incoming=False),
    message(3, 1, "09:50:00", 70, incoming=True),
    message(3, 1, "09:50:00", 70, incoming=True),  # the pages overlap
    message(4, 1, "10:30:00", 901, incoming=False),
    message(5, 1, "12:30:00", 70, incoming=True, source=6),  # written with the rating
    message(6, 3, "08:30:00", 900, incoming=False),  # of the ticket that is spam
]
ACTIVITIES = [
    {"ticket_id": of, "performed_at": f"02-03-2026 {time} +0000", "performer_type": "user", "performer_id": 900,
     "activity": activity}
    for of, time, activity in [
        (1, "08:00:00", {"new_ticket": True, "status": "Open", "priority": 2}),
        (1, "09:00:00", {"status": "Resolved", "agent_id": 900}),
        (1, "10:00:00", {"status": "Open"}),
        (1, "10:05:00", {"note": {"id": 4, "type": 4}}),
        (1, "11:00:00", {"status": "Resolved"}),
        (1, "12:00:00", {"status": "Closed"}),
        (8, "12:00:00", {"status": "Closed"}),  # of a ticket that was not exported
    ]
]  # fmt: skip
RATINGS = [
    {"id": 9, "ticket_id": 1, "user_id": 70, "agent_id": 901, "feedback": "rude", "ratings": {"default_question": code},
     "created_at": f"{DAY}{time}Z", "updated_at": f"{DAY}{time}Z"}
    for code, time in ((103, "12:25:00"), (-102, "12:30:00"))  # rated again
]  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return run(
        "freshdesk",
        *(write_json(tmp_path / f"tickets{i}.json", page) for i, page in enumerate(TICKETS)),
        conversations=write_json(tmp_path / "conversations.json", MESSAGES),
        activities=write_json(tmp_path / "activities.json", {"activities_data": ACTIVITIES}),
        ratings=write_json(tmp_path / "ratings.json", RATINGS),
    )


def test_a_ticket_counts_once_and_spam_and_deleted_ones_not_at_all(tables: Tables) -> None:
    assert sorted(tables.interactions["interaction_id"]) == ["1", "2"]
    counts = tables.about["import"]["counts"]
    assert (counts["rows_in"], counts["older_rows"], counts["left_out"]) == (5, 1, 2)
    assert counts["tables.conversations: rows that repeat a key"] == 1
    assert counts["tables.activities: rows of other records"] == 1
    assert rows_are_accounted_for(tables)
    assert tables.rejections.counts() == {}


def test_messages_and_times_of_the_ticket_are_events(tables: Tables) -> None:
    assert times_of(tables, "1") == [
        ("issue_raised", "02 08:00"),
        ("message", "02 08:30"),
        ("responded", "02 08:30"),
        ("resolved", "02 09:00"),
        ("message", "02 09:50"),
        ("reopened", "02 10:00"),
        ("message", "02 10:30"),
        ("resolved", "02 11:00"),
        ("closed", "02 12:00"),
    ]
    assert kinds_of(tables)["message"] == 3  # without the note, the repeat and the words of the rating
    assert tables.interactions.filter(interaction_id="2")["channel"].item() == "phone"


def test_the_staff_answered_first_and_late_columns_are_known_late(tables: Tables) -> None:
    assert tables.interactions.filter(interaction_id="1")["staff"].item() == "900"
    assert set(tables.about["known_at"].values()) == {"closed"}


def test_the_newest_face_is_the_rating(tables: Tables) -> None:
    assert ratings_of(tables) == [("1", 2.0, "02 12:30")]


def test_what_happens_later_changes_nothing_before_it(tables: Tables, tmp_path: Path) -> None:
    # the same ticket, exported when it was resolved for the first time
    then = ticket(
        1,
        "09:00:00",
        {**NONE, "first_responded_at": "08:30:00", "resolved_at": "09:00:00"},
        status=4,
        priority=1,
    )
    other = ticket(2, "09:00:00", NONE, source=3)
    before = run(
        "freshdesk",
        write_json(tmp_path / "then.json", [then, other]),
        conversations=write_json(tmp_path / "messages.json", MESSAGES[:2]),
        activities=write_json(tmp_path / "acts.json", {"activities_data": ACTIVITIES[:2]}),
    )
    moment = "2026-03-02T09:30:00Z"
    assert features_of(tables, "1", moment) == features_of(before, "1", moment)


@pytest.mark.slow
def test_its_model_learns_from_them(tables: Tables) -> None:
    assert mean_risk_of_copies("freshdesk", tables) == pytest.approx(1 / 3, abs=0.13)
