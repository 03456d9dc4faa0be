"""Times in forms that Polars does not read as they stand, and formats that leave something open."""

from datetime import UTC, datetime

import polars as pl
import pytest

from forestall.data.times import parse_times
from forestall.data.zone_names import zone_advice, zone_warning
from forestall.errors import UsageError
from forestall.importing.value_sources import TimeSource, ZoneColumn
from forestall.importing.values import Cells, read_time


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("30.05.2023 24:00", "%d.%m.%Y %H:%M", datetime(2023, 5, 31)),
        ("30/05/2023 24:00:00", "%d/%m/%Y %H:%M:%S", datetime(2023, 5, 31)),
        ("30/05/2023 10:24:00", "%d/%m/%Y %H:%M:%S", datetime(2023, 5, 30, 10, 24)),
        ("30/05/2023 22:15 PM", "%d/%m/%Y %H:%M %p", datetime(2023, 5, 30, 22, 15)),
        ("30/05/2023 09:15 AM", "%d/%m/%Y %H:%M %p", datetime(2023, 5, 30, 9, 15)),
        ("30/05/2023 10:15 PM", "%d/%m/%Y %H:%M %p", None),  # a clock of 12 hours needs %I
        ("30/05/2023 12 AM", "%d/%m/%Y %I %p", datetime(2023, 5, 30)),
        ("30/05/2023 22h", "%d/%m/%Y %Hh", datetime(2023, 5, 30, 22)),
        ("2023/05/30 午後10:15", "%Y/%m/%d %p%I:%M", datetime(2023, 5, 30, 22, 15)),
        ("2023. 5. 30. 오전 9:15", "%Y. %m. %d. %p %I:%M", datetime(2023, 5, 30, 9, 15)),
        ("30/05/2023 22:15:07:500", "%d/%m/%Y %H:%M:%S:%f", datetime(2023, 5, 30, 22, 15, 7, 500_000)),
        ("20230530 815", "%Y%m%d %H%M", datetime(2023, 5, 30, 8, 15)),
        ("20230530 5", "%Y%m%d %H%M", datetime(2023, 5, 30, 0, 5)),
        ("20230530 81507", "%Y%m%d %H%M%S", datetime(2023, 5, 30, 8, 15, 7)),
        ("May 30th, 2023 22:15", "%B %d, %Y %H:%M", datetime(2023, 5, 30, 22, 15)),
        ("1er févr. 2025 10:00", "%d %b %Y %H:%M", datetime(2025, 2, 1, 10)),
        ("2023-01-30 10:15 ET", "%Y-%m-%d %H:%M %Z", datetime(2023, 1, 30, 15, 15)),
        ("2023-05-30 10:15 ET", "%Y-%m-%d %H:%M %Z", datetime(2023, 5, 30, 14, 15)),
        ("2023-05-30 10:15 MESZ", "%Y-%m-%d %H:%M %Z", datetime(2023, 5, 30, 8, 15)),
        ("1 Agustus 2023", "%d %B %Y", datetime(2023, 8, 1, 23, 59, 59, 999_999)),
        ("1 de setiembre de 2023 10:15", "%d de %B de %Y %H:%M", datetime(2023, 9, 1, 10, 15)),
    ],
)
def test_times_are_read_as_they_are_written(text: str, form: str, expected: datetime | None) -> None:
    read = parse_times(pl.Series([text]), form)[0]
    assert read == (expected and expected.replace(tzinfo=UTC))


def read_from(columns: dict[str, list], source: TimeSource, *, day_start: bool = False) -> tuple[list, Cells]:
    cells = Cells(pl.DataFrame(columns), "UTC", "m.yaml")
    read = read_time(cells, source, "events[0].at", {}, day_start=day_start)
    return [time and time.replace(tzinfo=None) for time in read.values.to_list()], cells


def test_a_month_without_a_day_is_its_end_and_said() -> None:
    times, cells = read_from({"x": ["02/2024"]}, TimeSource(column="x", format="%m/%Y"))
    assert times == [datetime(2024, 2, 29, 23, 59, 59, 999_999)]
    assert "has no day" in cells.notes.warnings[0]


def test_a_time_of_day_alone_is_an_error_that_says_how_to_join_it() -> None:
    with pytest.raises(
        UsageError, match=r"must name year, month and day, is '%H:%M'.*columns: \[Date, Time\]"
    ):
        read_from({"x": ["22:15"]}, TimeSource(column="x", format="%H:%M"))


def test_times_that_fit_two_formats_and_differ_are_said() -> None:
    forms = ["%d/%m/%Y", "%m/%d/%Y"]
    _, cells = read_from(
        {"x": ["30/05/2023", "05/06/2023", "05/05/2023"]}, TimeSource(column="x", format=forms)
    )
    assert "1 times fit several of its formats" in cells.notes.warnings[0]


def test_numbers_with_a_format_are_read_by_it() -> None:
    times, _ = read_from({"x": [20230530, 20230531]}, TimeSource(column="x", format="%Y%m%d"), day_start=True)
    assert times == [datetime(2023, 5, 30), datetime(2023, 5, 31)]
    assert read_from({"x": [20230530]}, TimeSource(column="x"), day_start=True)[0] == [datetime(2023, 5, 30)]


def test_what_programs_write_for_no_time_is_none_and_counted() -> None:
    times, cells = read_from({"x": ["0", "1685484907", "-1"]}, TimeSource(column="x", unit="s"))
    assert times == [None, datetime(2023, 5, 30, 22, 15, 7), None]
    assert cells.notes.counts["events[0].at: times of 0 or -1, which are none"] == 2


def test_zones_of_windows_are_read_and_others_are_named() -> None:
    zones = TimeSource(column="x", timezone=ZoneColumn(column="z"))
    names = ["W. Europe Standard Time", "Eastern Standard Time", "PT", "Nowhere"]
    times, cells = read_from({"x": ["2023-05-30 10:00"] * 4, "z": names}, zones)
    assert [time and time.hour for time in times] == [8, 14, 17, None]
    assert "('Nowhere')" in cells.notes.warnings[0]
    with pytest.raises(UsageError, match=r"column 'z' must hold time zones.*'Nowhere'"):
        read_from({"x": ["2023-05-30 10:00"], "z": ["Nowhere"]}, zones)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("ET", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("GMT+2", r"\+02:00"),
        ("x", None),
    ],
)
def test_a_zone_that_is_none_is_answered_with_the_one_that_is_meant(name: str, advice: str | None) -> None:
    assert (
        (zone_advice(name) is None) if advice is None else advice.replace("\\", "") in str(zone_advice(name))
    )


def test_zones_that_surprise_are_said() -> None:
    assert "2 hours behind UTC" in str(zone_warning("Etc/GMT+2"))
    assert "write Etc/GMT+3" in str(zone_warning("Etc/GMT-3"))
    assert "America/New_York" in str(zone_warning("EST"))
    assert zone_warning("Europe/Oslo") is zone_warning("Etc/GMT") is None


def test_digits_of_other_scripts_and_zones_in_any_case_are_read() -> None:
    columns = {"t": ["２０２３-０５-３０ 10:15", "2023-05-30 10:15"], "z": ["europe/oslo", "EST"]}
    source = TimeSource(column="t", format="%Y-%m-%d %H:%M", timezone={"column": "z"})
    assert read_from(columns, source)[0] == [datetime(2023, 5, 30, 8, 15), datetime(2023, 5, 30, 15, 15)]
    assert read_from({"t": ["٣٠/٠٥/٢٠٢٣"]}, TimeSource(column="t", format="%d/%m/%Y"))[0][0].day == 30


def test_formats_that_mean_the_same_times_are_named_once() -> None:
    with pytest.raises(UsageError, match=r"; '%Y-%m-%dT%H:%M:%S%z' would fit: write format: \S+$"):
        read_from({"t": ["2023-05-30T22:15:07Z"]}, TimeSource(column="t", format="%Y-%m-%dT%H:%M:%S"))
