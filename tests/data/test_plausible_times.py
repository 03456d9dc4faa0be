"""Times are plausible: from 1990 until the records were taken, whatever the clock of the machine says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from forestall.data import Tables, plausible_times
from forestall.data.plausible_times import latest_time, read_exported_at
from forestall.errors import InputError

EXPORT = "2026-01-06T06:00:00Z"
TAKEN = datetime(2026, 1, 6, 6, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
LONG_AGO = datetime(1989, 12, 31, 23, 59, tzinfo=UTC)


def made(starts: list[Any], at: list[Any], rated: list[Any], **about: Any) -> Tables:
    """Return tables of interactions a, b, … with an event and a rating of each."""
    names = [chr(97 + i) for i in range(len(starts))]
    return Tables(
        pl.DataFrame({"interaction_id": names, "started_at": starts}),
        pl.DataFrame({"interaction_id": names, "at": at, "kind": ["closed"] * len(names)}),
        pl.DataFrame({"interaction_id": names, "rating": [1.0] * len(names), "rated_at": rated}),
        about,
    )


def test_a_time_after_the_export_or_before_1990_is_rejected_by_a_rule_of_its_own() -> None:
    day = TAKEN - timedelta(days=1)
    later = TAKEN + timedelta(microseconds=1)
    tables = made(
        [day, NEVER, LONG_AGO, day, day], [TAKEN, NEVER, day, later, NEVER], [later, NEVER, day, TAKEN, None],
        exported_at=EXPORT,
    )  # fmt: skip
    assert tables.interactions["interaction_id"].to_list() == ["a", "d", "e"]
    assert tables.events["interaction_id"].to_list() == ["a"]
    assert tables.feedback["interaction_id"].to_list() == ["d", "e"]
    assert tables.rejections.counts() == {
        "interactions": {"after_export": 1, "before_1990": 1},
        "events": {"after_export": 3, "orphan_event": 1},
        "feedback": {"after_export": 2, "orphan_feedback": 1},
    }
    assert tables.replace().reject_off_scale(1, 5).feedback.height == 2


def test_without_an_export_time_the_present_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the one place that reads the clock; a given export time is used alone."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return TAKEN

    monkeypatch.setattr(plausible_times, "datetime", Clock)
    day = TAKEN - timedelta(days=1)
    tomorrow = TAKEN + timedelta(days=1)
    assert made([day, day], [day, tomorrow], [None, None]).rejections.counts() == {
        "events": {"after_export": 1}
    }
    late = made([day, day], [day, tomorrow], [None, None], exported_at="2026-01-08")
    assert late.rejections.counts() == {}


def test_an_export_time_may_be_a_time_and_is_written_as_text() -> None:
    tables = made([TAKEN], [TAKEN], [None], exported_at=TAKEN)
    assert tables.about["exported_at"] == "2026-01-06T06:00:00+00:00"


def test_the_end_of_the_exports_own_day_counts() -> None:
    """A survey that has a day only is read as the end of its day, also of a day that is not over yet."""
    day = TAKEN - timedelta(days=1)
    ends = [
        datetime(2026, 1, 6, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 1, 6, 18, 29, 59, 999_999, tzinfo=UTC),  # the end of a day in India
        datetime(2026, 1, 7, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    tables = made([day] * 3, [day] * 3, ends, exported_at=EXPORT)
    assert tables.feedback["interaction_id"].to_list() == ["a", "b"]


def test_without_a_clock_times_stand_for_order_and_are_not_checked() -> None:
    old = datetime(1970, 1, 1, tzinfo=UTC)
    assert made([old], [NEVER], [None], clock="none").rejections.counts() == {}
    assert latest_time({"clock": "none"}) is None


def test_a_promise_may_lie_ten_years_ahead_and_else_counts_as_missing() -> None:
    start = TAKEN - timedelta(days=9)
    interactions = pl.DataFrame(
        {
            "interaction_id": ["a", "b", "c"],
            "started_at": [start] * 3,
            "promised_at": [TAKEN + timedelta(days=3650), NEVER, None],
        }
    )
    events = pl.DataFrame({"interaction_id": ["a"], "at": [start], "kind": ["served"]})
    tables = Tables(interactions, events, about={"exported_at": EXPORT})
    assert tables.interactions["promised_at"].is_null().to_list() == [False, True, True]
    assert tables.rejections.counts() == {"cells": {"promised_too_far_ahead": 1}}
    assert tables.rejections.frames["cells"]["key"].to_list() == ["b"]


def test_days_that_programs_write_for_none_are_no_promise_and_no_purchase() -> None:
    start = TAKEN - timedelta(days=9)
    days = [datetime(year, 1, 1, tzinfo=UTC) for year in (1900, 1970, 1985, 2020)] + [NEVER]
    interactions = pl.DataFrame(
        {
            "interaction_id": ["a", "b", "c", "d", "e"],
            "started_at": [start] * 5,
            "promised_at": days,
            "purchased_at": days,
        }
    )
    events = pl.DataFrame({"interaction_id": ["a"], "at": [start], "kind": ["served"]})
    tables = Tables(interactions, events, about={"exported_at": EXPORT})
    assert tables.interactions["promised_at"].is_not_null().to_list() == [False, False, False, True, False]
    assert tables.interactions["purchased_at"].is_not_null().to_list() == [False, False, True, True, False]
    assert tables.rejections.counts() == {
        "cells": {
            "before_1990": 3,
            "before_1970": 2,
            "promised_too_far_ahead": 1,
            "purchased_too_far_ahead": 1,
        }
    }


@pytest.mark.parametrize("value", ["soonish", 7, "9999-12-31", "1970-01-01", ""])
def test_an_export_time_must_be_a_time(value: object) -> None:
    with pytest.raises(InputError, match="exported_at must be a time from 1990 to 2200") as error:
        read_exported_at(value)
    assert "soonish" not in str(error.value)
