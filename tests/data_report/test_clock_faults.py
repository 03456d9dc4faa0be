"""Clock faults: steps out of order, and rows after the end or the export."""

from datetime import datetime, timedelta

import pytest

from forestall.data_report.clock_faults import OutOfOrder, clock_faults
from forestall.data_report.rejected import rejected
from made_records import made, starts

DAY = "2024-03-02T"


def test_steps_in_the_wrong_order_are_counted_by_pair():
    events = [
        ("a", f"{DAY}10:10:00Z", "issue_raised"),
        ("a", f"{DAY}10:05:00Z", "responded"),
        ("a", f"{DAY}10:20:00Z", "closed"),
        ("b", f"{DAY}10:10:00Z", "issue_raised"),
        ("b", f"{DAY}10:15:00Z", "responded"),
    ]
    found = clock_faults(made(starts(f"{DAY}10:00:00Z", f"{DAY}10:00:00Z"), events))
    assert found.out_of_order == [OutOfOrder("responded", "issue_raised", 1, 2)]
    assert "In 1 of 2 interactions with both (50.0\u00a0%), the first responded comes before" in (
        found.findings[0].found
    )


def test_events_after_the_first_end_are_counted_by_kind_but_not_complaints():
    events = [
        ("a", f"{DAY}10:10:00Z", "closed"),
        ("a", f"{DAY}10:20:00Z", "reopened"),
        ("a", f"{DAY}10:30:00Z", "closed"),
        ("b", f"{DAY}10:10:00Z", "closed"),
        ("b", f"{DAY}10:20:00Z", "complained"),
    ]
    found = clock_faults(made(starts(f"{DAY}10:00:00Z", f"{DAY}10:00:00Z"), events))
    assert (found.n_ended, found.n_after_end) == (2, 1)
    assert found.kinds_after_end == {"closed": 1, "reopened": 1}


def test_ratings_before_the_end_are_counted():
    events = [(one, f"{DAY}12:00:00Z", "closed") for one in "ab"]
    rated = [("a", 2.0, f"{DAY}11:00:00Z"), ("b", 2.0, f"{DAY}13:00:00Z")]
    found = clock_faults(made(starts(f"{DAY}10:00:00Z", f"{DAY}10:00:00Z"), events, rated))
    assert (found.n_rated_before_end, found.n_rated_with_end) == (1, 2)


@pytest.mark.parametrize("exported_at", ["2024-04-01T06:00:00Z", "20240401T060000Z"])
def test_the_end_of_the_day_of_the_export_is_no_fault(exported_at):
    rated = [("a", 2.0, "2024-04-01")]  # a day alone is read as its end
    records = made(starts(f"{DAY}10:00:00Z"), [], rated, exported_at=exported_at)
    assert records.tables.feedback.height == 1
    assert clock_faults(records).findings == []


def test_times_after_the_export_are_found_among_the_rejected_rows():
    events = [("a", f"{DAY}10:10:00Z", "closed"), ("a", "2024-06-01T00:00:00Z", "closed")]
    records = made(starts(f"{DAY}10:00:00Z"), events, exported_at="2024-04-01T00:00:00Z")
    (finding,) = rejected(records.tables).findings
    assert finding.severity == "error"
    assert "1 of 2 (50.0\u00a0%) rows of events were rejected" in finding.found
    assert "after export" in finding.found


def test_events_that_were_moved_to_the_start_are_counted_over_a_data_folder(tmp_path):
    start = datetime.fromisoformat(f"{DAY}10:00:00+00:00")
    events = [
        ("a", (start - timedelta(seconds=3)).isoformat(), "arrived"),
        ("a", f"{DAY}10:01:00Z", "served"),
    ]
    records = made(starts(start.isoformat()), events)
    found = clock_faults(records)
    assert found.n_moved == 1
    assert "1 of 2 events came up to 5 seconds before the start" in found.findings[0].found
    from forestall import read_tables

    assert read_tables(records.tables.write(tmp_path / "data")).about["moved_to_start"] == 1


def test_without_a_clock_there_are_no_faults():
    assert clock_faults(made(starts(f"{DAY}10:00:00Z"), clock="none")) is None
