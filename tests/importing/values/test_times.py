"""Times as systems write them: forms, units, zones."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing.value_sources import TimeSource
from forestall.importing.values import Cells, read_time

NOON = datetime(2023, 5, 30, 12, tzinfo=UTC)


def read(
    frame: dict, zone: str = "UTC", *, day_start: bool = False, **source: object
) -> list[datetime | None]:
    cells = Cells(pl.DataFrame(frame), zone, "m.yaml")
    time = TimeSource.model_validate({"column": "t", **source} if "columns" not in source else source)
    return read_time(cells, time, "interactions.started_at", {}, day_start=day_start).values.to_list()


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("20230530T120000Z", {}, NOON),
        ("2023-05-30 12:00:00,250", {}, NOON.replace(microsecond=250_000)),
        ("2023/05/30 12:00", {}, NOON),
        ("2023-05-30T14:00:00+0200", {}, NOON),
        ("2023-05-30T14:00:00+02", {}, NOON),
        ("2023-05-30 07:00:00 EST", {}, NOON),
        ("2023-05-30 14:00 Europe/Oslo", {}, NOON),
        ("2023-05-30 12:00:00\u202fUTC", {}, NOON),
        ("30/05/2023 12:00", {"format": "%d/%m/%Y %H:%M"}, NOON),
        ("05/30/2023 12:00 PM", {"format": "%m/%d/%Y %I:%M %p"}, NOON),
        ("05/30/2023 12:00 p.m.", {"format": "%m/%d/%Y %I:%M %p"}, NOON),
        ("05/30/2023 12:00\u202fPM", {"format": "%m/%d/%Y %I:%M %p"}, NOON),
        ("05/30/2023 05:00 PDT", {"format": "%m/%d/%Y %H:%M %Z"}, NOON),
        ("2023-05-30T12:00:00Z", {"format": "%Y-%m-%dT%H:%M:%SZ"}, NOON),
        ("Tue May 30 14:00:00 CEST 2023", {"format": "%a %b %d %H:%M:%S %Z %Y"}, NOON),
        ("Tue May 30 12:00:00 +0000 2023", {"format": "%a %b %d %H:%M:%S %z %Y"}, NOON),
        ("30/May/2023:14:00:00 +0200", {"format": "%d/%b/%Y:%H:%M:%S %z"}, NOON),
        ("2023-05-30 12:00:00.500000", {"format": "%Y-%m-%d %H:%M:%S.%f"}, NOON.replace(microsecond=500_000)),
        ("2023-05-30 12:00", {"format": ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"]}, NOON),
        ("1685448000", {"unit": "s"}, NOON),
        ("1685448000.25", {"unit": "s"}, NOON.replace(microsecond=250_000)),
        ("1685448000000", {"unit": "ms"}, NOON),
        ("1685448000000000", {"unit": "us"}, NOON),
        ("1685448000000000001", {"unit": "ns"}, NOON),
        ("1.685448e18", {"unit": "ns"}, NOON),
        ("1,685,448,000,000,000,000", {"unit": "ns"}, NOON),
        ("45076.5", {"unit": "excel"}, NOON),
    ],
)
def test_a_time_in_a_zone_of_its_own_or_the_mappings(text: str, source: dict, expected: datetime) -> None:
    assert read({"t": [text, None]}, **source) == [expected, None]


def test_the_zone_of_the_value_counts_before_the_sources_and_that_before_the_mappings() -> None:
    texts = ["2023-05-30 12:00:00Z", "2023-05-30 12:00:00"]
    assert read({"t": texts}, "Asia/Kolkata", timezone="Europe/Copenhagen") == [NOON, NOON.replace(hour=10)]
    by_row = {
        "t": ["2023-05-30 14:00:00", "2023-05-30 17:30", "2023-05-30 12:00Z"],
        "z": ["Europe/Oslo", "IST", "IST"],
    }
    assert read(by_row, "Asia/Kolkata", timezone={"column": "z"}) == [NOON, NOON, NOON]
    unknown = {"t": ["2023-05-30 13:00", "2023-05-30 12:00"], "z": ["nowhere", None]}
    assert read(unknown, timezone={"column": "z"}) == [None, NOON]


def test_a_day_is_split_into_no_zone_where_a_column_has_the_zone() -> None:
    ends = [datetime(2023, 5, 30, hour, 59, 59, 999_999, UTC) for hour in (21, 23)]
    for days in (["2023-05-30", "2023-05-30"], ["2023-5-30", " 2023-05-30 "], [date(2023, 5, 30)] * 2):
        by_row = {"t": days, "z": ["Europe/Oslo", None]}
        assert read(by_row, timezone={"column": "z"}) == ends


def test_an_abbreviation_has_the_meaning_of_the_mappings_zone() -> None:
    text = ["2023-05-30 13:00:00 IST"]
    assert read({"t": text}, "Europe/Dublin") == [NOON]  # Irish standard time
    assert read({"t": ["2023-05-30 17:30:00 IST"]}, "Asia/Kolkata") == [NOON]


def test_date_and_time_of_day_may_stand_in_two_columns() -> None:
    frame = {"d": ["30-05-2023", "30-05-2023", None], "c": ["12:00", None, None]}
    got = read(frame, columns=["d", "c"], format="%d-%m-%Y %H:%M")
    assert got == [NOON, None, None]


def test_a_day_is_its_end_or_for_a_start_its_beginning_with_a_warning() -> None:
    end = datetime(2023, 5, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    excel = {"unit": "excel"}
    for days, unit in (
        (["2023-05-30"], {}),
        ([date(2023, 5, 30)], {}),
        (["45076"], excel),
        ([45076.0], excel),
    ):
        assert read({"t": days}, **unit) == [end]
        cells = Cells(pl.DataFrame({"t": days}), "UTC", "m.yaml")
        source = TimeSource(column="t", **unit)
        start = read_time(cells, source, "interactions.started_at", {}, day_start=True)
        assert start.values.to_list() == [end.replace(hour=0, minute=0, second=0, microsecond=0)]
        assert "interactions.started_at has no time of day in 100% of its rows" in cells.notes.warnings[0]


def test_days_of_excel_are_local_times_and_midnights_beside_times_of_day() -> None:
    assert read({"t": [45076.0, 45076.5]}, "Asia/Kolkata", unit="excel") == [
        datetime(2023, 5, 29, 18, 30, tzinfo=UTC),
        NOON.replace(hour=6, minute=30),
    ]
    by_row = {"t": [45076.5, 45076.5], "z": ["Europe/Oslo", None]}
    assert read(by_row, unit="excel", timezone={"column": "z"}) == [NOON.replace(hour=10), NOON]


def test_local_times_that_occur_twice_are_counted() -> None:
    cells = Cells(
        pl.DataFrame({"t": ["2026-10-25 02:30", "2026-10-25 04:30"]}), "Europe/Copenhagen", "m.yaml"
    )
    read_time(cells, TimeSource(column="t"), "events[0].at", {})
    assert dict(cells.notes.counts) == {"events[0].at: local times that occur twice, read as the first": 1}


@pytest.mark.parametrize(
    ("texts", "source", "message"),
    [
        (["1685448000"], {}, r"'unit' or 'format' must say .* \{column: t, unit: s\}"),
        (["1685448000000"], {"unit": "s"}, "started_at: .*from 1990 to 2100 in the unit 's'.*'unit: ms'"),
        (["45076.5"], {}, "unit: excel"),
        (["20230530120000"], {}, 'format: "%Y%m%d%H%M%S"'),
        (["05/06/2023 12:00", "07/08/2023 13:00"], {}, "'%d/%m/%Y %H:%M' or '%m/%d/%Y %H:%M' would fit"),
        (["25/06/2023 12:00", "07/08/2023 13:00"], {}, "; '%d/%m/%Y %H:%M' would fit"),
        (
            ["30 May 2023"],
            {"format": "%Y"},
            "is '%Y', which fits none of its 1 filled rows; '%d %b %Y'",
        ),
        (["tomorrow"], {}, "name another column, or give its format"),
    ],
)
def test_what_is_ambiguous_is_an_error_with_what_would_fit(
    texts: list[str], source: dict, message: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        read({"t": texts}, **source)
    assert "tomorrow" not in str(error.value)
