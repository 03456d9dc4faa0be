"""Times on the clocks of a place become UTC, through daylight saving and all."""

from collections import Counter
from datetime import UTC, datetime
from itertools import product
from typing import Any

import polars as pl
import pytest

from forestall.data.month_names import in_english
from forestall.data.times import from_zone, parse_iso, parse_times


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "clock", "expected"),
    [
        ("Asia/Kolkata", "2023-08-04 00:27", "2023-08-03 18:57"),
        ("Europe/Copenhagen", "2026-01-15 12:00", "2026-01-15 11:00"),  # winter
        ("Europe/Copenhagen", "2026-07-15 12:00", "2026-07-15 10:00"),  # summer
        ("Europe/Copenhagen", "2026-10-25 02:30", "2026-10-25 00:30"),  # came twice: the first
        ("Europe/Copenhagen", "2026-03-29 02:30", "2026-03-29 01:30"),  # never came: 03:30 summer time
        ("America/New_York", "2026-03-08 02:00", "2026-03-08 07:00"),  # never came: 03:00 summer time
        ("America/New_York", "2026-11-01 01:59", "2026-11-01 05:59"),  # came twice: the first
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 22:00"),  # a day that never came
    ],
)
def test_a_time_on_the_clock_becomes_utc(zone: str, clock: str, expected: str) -> None:
    times = pl.Series([datetime.fromisoformat(clock), None])
    assert from_zone(times, zone).to_list() == [utc(expected), None]


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d/%m/%Y %H:%M", "04/08/2023 00:27", "2023-08-03 18:57"),
        ("%d-%b-%y", "04-Aug-23", "2023-08-04 18:29:59.999999"),  # the end of the day in Kolkata
        ("%Y-%m-%d %H:%M:%S%z", "2023-08-04 00:27:00+0200", "2023-08-03 22:27"),  # its own zone counts
        ("%m/%d/%Y %I:%M %p", "08/04/2023 12:27 AM", "2023-08-03 18:57"),
        ("%s", "1691088000", "2023-08-03 18:40"),  # seconds since 1970 are UTC
        ("%d/%m/%Y %H:%M", "2023-08-04 00:27", None),
        ("%d/%m/%Y", "31/02/2023", None),
    ],
)
def test_a_text_is_read_by_its_form(form: str, text: str, expected: str | None) -> None:
    read = parse_times(pl.Series([text, None]), form, "Asia/Kolkata")
    assert read.to_list() == [utc(expected) if expected else None, None]


def test_the_end_of_a_day_is_that_of_the_zone_on_that_day() -> None:
    days = pl.Series(["2026-03-28", "2026-03-29"])  # clocks are put forward in the night between
    ends = [utc("2026-03-28 22:59:59.999999"), utc("2026-03-29 21:59:59.999999")]
    assert parse_times(days, "%Y-%m-%d", "Europe/Copenhagen").to_list() == ends


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-08-01T10:00:00+02:00", "2023-08-01 08:00"),
        ("2023-08-01 10:00:00", "2023-08-01 10:00"),
        ("2023-08-01T10:00:00Z", "2023-08-01 10:00"),
        (" 2023-08-01 10:00:00 UTC ", "2023-08-01 10:00"),
        ("2023-08-01T10:00", "2023-08-01 10:00"),
        ("2023-08-01T10:00:00.123456", "2023-08-01 10:00:00.123456"),
        ("2023-08-01T10:00:00.123456789z", "2023-08-01 10:00:00.123456"),
        ("2023-08-01 10:00-08", "2023-08-01 18:00"),
        ("2023-08-01", "2023-08-01 23:59:59.999999"),
        ("2023-13-01", None),
        ("2023-02-30T10:00", None),
        ("10:00", None),
        ("", None),
    ],
)
def test_iso_8601_is_read_in_all_its_forms(text: str, expected: str | None) -> None:
    others = ["2020-01-01", None, "2020-01-01T00:00:00+01:00", "nonsense", "2020-01-01 00:00:01.5"]
    read = parse_iso(pl.Series([*others, text]))
    assert read[-1] == (utc(expected) if expected else None)
    assert read[:5].to_list() == [
        utc("2020-01-01 23:59:59.999999"),
        None,
        utc("2019-12-31 23:00"),
        None,
        utc("2020-01-01 00:00:01.500"),
    ]


@pytest.mark.parametrize(("zone", "day_start"), [("UTC", False), ("Europe/Oslo", True)])
def test_few_texts_are_read_as_many_are(zone: str, day_start: bool) -> None:
    days = ("2026-10-25", "2026-03-29", "2026/11/02", "20261102", "0999-11-02", "2026-02-30")
    clocks = (" 02:30", "T02:30:00", " 2:30:00.25", "T02:30:00,5", "T24:00:00", " 023000", "", " noon")
    names = ("", "Z", "+0100", " +02:00", " CET", " America/New_York", " XYZ")
    texts = [f"{day}{clock}{name}" for day, clock, name in product(days, clocks, names)]
    many: Counter[str] = Counter()
    few: Counter[str] = Counter()
    expected = parse_iso(pl.Series(texts), zone, day_start=day_start, changes=many)
    assert expected.null_count() < len(texts) - 100
    alone = [
        parse_iso(pl.Series(texts[start : start + 7]), zone, day_start=day_start, changes=few)
        for start in range(0, len(texts), 7)
    ]
    assert pl.concat(alone).to_list() == expected.to_list()
    assert few == many
    assert len(many) == 2


def test_one_text_is_read_by_few_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    select, calls = pl.DataFrame.select, []

    def counted(self: pl.DataFrame, *args: Any, **kwargs: Any) -> pl.DataFrame:
        calls.append(args)
        return select(self, *args, **kwargs)

    monkeypatch.setattr(pl.DataFrame, "select", counted)
    for text in ("2026/11/02 9:05 CET", "2026-11-02", "2026-11-02 zzz"):
        calls.clear()
        parse_iso(pl.Series([text]))
        assert 0 < len(calls) < 12


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%d %b %Y %H:%M", "30 mai 2023 10:00", "2023-05-30 10:00"),
        ("%d %b %Y %H:%M", "1 AOÛT 2023 10:00", "2023-08-01 10:00"),
        ("%d %b %Y %H:%M", "1 fe\u0301vr. 2023 10:00", "2023-02-01 10:00"),
        ("%d %b %Y %H:%M", "30 June 2023 10:00", "2023-06-30 10:00"),
        ("%d %b %Y %H:%M", "3 Sept 2023 10:00", "2023-09-03 10:00"),
        ("%d %b. %Y %H:%M", "3 des. 2023 10:00", "2023-12-03 10:00"),
        ("%d-%b-%y %H:%M", "05-ENE-24 10:00", "2024-01-05 10:00"),
        ("%d.%b.%Y %H:%M", "05.Mrz.2024 10:00", "2024-03-05 10:00"),
        ("%d. %B %Y %H:%M", "30. Oktober 2023 10:00", "2023-10-30 10:00"),
        ("%d de %B de %Y %H:%M", "30 de maio de 2023 10:00", "2023-05-30 10:00"),
        ("%a %d %b %Y %H:%M", "mardi 30 mai 2023 10:00", "2023-05-30 10:00"),
        ("%A, %d. %B %Y %H:%M", "Dienstag, 30. Mai 2023 10:00", "2023-05-30 10:00"),
        ("%a %d %b %Y %H:%M", "Wed 30 May 2023 10:00", None),  # it was a Tuesday
        ("%a %d %b %Y %H:%M", "30 mai 2023 10:00", None),
        ("%d %b %Y %H:%M", "9 lip 2023 10:00", None),  # July in Polish, June in Croatian
        ("%d %b %Y %H:%M", "9 foo 2023 10:00", None),
    ],
)
def test_months_are_read_in_the_languages_of_europe(form: str, text: str, expected: str | None) -> None:
    (time,) = parse_times(pl.Series([text]), form).to_list()
    assert time == (None if expected is None else utc(expected))


def test_a_column_of_many_words_is_not_searched_for_months() -> None:
    words = pl.Series([f"maj {chr(97 + i % 26)}{chr(97 + i // 26)}x" for i in range(400)])
    assert in_english(words).equals(words)
    assert in_english(words.head(9)).str.starts_with("May ").all()
