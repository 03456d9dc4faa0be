"""The importers of ServiceNow count what a count by hand does, and refuse a snapshot column before its time."""

# ruff: noqa: E501 (a row of an export is a line)

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forestall.data import Tables
from forestall.moment_features import context_family, feature_table
from ready_import import (
    features_of,
    kinds_of,
    mean_risk_of_copies,
    ratings_of,
    rows_are_accounted_for,
    run,
    times_of,
    write_csv,
    write_json,
)

DAY = "2026-03-02 "


def both(value: str, shown: str | None = None) -> dict[str, str]:
    """Return a field of the Table API with `sysparm_display_value=all`."""
    return {"value": value, "display_value": value if shown is None else shown}


def at(time: str) -> dict[str, str]:
    """Return a time: stored in UTC, shown in the zone of the user, five hours earlier."""
    hour = int(time[:2])
    return both(f"{DAY}{time}", f"{DAY}{hour - 5:02d}{time[2:]}")


def incident(key: str, updated: str, **values: Any) -> dict[str, Any]:
    return {
        "sys_id": both(f"id-{key}"), "number": both(key), "opened_at": at("13:00:00"), "sys_updated_on": at(updated),
        "contact_type": both("self-service", "Self-service"), "caller_id.user_name": both("kim.lee"),
        "caller_id": {"value": "u1", "display_value": "Kim Lee", "link": "https://x.service-now.com/u1"},
        "priority": both("1", "1 - Critical"), "category": both("network", "Network"),
        "assignment_group": both("g2", "Managers"), "close_code": both("Solved", "Solved"), "made_sla": both("false"),
        "reassignment_count": both("1"), **values,
    }  # fmt: skip


INCIDENTS = [incident("INC1", "17:00:00"), incident("INC2", "13:00:00", close_code=both(""))]


def change(key: int, time: str, user: str, field: str, old: str, new: str, **values: Any) -> dict[str, Any]:
    return {
        "sys_id": both(f"a{key}"), "tablename": both("incident"), "documentkey": both("id-INC1"), "user": both(user),
        "fieldname": both(field), "oldvalue": both(old), "newvalue": both(new), "sys_created_on": at(time), **values,
    }  # fmt: skip


HISTORY = [
    change(1, "13:10:00", "ann", "assigned_to", "", "u-ann"),
    change(2, "13:10:00", "ann", "state", "1", "2"),
    change(3, "13:20:00", "ann", "work_notes", "", "no idea"),
    change(4, "13:30:00", "ann", "comments", "", "Please restart"),
    change(5, "13:40:00", "kim.lee", "comments", "", "It does not help"),
    change(6, "14:00:00", "system", "escalation", "0", "1"),
    change(7, "15:00:00", "ann", "state", "2", "6"),
    change(8, "15:30:00", "kim.lee", "state", "6", "2"),
    change(9, "16:00:00", "ann", "assigned_to", "u-ann", "u-boss"),
    change(10, "16:00:00", "ann", "priority", "3", "1"),
    change(11, "17:00:00", "boss", "state", "2", "7"),
    change(11, "17:00:00", "boss", "state", "2", "7"),  # the pages overlap
    change(12, "17:00:00", "boss", "state", "2", "7", tablename=both("problem")),
]
ANSWERS = [
    {"sys_id": both(f"m{i}"), "metric": both(f"q{i}", question), "actual_value": both(value),
     "instance.trigger_id": both("id-INC1", "INC1"), "instance.taken_on": at("18:00:00")}
    for i, (question, value) in enumerate([("Overall satisfaction", "2"), ("Was it fixed?", "1")])
]  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return run(
        "servicenow",
        write_json(tmp_path / "incidents.json", {"result": INCIDENTS}),
        history=write_json(tmp_path / "audit.json", {"result": HISTORY}),
        surveys=write_json(tmp_path / "surveys.json", {"result": ANSWERS}),
    )


def test_each_change_of_the_audit_is_an_event(tables: Tables) -> None:
    assert rows_are_accounted_for(tables)
    assert tables.rejections.counts() == {}
    assert times_of(tables, "INC1") == [
        ("issue_raised", "02 13:00"),
        ("assigned", "02 13:10"),
        ("served", "02 13:10"),
        ("message", "02 13:30"),
        ("message", "02 13:40"),
        ("escalated", "02 14:00"),
        ("resolved", "02 15:00"),
        ("reopened", "02 15:30"),
        ("served", "02 15:30"),
        ("transferred", "02 16:00"),
        ("closed", "02 17:00"),
    ]
    assert kinds_of(tables)["issue_raised"] == 2
    said = tables.events.filter(kind="message").sort("at").select("actor", "text").rows()
    assert said == [("staff", "Please restart"), ("customer", "It does not help")]
    assert tables.interactions["staff"].to_list() == ["u-ann", None]


def test_only_the_question_that_the_mapping_names_is_the_rating(tables: Tables) -> None:
    assert ratings_of(tables) == [("INC1", 2.0, "02 18:00")]


def test_a_snapshot_column_is_refused_before_its_time(tables: Tables) -> None:
    context = context_family(
        ["priority.display_value"], ["reassignment_count.value"], tables.about["known_at"]
    )
    times = pl.Series(["2026-03-02T16:59:00Z", "2026-03-02T17:00:00Z"]).str.to_datetime(time_zone="UTC")
    moments = pl.DataFrame({"interaction_id": ["INC1", "INC1"], "as_of": times})
    values = feature_table(tables, moments, families=[context]).drop("interaction_id", "as_of").rows()
    assert values == [(None, None), ("1 - Critical", 1.0)]


LIST = """
number,opened_at,caller_id,contact_type,business_service,resolved_at,closed_at,priority,category,assignment_group,close_code,made_sla,reassignment_count
INC1,2026-03-02 08:00:00,Kim Lee,Self-service,,2026-03-02 10:00:00,2026-03-02 12:00:00,1 - Critical,Network,Managers,Solved,false,1
INC2,2026-03-02 08:00:00,Kim Lee,Phone,,,,3 - Moderate,Network,Service Desk,,true,0
"""


def test_a_list_shows_the_times_of_the_users_zone(tables: Tables, tmp_path: Path) -> None:
    listed = run("servicenow_list", write_csv(tmp_path / "incident.csv", LIST))
    assert rows_are_accounted_for(listed)
    # the same incident, by its stored and by its shown time
    assert listed.interactions["started_at"].to_list() == tables.interactions["started_at"].to_list()
    assert kinds_of(listed) == {"closed": 1, "issue_raised": 2, "resolved": 1, "transferred": 1}
    assert times_of(listed, "INC1")[-1] == ("closed", "02 17:00")


def test_what_happens_later_changes_nothing_before_it(tables: Tables, tmp_path: Path) -> None:
    # the same incident, exported when it was resolved for the first time
    then = incident(
        "INC1", "15:00:00", priority=both("3"), assignment_group=both("g1"), made_sla=both("true")
    )
    before = run(
        "servicenow",
        write_json(tmp_path / "then.json", {"result": [then, INCIDENTS[1]]}),
        history=write_json(tmp_path / "then_audit.json", {"result": HISTORY[:7]}),
    )
    moment = "2026-03-02T15:10:00Z"
    assert features_of(tables, "INC1", moment) == features_of(before, "INC1", moment)


@pytest.mark.slow
def test_its_model_learns_from_them(tables: Tables) -> None:
    assert mean_risk_of_copies("servicenow", tables) == pytest.approx(1 / 3, abs=0.13)
