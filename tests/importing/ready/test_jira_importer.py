"""The importer of Jira Service Management counts what a count by hand does."""

# ruff: noqa: E501 (a row of an export is a line)

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


def history(key: int, time: str, author: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(key),
        "created": f"{DAY}{time}.366-0600",
        "author": {"accountId": author},
        "items": list(items),
    }


def item(field: str, old: str | None, new: str | None) -> dict[str, Any]:
    """Return a changed field as the changelog has it."""
    return {"field": field, "fieldtype": "jira", "from": old, "fromString": old, "to": new, "toString": new}


def comment(time: str, author: str, body: str, *, public: bool = True) -> dict[str, Any]:
    return {"id": "1", "created": f"{DAY}{time}.000-0600", "author": {"accountId": author}, "body": body,
            "jsdPublic": public}  # fmt: skip


def issue(key: str, histories: list[Any], comments: list[Any], **fields: Any) -> dict[str, Any]:
    return {
        "key": key,
        "changelog": {"startAt": 0, "maxResults": 1, "total": 1, "histories": histories},
        "fields": {
            "created": f"{DAY}08:00:00.000-0600", "updated": f"{DAY}12:00:00.000-0600",
            "reporter": {"accountId": "kim"}, "assignee": {"accountId": "boss"}, "project": {"key": "HELP"},
            "issuetype": {"name": "[System] Incident"}, "status": {"name": "Closed"}, "resolution": {"name": "Done"},
            "customfield_10010": {"requestType": {"name": "Get IT help"}},
            "comment": {"comments": comments, "total": len(comments)}, **fields,
        },
    }  # fmt: skip


ISSUES = [
    issue(
        "HELP-1",
        [
            history(1, "08:10:00", "ann", item("assignee", None, "ann"), item("status", "Waiting for support", "In Progress")),
            history(2, "09:00:00", "ann", item("status", "In Progress", "Resolved"), item("resolution", None, "Done")),
            history(3, "09:30:00", "kim", item("status", "Resolved", "Reopened"), item("resolution", "Done", None)),
            history(4, "10:00:00", "ann", item("assignee", "ann", "boss"), item("priority", "Low", "High")),
            history(5, "11:00:00", "boss", item("status", "Reopened", "Closed"), item("resolution", None, "Done")),
        ],
        [
            comment("08:05:00", "kim", "it is down"),
            comment("08:20:00", "ann", "looking"),
            comment("08:21:00", "ann", "no idea", public=False),
        ],
        customfield_10029={"rating": 2},
        customfield_10030=f"{DAY}11:30:00.000-0600",
    ),
    issue("HELP-2", [], []),
    issue("HELP-2", [], [], updated=f"{DAY}13:00:00.000-0600", issuetype={"name": "[System] Service request"}),
    issue("HELP-3", [], [], resolution={"name": "Duplicate"}),
]  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    page = {"startAt": 0, "maxResults": 50, "total": 3, "issues": ISSUES, "names": {}}
    return run("jira_service_management", write_json(tmp_path / "issues.json", page))


def test_an_issue_counts_once_and_a_duplicate_not_at_all(tables: Tables) -> None:
    assert tables.interactions["interaction_id"].to_list() == ["HELP-1", "HELP-2"]
    counts = tables.about["import"]["counts"]
    assert (counts["rows_in"], counts["older_rows"], counts["left_out"]) == (4, 1, 1)
    assert rows_are_accounted_for(tables)
    assert tables.rejections.counts() == {}
    assert tables.interactions["product_category"].to_list()[1] == "[System] Service request"


def test_each_item_of_the_changelog_is_an_event_in_utc(tables: Tables) -> None:
    assert times_of(tables, "HELP-1") == [
        ("issue_raised", "02 14:00"),
        ("message", "02 14:05"),
        ("served", "02 14:10"),
        ("message", "02 14:20"),
        ("resolved", "02 15:00"),
        ("reopened", "02 15:30"),
        ("transferred", "02 16:00"),
        ("closed", "02 17:00"),
    ]
    # twelve items in five histories: four of them change the status to a known one, one takes the resolution away
    assert kinds_of(tables) == {
        "closed": 1, "issue_raised": 2, "message": 2, "reopened": 1, "resolved": 1, "served": 1, "transferred": 1,
    }  # fmt: skip


def test_who_answered_is_the_staff_and_the_satisfaction_is_the_rating(tables: Tables) -> None:
    assert tables.interactions["staff"].to_list() == ["ann", None]
    assert ratings_of(tables) == [("HELP-1", 2.0, "02 17:30")]


def test_what_happens_later_changes_nothing_before_it(tables: Tables, tmp_path: Path) -> None:
    # the same issue, exported when it was resolved for the first time
    full = ISSUES[0]
    then = issue("HELP-1", full["changelog"]["histories"][:2], full["fields"]["comment"]["comments"],
                 assignee={"accountId": "ann"}, status={"name": "Resolved"})  # fmt: skip
    page = {"issues": [then, ISSUES[2]]}
    before = run("jira_service_management", write_json(tmp_path / "then.json", page))
    moment = "2026-03-02T15:10:00Z"
    assert features_of(tables, "HELP-1", moment) == features_of(before, "HELP-1", moment)


@pytest.mark.slow
def test_its_model_learns_from_them(tables: Tables) -> None:
    assert mean_risk_of_copies("jira_service_management", tables) == pytest.approx(1 / 3, abs=0.13)
