"""Times are found in all the forms that exports have."""

import polars as pl
import pytest

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.time_evidence import TimeColumn, find_times
from forestall.importing.suggest.time_forms import template_of


def found(**columns: list[object]) -> dict[str, TimeColumn]:
    return find_times([ColumnProfile(name, pl.Series(name, cells)) for name, cells in columns.items()])


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("2025-03-09", "%Y-%m-%d"),
        ("2025-03-09T10:11:12.123456+01:00", "%Y-%m-%dT%H:%M:%S.%f%z"),
        ("20250309T101112Z", "%Y%m%dT%H%M%S%z"),
        ("09.03.25", "%1.%2.%y"),
        ("9-Mar-2025 10:11", "%d-%b-%Y %H:%M"),
        ("March 9, 2025", "%B %d, %Y"),
        ("3/9/2025 1:05:09 PM", "%1/%2/%Y %I:%M:%S %p"),
        ("2025-03-09 10:11:12 UTC", "%Y-%m-%d %H:%M:%S %Z"),
        ("10.0.0.1", None),
        ("12345678", None),
        ("about 3/4/2025", None),
        ("Sales 2025", None),
    ],
)
def test_templates(text: str, template: str | None) -> None:
    assert template_of(text) == template


def test_numbers_are_times_by_name_and_range() -> None:
    times = found(
        created_at=[1_700_000_000, 1_700_000_900],
        closed_at=[1_700_000_000_000, 1_700_000_900_000],
        opened_date=[45_000.25, 45_001.5],
        amount=[1_700_000_000, 1_700_000_900],
    )
    assert {name: time.unit for name, time in times.items()} == {
        "created_at": "s", "closed_at": "ms", "opened_date": "excel",
    }  # fmt: skip
    assert str(times["opened_date"].values[0]) == "2023-03-15 06:00:00"
    assert times["created_at"].has_zone


def test_two_forms_in_a_column() -> None:
    cells = ["31/05/2025 10:00"] * 6 + ["2025-05-31 11:00"] * 4
    assert found(opened=cells)["opened"].source() == {
        "column": "opened", "format": ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"],
    }  # fmt: skip


def test_several_times_of_day_beside_one_date() -> None:
    hours = range(8, 16)
    times = found(
        date=["2025-03-09"] * 8,
        call_started=[f"{hour:02}:10:00" for hour in hours],
        call_ended=[f"{hour:02}:20:00" for hour in hours],
        talk_time=[f"00:{hour:02}:00" for hour in hours],
    )
    assert set(times) == {"date", "call_ended"}
    assert times["date"].source() == {"columns": ["date", "call_started"], "format": "%Y-%m-%d %H:%M:%S"}
    assert times["call_ended"].source()["columns"] == ["date", "call_ended"]
    assert times["call_ended"].own_columns == ("call_ended",)
    assert str(times["call_ended"].values[0]) == "2025-03-09 08:20:00"


def test_names_of_a_time_that_are_written_as_one_word() -> None:
    epochs = [str(1_700_000_000_000 + i * 60_000) for i in range(9)]
    times = found(createdate=epochs, **{"properties.closedate": epochs}, candidate=epochs, lifetime=epochs)
    assert {name: time.unit for name, time in times.items()} == {
        "createdate": "ms",
        "properties.closedate": "ms",
    }
