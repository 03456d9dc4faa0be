"""A suggested duration is one that the import reads, in the unit that is said."""

import polars as pl
import pytest

from forestall.importing.suggest.column_profile import ColumnProfile
from forestall.importing.suggest.duration_evidence import DurationColumn, find_duration
from forestall.importing.values import Cells, read_duration


def found(texts: list[str], name: str = "Wait time") -> DurationColumn | None:
    return find_duration(ColumnProfile(name, pl.Series(name, texts)))


@pytest.mark.parametrize(
    ("texts", "seconds", "says"),
    [
        (["02:30", "00:45"], [9_000, 2_700], "hours:minutes, as it is read"),
        (["02:30", "01:00:00"], [9_000, 3_600], "hours:minutes, as it is read"),
        (["02:30", "1 days 01:00:00"], [9_000, 90_000], "hours:minutes, as it is read"),
        (["00:02:30", "27:00:00"], [150, 97_200], "written as hours:minutes:seconds"),
        (["2h15m", "45 min"], [8_100, 2_700], "each value says its unit"),
        (["PT2H15M", "P1D"], [8_100, 86_400], "each value says its unit"),
        (["1 days 03:00:00", "0 days 00:00:01.5"], [97_200, 1.5], "each value says its unit"),
    ],
)
def test_the_import_reads_it_in_the_unit_that_is_said(
    texts: list[str], seconds: list[float], says: str
) -> None:
    duration = found(texts)
    assert duration is not None
    assert says in duration.reason + duration.question
    cells = Cells(pl.DataFrame({"d": texts}), "UTC", "m.yaml")
    read = read_duration(cells, "d", str(duration.unit), "events[0].at.hours")
    assert read.values.to_list() == [s * 1_000_000 for s in seconds]


@pytest.mark.parametrize("texts", [["3 óra"], ["P1M"], ["2h", "soon"], ["2h", "90"], ["12:60:99:00"]])
def test_what_the_import_does_not_read_is_not_suggested(texts: list[str]) -> None:
    assert found(texts) is None


def test_a_time_of_day_needs_a_name_to_be_a_length() -> None:
    assert found(["02:30", "00:45"], "Clock") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Gelöst nach (Tage)", "resolved"),
        ("Closed after (hours)", "closed"),
        ("Days since delivered", None),  # before the interaction
        ("Days", None),
    ],
)
def test_a_unit_beside_the_name_of_an_event_is_the_length_until_it(name: str, role: str | None) -> None:
    duration = find_duration(ColumnProfile(name, pl.Series(name, ["1.5", "2", "30"])))
    assert (duration.role if duration else None) == role


def test_waits_of_weeks_in_seconds_are_milliseconds() -> None:
    name = "time_to_first_agent_reply"
    duration = find_duration(ColumnProfile(name, pl.Series(name, [60_000 * i for i in range(1, 200)])))
    assert duration is not None
    assert (duration.unit, duration.role) == ("milliseconds", "responded")
    assert duration.question.startswith("is it in milliseconds?")
