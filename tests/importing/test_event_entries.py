"""The order in which events are read, and what follows the last of them."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from forestall.errors import UsageError
from importing_texts import BASE, import_texts

FLAGGED = [
    "1,2026-01-05 10:00,yes,2026-01-05 11:00,3",
    "2,2026-01-05 10:00,yes,,4",
    "3,2026-01-05 12:00,no,,4",
]
LAST = "{kind: complained, at: {after: last_event, minutes: 1}, when: Status}"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return partial(import_texts, tmp_path)


def times_of(tables: Any, kind: str) -> list[tuple[str, str]]:
    events = tables.events.filter(kind=kind).sort("interaction_id")
    return [(key, f"{at:%H:%M}") for key, at in events.select("interaction_id", "at").iter_rows()]


def test_last_event_is_the_last_of_all_that_do_not_follow_it(run: Any) -> None:
    tables = run(BASE + f"events: [{LAST}, {{kind: served, at: Changed}}]", FLAGGED)
    assert times_of(tables, "complained") == [
        ("1", "11:01"),
        ("2", "10:01"),
    ]  # without any event: after the start
    after = "{kind: churned, at: {after: complained, hours: 1}, when: Status}"
    two = (
        BASE
        + f"events: [{after}, {LAST}, {LAST.replace('complained', 'escalated')}, {{kind: served, at: Changed}}]"
    )
    tables = run(two, FLAGGED)
    assert times_of(tables, "escalated") == times_of(tables, "complained")
    assert times_of(tables, "churned") == [("1", "12:01"), ("2", "11:01")]


def test_last_event_knows_the_events_of_further_tables_and_may_date_a_rating(run: Any) -> None:
    mapping = BASE + (
        "tables: {steps: {on: {order: Id}}}\n"
        f"events: [{LAST}, {{kind: noted, from: steps, at: when}}]\n"
        "feedback: {rating: R, rated_at: {after: last_event, days: 1}}"
    )
    steps = ["order,when", "2,2026-01-05 13:00", "2,2026-01-05 15:30"]
    tables = run(mapping, FLAGGED, steps=steps)
    assert times_of(tables, "complained") == [("1", "10:01"), ("2", "15:31")]
    assert f"{tables.feedback.filter(interaction_id='2')['rated_at'][0]:%d %H:%M}" == "06 15:30"


def test_last_event_knows_the_events_of_an_event_log(run: Any) -> None:
    mapping = "event_log: {case: Id, activity: Status, timestamp: Opened}\n" + (
        "events: [{kind: complained, at: {after: last_event, minutes: 1}, when: {column: R, is: ['3']}}]"
    )
    rows = ["1,2026-01-05 10:00,new,,3", "1,2026-01-05 12:00,done,,3", "2,2026-01-05 10:00,new,,4"]
    assert times_of(run(mapping, rows), "complained") == [("1", "12:01")]


def test_what_follows_a_start_or_itself_cannot_follow_the_last_event(run: Any) -> None:
    with pytest.raises(UsageError, match=r"promised_at\.after.* must be a time"):
        run(BASE.replace("Opened}", "Opened, promised_at: {after: last_event, days: 1}}"), FLAGGED)


def test_rows_that_say_that_it_happened_and_not_when_are_told(run: Any) -> None:
    mapping = BASE + "events: [{kind: complained, at: Changed, when: Status}]"
    told = run(mapping, FLAGGED).about["import"]
    assert told["counts"]["events[0]: rows that meet 'when' without a time"] == 1
    said = "\n".join(told["warnings"])
    assert "1 rows meet 'when' and have no time, so they make no event" in said
    assert "such as {after: last_event, minutes: 1}" in said
    told = run(mapping, FLAGGED[::2]).about["import"]
    assert "events[0]: rows that meet 'when' without a time" not in told["counts"]
