"""Span: gaps and strays at both ends, and volume that starts or stops."""

from forestall.data_report.span import span
from made_records import hourly, made, starts


def found(*times, **more):
    return span(made(starts(*times), **more))


def test_a_row_far_after_the_others_is_an_error_with_the_line_to_change():
    answer = found(*hourly(300), "2025-11-30T00:00:00Z")
    (gap,) = answer.gaps
    assert (gap.column, gap.where, gap.n_stray) == ("interactions.started_at", "end", 1)
    assert (gap.last_before, gap.first_after) == ("2024-01-13", "2025-11-30")
    (finding,) = answer.findings
    assert finding.severity == "error"
    assert "1 interaction (interactions.started_at) lies" in finding.found
    assert finding.file == "mapping.yaml"
    assert finding.line.startswith("exported_at: '2024-01-13T23:59:59Z'")


def test_a_row_far_before_the_others_is_a_warning():
    answer = found("1991-01-01T00:00:00Z", *hourly(300))
    assert [(gap.where, gap.n_stray, gap.days) for gap in answer.gaps] == [("begin", 1, 12053)]
    assert [one.severity for one in answer.findings] == ["warning"]


def test_each_table_is_looked_at():
    times = hourly(300)
    events = [("a", time, "message") for time in times] + [("b", "2025-11-30T00:00:00Z", "closed")]
    answer = span(made(starts(*times), events, [("a", 3.0, "2024-02-01T00:00:00Z")]))
    assert [(gap.column, gap.where) for gap in answer.gaps] == [("events.at", "end")]


def test_a_hole_between_many_rows_is_a_gap_in_the_middle():
    answer = found(*hourly(200), *hourly(200, "2024-03-01"))
    (gap,) = answer.gaps
    assert (gap.where, gap.last_before, gap.first_after, gap.days) == (
        "middle",
        "2024-01-09",
        "2024-03-01",
        52,
    )
    assert answer.findings[0].severity == "warning"


def test_records_that_are_always_sparse_have_no_gap():
    monthly = [f"{year}-{month:02}-03T10:11:12Z" for year in range(2016, 2026) for month in range(1, 13)]
    assert found(*monthly).gaps == []


def test_few_rows_or_no_clock_give_no_gap():
    assert found("2024-01-01T09:00:00Z", "2025-11-30T09:00:00Z").findings == []
    assert span(made(starts("2024-01-01T09:00:00Z"), clock="none")) is None


def test_the_periods_are_of_the_time_of_nearly_all_rows():
    answer = found(*hourly(300), "2025-11-30T00:00:00Z")
    assert answer.period == "day"
    assert answer.periods[0] == "2024-01-01"
    assert answer.periods[-1] == "2024-01-13"
    assert sum(answer.n_started) == 300


def test_records_that_begin_with_full_volume_and_stop_at_noon_are_noted():
    times = [time for time in hourly(24 * 40) if time < "2024-02-08T09"]
    begin, stop = "The records begin on 2024-01-01 with full volume", "The records stop on 2024-02-08 at 08:"
    noted = [one for one in found(*times).findings if one.severity == "note"]
    assert any(one.found.startswith(begin) for one in noted)
    assert not any(one.found.startswith(stop) for one in noted)  # 9 of 24: more than a fifth of a usual day
    times = [time for time in times if time < "2024-02-08T03"]
    times.append("2024-02-08T08:30:00Z")
    assert any(one.found.startswith(stop) for one in found(*times).findings)


def test_a_long_beginning_with_hardly_a_row_is_a_warning():
    early = [f"2023-{month:02}-{day:02}T10:00:00Z" for month in range(1, 13) for day in (2, 9, 16, 23)]
    thin = [one for one in found(*early, *hourly(9000)).findings if "time span" in one.found]
    assert [one.severity for one in thin] == ["warning"]
    assert "only 72 of 9\u2009048 interactions start" in thin[0].found
