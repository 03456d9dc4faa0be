"""Event logs: each case becomes an interaction, and its activities become events."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from forestall.data import Tables
from forestall.errors import UsageError
from forestall.importing import import_tables
from forestall.importing.event_log import activity_kinds

LOG = """
interactions: {customer_id: who}
event_log:
  case: case
  activity: did
  timestamp: time
  resource: by
  kinds: {Open: issue_raised, Skip: null}
feedback: {rating: stars, rated_at: time}
keep: [state]
"""
LOG_ROWS = """case,did,time,by,who,stars,state
2,Open,2026-01-05 11:00,,eve,,new
1,Take over!,2026-01-05 10:05,ann,,,busy
1,Open,2026-01-05 10:00,,bob,,new
1,Skip,2026-01-05 10:10,ann,,,busy
1,Closed,2026-01-05 10:30,cat,,,done
1,Rate,2026-01-05 12:00,,,4,done
1,Rate,2026-01-05 13:00,,,2,done
2,Open,soon,,eve,,new
,Open,2026-01-05 11:00,,eve,,new
"""


@pytest.fixture
def log(tmp_path: Path) -> Tables:
    (tmp_path / "m.yaml").write_text(LOG)
    (tmp_path / "log.csv").write_text(LOG_ROWS)
    return import_tables(tmp_path / "m.yaml", [tmp_path / "log.csv"], max_rejected=1.0)


def test_each_case_becomes_an_interaction_with_the_values_of_its_first_row(log: Tables) -> None:
    got = log.interactions.select("interaction_id", "started_at", "customer_id", "staff", "state").rows()
    start = datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert got == [("1", start, "bob", "ann", "new"), ("2", start.replace(hour=11), "eve", None, "new")]


def test_activities_become_kinds(log: Tables) -> None:
    got = log.events.filter(interaction_id="1").select("kind", "actor").rows()
    # in the order of the source's rows
    assert got == [
        ("take_over", "staff"),
        ("issue_raised", None),
        ("closed", "staff"),
        ("rate", None),
        ("rate", None),
    ]


def test_the_last_rating_of_a_case_counts(log: Tables) -> None:
    assert log.feedback.rows() == [("1", 2.0, datetime(2026, 1, 5, 13, tzinfo=UTC))]


def test_unreadable_rows_are_rejected(log: Tables) -> None:
    assert log.rejections.counts() == {"events": {"no_interaction_id": 1, "unreadable_time": 1}}


def test_an_xes_log_is_read_with_the_attributes_of_its_traces(tmp_path: Path) -> None:
    (tmp_path / "log.xes").write_text(
        """<?xml version="1.0" encoding="utf-8" ?>
        <log xmlns="http://www.xes-standard.org/">
          <trace><string key="concept:name" value="7"/>
            <event><string key="concept:name" value="Open"/>
              <date key="time:timestamp" value="2026-01-05T10:00:00+02:00"/></event>
            <event><string key="concept:name" value="Closed"/>
              <date key="time:timestamp" value="2026-01-05T11:00:00.5+02:00"/></event>
          </trace>
        </log>"""
    )
    (tmp_path / "m.yaml").write_text(
        'event_log: {case: "case:concept:name", activity: "concept:name", timestamp: "time:timestamp"}'
    )
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "log.xes"])
    assert tables.interactions["interaction_id"].to_list() == ["7"]
    assert tables.events.select("at", "kind").rows() == [
        (datetime(2026, 1, 5, 8, tzinfo=UTC), "open"),
        (datetime(2026, 1, 5, 9, 0, 0, 500_000, tzinfo=UTC), "closed"),
    ]


@pytest.mark.parametrize(
    ("activity", "kind"),
    [
        ("Open", "issue_raised"),  # as mapped
        ("open", "open"),  # the mapping is exact
        ("Take over!", "take_over"),
        ("  Wait - 2nd line ", "wait_2nd_line"),
        ("Løst", "løst"),
        (None, None),
    ],
)
def test_an_activity_becomes_its_mapped_kind_or_a_word(activity: str | None, kind: str | None) -> None:
    assert activity_kinds(pl.Series([activity], dtype=pl.String), {"Open": "issue_raised"}).to_list() == [
        kind
    ]


STATES = """
event_log:
  case: case
  activity: state
  timestamp: time
  kinds: {New: issue_raised, Resolved: resolved, Resolved > Active: reopened, Closed: closed}
  repeated: updated
keep: [code, size]
known_at: {code: closed, size: reopened}
"""
STATE_ROWS = """case,state,time,code,size
1,New,2026-01-05 10:00,,1
1,New,2026-01-05 10:05,,2
1,Resolved,2026-01-05 11:00,wrong,3
1,Active,2026-01-05 12:00,wrong,4
1,Closed,2026-01-05 13:00,right,5
2,Closed,2026-01-05 13:00,,6
1,Closed,2026-01-05 14:00,later,7
2,New,2026-01-05 09:00,,8
"""


@pytest.fixture
def states(tmp_path: Path) -> Tables:
    (tmp_path / "m.yaml").write_text(STATES)
    (tmp_path / "log.csv").write_text(STATE_ROWS)
    return import_tables(tmp_path / "m.yaml", [tmp_path / "log.csv"])


def test_a_repeated_state_and_a_step_between_states_have_kinds_of_their_own(states: Tables) -> None:
    kinds = states.events.filter(interaction_id="1").sort("at")["kind"].to_list()
    assert kinds == ["issue_raised", "updated", "resolved", "reopened", "closed", "updated"]
    assert states.events.filter(interaction_id="2").sort("at")["kind"].to_list() == ["issue_raised", "closed"]


def test_a_late_column_has_the_value_of_the_row_that_makes_it_known(states: Tables) -> None:
    got = states.interactions.sort("interaction_id").select("code", "size").rows()
    assert got == [("right", 4), (None, None)]


def test_local_times_that_occur_twice_are_counted_once(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "timezone: Europe/Copenhagen\nevent_log: {case: case, activity: did, timestamp: time}\n"
    )
    (tmp_path / "log.csv").write_text("case,did,time\n1,Open,2026-10-25 02:30\n1,Closed,2026-10-25 05:00\n")
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "log.csv"])
    counts = tables.about["import"]["counts"]
    assert [n for what, n in counts.items() if "occur twice" in what] == [1]


def test_a_log_whose_events_have_no_attributes_is_refused_with_its_columns(tmp_path: Path) -> None:
    (tmp_path / "log.xes").write_text("<log><trace><event/></trace></log>")
    (tmp_path / "m.yaml").write_text("event_log: {case: case, activity: did, timestamp: time}")
    with pytest.raises(UsageError, match=r"event_log\.case must name a column of the sources"):
        import_tables(tmp_path / "m.yaml", [tmp_path / "log.xes"])


def imported(folder: Path, mapping: str, rows: str) -> Tables:
    (folder / "m.yaml").write_text("event_log: {case: case, activity: did, timestamp: time}\n" + mapping)
    (folder / "log.csv").write_text(rows)
    return import_tables(folder / "m.yaml", [folder / "log.csv"], max_rejected=1.0)


def test_keys_of_cases_that_differ_in_blanks_are_one_interaction(tmp_path: Path) -> None:
    rows = "case,did,time\nC1 ,Open,2026-01-05 10:00\nC1,Closed,2026-01-05 11:00\n"
    tables = imported(tmp_path, "", rows)
    assert tables.interactions["interaction_id"].to_list() == ["C1"]
    assert tables.events.select("interaction_id", "kind").rows() == [("C1", "open"), ("C1", "closed")]
    assert tables.rejections.counts() == {}


def test_a_mapped_key_is_that_of_the_events_and_of_rows_that_leave_it_out(tmp_path: Path) -> None:
    rows = (
        "case,did,time,order,stars\nC1,Open,2026-01-05 10:00,O1,\nC1,Closed,2026-01-05 11:00,,\n"
        "C1,Rate,2026-01-05 12:00,,4\nC2,Open,2026-01-05 10:00,O2,\n,Open,2026-01-05 10:00,,\n"
    )
    mapping = "interactions: {interaction_id: order}\nfeedback: {rating: stars, rated_at: time}\n"
    tables = imported(tmp_path, mapping, rows)
    assert tables.interactions["interaction_id"].to_list() == ["O1", "O2"]
    assert tables.events["interaction_id"].to_list() == ["O1", "O1", "O1", "O2"]
    assert tables.feedback.select("interaction_id", "rating").rows() == [("O1", 4.0)]
    assert tables.rejections.counts() == {"events": {"no_interaction_id": 1}}


RATED = """case,did,time,stars,speed,about
1,Open,2026-01-05 10:00,,,
1,Rate,2026-01-05 11:00,1,,overall
1,Rate,2026-01-05 12:00,,4,
1,Rate,2026-01-05 13:00,5,,speed
"""


def ratings(tables: Tables) -> list[tuple[float, int]]:
    return tables.feedback.sort("rated_at").select("rating", pl.col("rated_at").dt.hour()).rows()


@pytest.mark.parametrize(
    ("feedback", "expected", "n_not_kept"),
    [
        ("[{rating: stars, rated_at: time}, {rating: speed, rated_at: time}]", [(4.0, 12), (5.0, 13)], 1),
        ("{rating: stars, rated_at: time, several: keep}", [(1.0, 11), (5.0, 13)], 0),
        ("{rating: stars, rated_at: time, when: {column: about, is: overall}}", [(1.0, 11)], 0),
        ("{rating: stars, rated_at: {after: started_at, hours: 2}}", [(5.0, 12)], 1),
        ("{rating: {constant: 1}, rated_at: time, when: {column: did, is: Rate}}", [(1.0, 13)], 0),
    ],
)
def test_each_section_takes_its_own_rows(
    tmp_path: Path, feedback: str, expected: list[tuple[float, int]], n_not_kept: int
) -> None:
    tables = imported(tmp_path, f"feedback: {feedback}\n", RATED)
    assert ratings(tables) == expected
    counts = tables.about["import"]["counts"]
    assert sum(n for what, n in counts.items() if "earlier ratings" in what) == n_not_kept


def test_a_rating_that_stands_in_each_row_of_its_case_is_no_further_rating(tmp_path: Path) -> None:
    rows = "case,did,time,stars\n1,Open,2026-01-05 10:00,2\n1,Closed,2026-01-05 11:00,2\n"
    tables = imported(tmp_path, "feedback: {rating: stars}\n", rows)
    assert tables.feedback["rating"].to_list() == [2.0]
    assert tables.about["import"]["counts"] == {"rows_in": 2}


def test_numbers_of_activities_have_kinds_and_rows_without_a_time_are_counted(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "event_log: {case: c, activity: a, timestamp: t, kinds: {1: issue_raised, 2.0: closed}}"
    )
    (tmp_path / "log.csv").write_text("c,a,t\n7,1,2026-01-05 10:00\n7,2,2026-01-05 11:00\n7,2,\n")
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "log.csv"], 1.0)
    assert tables.events["kind"].to_list() == ["issue_raised", "closed"]
    counts = tables.about["import"]["counts"]
    assert counts["event_log.timestamp: rows without a time, which make no event"] == 1
