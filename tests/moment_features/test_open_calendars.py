"""Calendars with the holidays and zones that were known when they were made."""

import json
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import polars as pl
import pytest

from companies import random_moments, simulated
from forestall.moment_features import FAMILIES, Standards, public_holidays
from forestall.moment_features import open_calendars as module
from forestall.moment_features.business_time import with_business_time
from forestall.moment_features.calendars import read_calendars
from forestall.moment_features.columns_read import columns_read
from forestall.moment_features.feature_plan import FEW
from forestall.moment_features.open_calendars import ALWAYS_OPEN, OpenCalendars, zone_offsets
from forestall.moment_features.public_holidays import YEARS, holidays_of
from forestall.moment_features.sources import ONE_BY_ONE
from forestall.moment_features.table import locate, plan_of
from forestall.moment_features.table_sources import sources_of

WEEKDAYS = {"mon-fri": "09:00-18:00"}
SHOP_HOURS = {"mon-sat": ["10:00-14:00", "15:00-24:00"], "sun": "00:00-01:00"}
CALENDARS = {
    "calls": {
        "timezone": "America/New_York",
        "hours": {"mon-sun": "07:30-22:00"},
        "holidays": "US-CA",
        "for": {"channels": ["phone"]},
    },
    "office": {"timezone": "Europe/Copenhagen", "hours": WEEKDAYS, "holidays": ["DK", "2026-03-04"]},
    "shop": {"timezone": "Asia/Kolkata", "hours": SHOP_HOURS, "for": {"venues": ["v1"]}},
}


def made(calendars: Any = CALENDARS) -> OpenCalendars:
    return OpenCalendars.of(read_calendars(calendars))


def us(*parts: int) -> int:
    return (datetime(*parts, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Copenhagen", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
)
def test_the_offsets_of_a_zone_are_those_of_another_library(zone):
    """Of `zoneinfo`, on every day, a second before each change and at it."""
    offsets = zone_offsets(zone)
    starts = [at for at, _ in offsets]
    assert starts == sorted(starts)
    assert starts[0] == 0
    changes = [second for at in starts[1:] for second in (at - 1, at)]
    for second in [*range(0, us(2099, 12, 31) // 10**6, 20 * 86_400), *changes]:
        own = [offset for at, offset in offsets if at <= second][-1]
        wall = datetime.fromtimestamp(second, UTC).astimezone(ZoneInfo(zone))
        assert timedelta(seconds=own) == wall.utcoffset(), second


def test_holidays_are_those_of_the_library():
    danish = holidays_of("DK")
    assert {"1970-01-01", "2026-12-25", "2099-12-26"} <= set(danish)
    assert danish == sorted(danish)
    assert "2026-12-24" not in danish
    # Californians have a day of Cesar Chavez, other Americans have not
    assert "2026-03-31" in set(holidays_of("US-CA")) - set(holidays_of("US"))
    assert (YEARS[0], YEARS[-1]) == (1970, 2099)


def test_what_the_library_does_not_know_is_said_in_the_log(caplog: pytest.LogCaptureFixture):
    """Sri Lanka's holidays follow the moon and are known up to 2026; of India's the days of the moon up to 2035."""
    caplog.set_level("INFO")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        years = {code: {int(day[:4]) for day in holidays_of(code)} for code in ("LK", "IN")}
    assert 2026 in years["LK"]
    assert max(years["LK"]) < 2099
    assert "holidays of LK: the library knows 2003 to " in caplog.text
    assert "holidays of IN: Requested Holidays are available only from 2001 to " in caplog.text


def test_a_newer_library_cannot_change_what_is_frozen(monkeypatch: pytest.MonkeyPatch):
    """What was written is read without a look at the library, or at the zones of today."""
    before = made()
    content = json.loads(json.dumps(before.as_dict()))
    times, numbers = pl.Series(range(us(2026, 1, 1), us(2026, 12, 31), 10**9)), None

    def unasked(*_: Any, **__: Any) -> Any:
        raise AssertionError("the library was asked")

    for name in ("country_holidays", "list_supported_countries"):
        monkeypatch.setattr(holidays, name, unasked)
    monkeypatch.setattr(module, "zone_offsets", unasked)
    monkeypatch.setattr("forestall.moment_features.calendars.is_zone", unasked)
    again = OpenCalendars.from_dict(content)
    assert again.as_dict() == before.as_dict() == content
    for number in range(3):
        numbers = pl.Series(np.full(len(times), number))
        assert again.readings(times, numbers).equals(before.readings(times, numbers))
    with pytest.raises(AssertionError, match="was asked"):
        public_holidays.holidays_of("DK")


def test_numbers_are_those_of_the_venue_then_the_channel_then_all():
    venue = ["v1", "v1", None, "v2", None, "v2"]
    channel = ["phone", None, "phone", "phone", None, "chat"]
    expected = [2, 2, 0, 0, 1, 1]
    assert made().numbers(venue, channel).tolist() == expected
    assert made().numbers(pl.Series(venue), pl.Series(channel)).tolist() == expected
    some = {name: CALENDARS[name] for name in ("calls", "shop")}
    assert made(some).numbers(venue, channel).tolist() == [1, 1, 0, 0, ALWAYS_OPEN, ALWAYS_OPEN]


def test_a_reading_of_a_missing_time_is_missing_and_of_a_fraction_that_of_its_whole_part():
    calendars, ten = made(), us(2026, 3, 6, 10)
    times = pl.Series([float(ten), None, ten + 0.5, float("nan")])
    found = calendars.readings(times, pl.Series([1, 1, 1, 1]))
    assert found.dtype == pl.Int64
    assert found.to_list() == [calendars.reading(ten, 1), None, calendars.reading(ten, 1), None]
    assert calendars.readings(pl.Series([ten]), pl.Series([ALWAYS_OPEN])).to_list() == [ten]
    assert calendars.reading(ten, ALWAYS_OPEN) == ten
    assert calendars.readings(pl.Series([], dtype=pl.Int64), pl.Series([], dtype=pl.Int64)).to_list() == []


@pytest.mark.slow
@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), ONE_BY_ONE + 1, FEW])
def test_business_time_of_few_moments_is_exactly_that_of_many(size: int):
    """Polars, for many moments, and the Python function of a record agree to the last bit, with any calendar."""
    tables = simulated(400)
    names = ["v1", "v2", None]
    venues = pl.Series([names[place % 3] for place in range(tables.interactions.height)])
    promised = pl.col("started_at") + pl.duration(hours=pl.int_range(pl.len()) % 90)
    tables = tables.replace(interactions=tables.interactions.with_columns(venue=venues, promised_at=promised))
    moments = random_moments(tables, 600, seed=2)
    plan = plan_of(with_business_time(FAMILIES, made()))
    sources = sources_of(tables, Standards())
    place, as_of = locate(sources, moments)
    many = plan.frame(sources.state(place, as_of, plan.columns))
    parts = [slice(begin, begin + size) for begin in range(0, len(place), size)]
    few = [plan.lists(sources.state_in_lists(place[part], as_of[part], plan.columns)) for part in parts]
    own = [name for name in many.columns if "business" in name]
    assert len(own) == 14
    for name in own:
        assert many[name].to_list() == [cell for part in few for cell in part[name]], name
        assert many[name].n_unique() > 1, name


def test_a_record_is_asked_for_the_columns_that_tell_its_calendar():
    def read(calendars: Any) -> frozenset[str]:
        families = with_business_time(FAMILIES, made(calendars))
        return columns_read(families, Standards())["service_wait_business_s"]

    assert read(CALENDARS) == {"venue", "channel"}
    assert read({"office": CALENDARS["office"]}) == frozenset()
    assert read({"calls": CALENDARS["calls"]}) == {"channel"}
