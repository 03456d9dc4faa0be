"""`check` says in figures what the tables hold."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl

from forestall.data import Tables, check_tables

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


def test_check_counts_rows_kinds_times_labels_and_rejections() -> None:
    own = pl.DataFrame({"interaction_id": list("abcd"), "started_at": [START] * 4})
    happened = pl.DataFrame(
        {
            "interaction_id": ["a", "a", "b", "z"],
            "at": [START, START + timedelta(hours=1), START, START],
            "kind": ["served", "served", "sang", "served"],
        }
    )
    rated = pl.DataFrame(
        {"interaction_id": ["a", "b"], "rating": [4, 9], "rated_at": [START + timedelta(days=1)] * 2}
    )
    found = check_tables(Tables(own, happened, rated), scale=(1, 5))
    assert found == {
        "rows": {"interactions": 4, "events": 3, "feedback": 1},
        "kinds": {"served": 2, "sang": 1},
        "unknown_kinds": {"sang": 1},
        "kinds_by_use": {"known": ["served"], "own": [], "own_rare": ["sang"]},
        "time_span": {
            "started_at": {
                "first": "2026-01-05T10:00:00.000000+00:00",
                "last": "2026-01-05T10:00:00.000000+00:00",
            },
            "at": {"first": "2026-01-05T10:00:00.000000+00:00", "last": "2026-01-05T11:00:00.000000+00:00"},
            "rated_at": {
                "first": "2026-01-06T10:00:00.000000+00:00",
                "last": "2026-01-06T10:00:00.000000+00:00",
            },
        },
        "labelled_share": 0.25,
        "ratings": {"4": 1},
        "several_ratings": {"interactions": 0, "earlier": 0, "unused": 0},
        "clock": "times",
        "rating_known": "times",
        "known_at": {},
        "rejected": {"events": {"orphan_event": 1}, "feedback": {"rating_off_scale": 1}},
        "rejected_share": {"interactions": 0.0, "events": 0.25, "feedback": 0.5},
        "rejected_at_import": {},
    }
    assert json.loads(json.dumps(found)) == found


def test_check_of_tables_without_events_and_ratings() -> None:
    own = pl.DataFrame({"interaction_id": ["a"], "started_at": [START]})
    none = pl.DataFrame(schema={"interaction_id": pl.String, "at": pl.Datetime, "kind": pl.String})
    found = check_tables(Tables(own, none))
    assert found["labelled_share"] == 0
    assert found["time_span"]["at"] is None
    assert found["ratings"] == {}
