"""Zones in values: each row by its own, with work that grows with the rows, whatever a caller names."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import polars as pl
import pytest

from forestall.data import zones
from forestall.data.zones import LONGEST, MOST_UNLISTED, is_zone, local_to_utc, offset_us
from forestall.moment_features.record_texts import times_in

NOON = datetime(2026, 11, 2, 12)
NAMED = ["Europe/Oslo", "Asia/Kolkata", "America/New_York", "UTC"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often a zone is asked for and how many rows are converted."""
    found: Counter[str] = Counter()
    ask, convert = zones.is_zone, zones.from_zone

    def counted_ask(name: str) -> bool:
        found["asked"] += 1
        return ask(name)

    def counted_convert(times: pl.Series, zone: str, changes: Counter[str] | None = None) -> pl.Series:
        found["converted"] += 1
        found["rows"] += len(times)
        return convert(times, zone, changes)

    monkeypatch.setattr(zones, "is_zone", counted_ask)
    monkeypatch.setattr(zones, "from_zone", counted_convert)
    return found


def noons(names: list[str | None], default: str = "UTC", changes: Counter[str] | None = None) -> pl.Series:
    return local_to_utc(
        pl.Series("at", [NOON] * len(names)), pl.Series(names, dtype=pl.String), default, changes
    )


def test_each_row_is_read_by_its_own_zone() -> None:
    names = [
        "+02:00",
        None,
        "EST",
        "Europe/Oslo",
        "No/Where",
        "",
        "−0530",
        "Europe/Oslo",
        "[Asia/Kolkata]",
        "IST",
    ]
    hours = [2, 9, -5, 1, None, 9, -5.5, 1, 5.5, 5.5]
    expected = [None if h is None else NOON.replace(tzinfo=UTC) - timedelta(hours=h) for h in hours]
    read = noons(names, "Asia/Tokyo")
    assert read.to_list() == expected
    assert (read.name, read.dtype) == ("at", pl.Datetime("us", "UTC"))
    for name, value in zip(names, expected, strict=True):
        assert noons([name, name], "Asia/Tokyo").to_list() == [value, value]


@pytest.mark.parametrize(
    "names", [[], [None], ["x"], ["x", "y"], ["+01:00", "x"], ["Europe/Oslo", None, "x"]]
)
def test_columns_without_offsets_or_names_are_read(names: list[str | None]) -> None:
    known = {None: 0, "+01:00": 1, "Europe/Oslo": 1}
    expected = [
        NOON.replace(tzinfo=UTC) - timedelta(hours=known[name]) if name in known else None for name in names
    ]
    assert noons(names).to_list() == expected


def test_clock_changes_are_counted_for_each_zone() -> None:
    local = pl.Series([datetime(2026, 10, 25, 2, 30), datetime(2026, 3, 29, 2, 30), None, NOON])
    changes: Counter[str] = Counter()
    read = local_to_utc(
        local, pl.Series([None, "Europe/Oslo", "Europe/Oslo", "+01:00"]), "Europe/Oslo", changes
    )
    assert read.dt.hour().to_list() == [0, 1, None, 11]
    assert changes == {"twice": 1, "never": 1}


def test_10_000_odd_zones_take_a_bounded_number_of_passes(calls: Counter[str]) -> None:
    names = [*NAMED, *(f"Aa/B{number}" for number in range(10_000)), *NAMED]
    read = noons([*names])
    assert (read.len() - read.null_count(), read[: len(NAMED)].null_count()) == (2 * len(NAMED), 0)
    assert read[-len(NAMED) :].null_count() == 0, (
        "a zone of the database is read, however many odd ones come before"
    )
    assert calls["asked"] <= MOST_UNLISTED + len(NAMED)
    assert calls["converted"] <= len(NAMED)


def test_a_row_is_converted_once_however_many_zones_are_named(calls: Counter[str]) -> None:
    names = sorted(available_timezones())[:60] * 5
    noons([*names])
    assert calls["rows"] <= len(names)
    assert calls["asked"] <= 60


def test_odd_zones_of_records_take_a_bounded_number_of_passes(calls: Counter[str]) -> None:
    texts = [f"2026-11-02T12:00:00 Aa/B{number}" for number in range(2_000)]
    assert times_in(["2026-11-02T12:00:00 Europe/Oslo", *texts])[1] == 1
    assert calls["asked"] <= MOST_UNLISTED + 2
    assert calls["converted"] <= 20


def test_no_text_of_a_caller_stays_in_a_cache() -> None:
    caches = [one for one in vars(zones).values() if hasattr(one, "cache_info")]
    assert caches
    noons(["+01:00", "CET", "Europe/Oslo", None])
    before = [one.cache_info().currsize for one in caches]
    noons([f"{'x' * 100_000}{number}" for number in range(20)])
    noons([f"+01:{number}" for number in range(99)])
    noons([f"Aa/B{number}" for number in range(99)])
    for number in range(20):
        assert offset_us(f"+{'0' * 100_000}{number}") is None
    assert [one.cache_info().currsize for one in caches] == before


def test_a_text_that_is_too_long_is_no_zone(calls: Counter[str]) -> None:
    assert max(map(len, available_timezones())) < LONGEST
    assert noons(["A" * 20 + "/" + "b" * 20, "Europe/Oslo"]).null_count() == 1
    assert calls["asked"] == 1
    assert not is_zone("x" * 41)


@pytest.mark.parametrize("text", ["+²", "+1²", "+", "-:", "+19", "+01:60", "GMT+²", "+12345", "x"])
def test_what_is_no_offset_has_none(text: str) -> None:
    assert offset_us(text) is None


@pytest.mark.parametrize("text", ["-300", "+530", "−120", "UTC-300"])
def test_an_offset_of_three_digits_may_be_minutes_and_is_none(text: str) -> None:
    assert offset_us(text) is None
    assert offset_us("-3:00") == -3 * 3_600_000_000
