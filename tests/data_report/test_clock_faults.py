"""Clock faults: days without a time of day, whole minutes, steps out of order, and rows after the end."""

from datetime import datetime, timedelta

from forestall.data_report.clock_faults import OutOfOrder, clock_faults
from made_records import hourly, made, name_of, starts

DAY = "2026-03-02T"


def by_column(found):
    return {one.column: one for one in found.resolutions}


def test_times_at_midnight_of_the_datas_zone_are_days():
    local_midnight = [f"2026-01-{day:02}T23:00:00Z" for day in range(1, 31)]  # winter in Copenhagen
    found = clock_faults(made(starts(*local_midnight), timezone="Europe/Copenhagen"))
    assert by_column(found)["interactions.started_at"].midnight == 1.0
    (finding,) = found.findings
    assert finding.severity == "warning"
    assert "interactions.started_at (100\u00a0%)" in finding.found
    assert finding.line == ""


def test_days_of_another_zone_name_the_zone_to_set():
    found = clock_faults(made(starts(*[f"2026-01-{day:02}T23:00:00Z" for day in range(1, 31)])))
    one = by_column(found)["interactions.started_at"]
    assert (one.midnight, one.hour) == (1.0, "23:00 UTC")
    assert found.findings[0].line.startswith("timezone: ")


def test_the_last_microsecond_of_a_day_is_a_day_too():
    times = hourly(40)
    rated = [(name_of(place), 3.0, "2026-02-20T23:59:59.999999Z") for place in range(40)]
    found = clock_faults(made(starts(*times), feedback=rated))
    assert by_column(found)["feedback.rated_at"].midnight == 1.0
    assert [one.severity for one in found.findings] == ["note"]
    assert found.findings[0].found == "100\u00a0% of 40 ratings are dated to the day."


def test_times_without_seconds_are_noted_and_times_with_seconds_are_not():
    minutes = [f"2026-01-{day:02}T10:{day:02}:00Z" for day in range(1, 31)]
    found = clock_faults(made(starts(*minutes)))
    assert by_column(found)["interactions.started_at"].whole_minutes == 1.0
    assert found.findings[0].found.startswith("Times are recorded to the minute: interactions.started_at")
    assert clock_faults(made(starts(*hourly(30)))).findings == []


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


def test_times_after_the_export_are_an_error():
    events = [("a", "2026-06-01T00:00:00Z", "closed")]
    found = clock_faults(made(starts(f"{DAY}10:00:00Z"), events, exported_at="2026-04-01T00:00:00Z"))
    assert found.n_future in (
        {"events.at": 1},
        {},
    )  # none where such rows are rejected when the tables are made
    assert [one.severity for one in found.findings] == ["error"] * len(found.n_future)


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
