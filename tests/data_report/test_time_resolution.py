"""How exactly times are recorded: days, midnight of another zone, whole minutes."""

from forestall.data_report.clock_faults import clock_faults
from made_records import hourly, made, name_of, starts


def by_column(found):
    return {one.column: one for one in found.resolutions}


def test_times_at_midnight_of_the_datas_zone_are_days():
    local_midnight = [f"2024-01-{day:02}T23:00:00Z" for day in range(1, 31)]  # winter in Copenhagen
    found = clock_faults(made(starts(*local_midnight), timezone="Europe/Copenhagen"))
    assert by_column(found)["interactions.started_at"].midnight == 1.0
    (finding,) = found.findings
    assert finding.severity == "warning"
    assert "interactions.started_at (100\u00a0%)" in finding.found
    assert finding.line == ""


def test_days_of_another_zone_name_the_zone_to_set():
    found = clock_faults(made(starts(*[f"2024-01-{day:02}T23:00:00Z" for day in range(1, 31)])))
    one = by_column(found)["interactions.started_at"]
    assert (one.midnight, one.hour) == (1.0, "23:00 UTC")
    assert found.findings[0].line.startswith("timezone: ")


def test_the_last_microsecond_of_a_day_is_a_day_too():
    times = hourly(40)
    rated = [(name_of(place), 3.0, "2024-02-20T23:59:59.999999Z") for place in range(40)]
    found = clock_faults(made(starts(*times), feedback=rated))
    assert by_column(found)["feedback.rated_at"].midnight == 1.0
    assert [one.severity for one in found.findings] == ["note"]
    assert found.findings[0].found == "100\u00a0% of 40 ratings are dated to the day."


def test_times_without_seconds_are_noted_and_times_with_seconds_are_not():
    minutes = [f"2024-01-{day:02}T10:{day:02}:00Z" for day in range(1, 31)]
    found = clock_faults(made(starts(*minutes)))
    assert by_column(found)["interactions.started_at"].whole_minutes == 1.0
    assert found.findings[0].found.startswith("Times are recorded to the minute: interactions.started_at")
    assert clock_faults(made(starts(*hourly(30)))).findings == []
