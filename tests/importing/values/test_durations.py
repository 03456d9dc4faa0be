"""Durations as systems write them."""

from datetime import timedelta

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing.values import Cells, read_duration


def seconds(
    values: list, unit: str, decimal: str = ".", dtype: pl.DataType | None = None
) -> list[float | None]:
    frame = pl.DataFrame({"d": pl.Series(values, dtype=dtype)})
    read = read_duration(Cells(frame, "UTC", "m.yaml", decimal), "d", unit, "events[0].at")
    return [None if value is None else value / 1e6 for value in read.values.to_list()]


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("90", "seconds", 90.0),
        ("1.5", "minutes", 90.0),
        ("2500", "milliseconds", 2.5),
        ("2", "days", 172_800.0),
        ("00:05:00", "seconds", 300.0),
        ("0:02:24.5", "minutes", 144.5),
        ("27:00:00", "hours", 97_200.0),
        ("-00:00:30", "seconds", -30.0),
        ("02:30", "hours", 9_000.0),
        ("02:30", "minutes", 9_000.0),
        ("02:30", "seconds", 150.0),
        ("1 days 03:00:00", "seconds", 97_200.0),
        ("0 days 00:00:01.250000", "seconds", 1.25),
        ("-1 day, 23:59:00", "hours", -60.0),  # Python's minute before
        ("-1 days +23:00:00", "hours", -3_600.0),  # of pandas and PostgreSQL
        ("-1 days -01:00:00", "hours", -90_000.0),
        ("1.02:03:04", "hours", 93_784.0),  # .NET
        ("-1.02:03:04", "hours", -93_784.0),
        ("+01 02:03:04.5", "hours", 93_784.5),  # Oracle
        ("1:02:03:04", "hours", 93_784.0),
        ("1h30", "minutes", 5_400.0),
        ("5min30", "hours", 330.0),
        ("5' 30\"", "hours", 330.0),
        ("2 Stunden und 5 Minuten", "seconds", 7_500.0),
        ("2 Std. 5 Min.", "seconds", 7_500.0),
        ("2 t 5 min", "seconds", 7_500.0),
        ("3 dage", "hours", 259_200.0),
        ("2 jours et 1 heure", "hours", 176_400.0),
        ("2 horas y 5 minutos", "hours", 7_500.0),
        ("5 minuten en 3 seconden", "hours", 303.0),
        ("2時間5分", "hours", 7_500.0),
        ("2 часа 5 мин.", "hours", 7_500.0),
        ("2 godz. 5 min", "hours", 7_500.0),
        ("1 dygn", "hours", 86_400.0),
        ("3 dager", "hours", 259_200.0),
        ("2 uker", "hours", 1_209_600.0),
        ("2小时5分钟", "hours", 7_500.0),
        ("3天", "hours", 259_200.0),
        ("2시간 5분", "hours", 7_500.0),
        ("2 tuntia 5 minuuttia", "hours", 7_500.0),
        ("2 saat 5 dakika", "hours", 7_500.0),
        ("1d02:03:04", "hours", 93_784.0),
        ("0 years 0 mons 1 days 2 hours 0 mins 0.5 secs", "hours", 93_600.5),  # PostgreSQL
        ("0 years 1 mons 1 days", "hours", None),  # a month has no length
        ("2h 15m", "minutes", 8_100.0),
        ("2h15m", "minutes", 8_100.0),
        ("-1d2h30m5s", "hours", -95_405.0),
        ("1 hour and 5 minutes", "seconds", 3_900.0),
        ("5 min", "hours", 300.0),
        ("1d 2h", "seconds", 93_600.0),
        ("250 ms", "seconds", 0.25),
        ("3 weeks", "days", 1_814_400.0),
        ("45 Sec.", "minutes", 45.0),
        ("PT2H15M", "seconds", 8_100.0),
        ("P1DT30S", "seconds", 86_430.0),
        ("pt0.5s", "seconds", 0.5),
        ("P", "seconds", None),
        ("soon", "seconds", None),
        ("5 apples", "seconds", None),
        ("3 óra", "seconds", None),
        ("P1M", "seconds", None),
        ("12:60:99:00", "seconds", None),
        (None, "seconds", None),
    ],
)
def test_a_text_says_its_own_units(text: str | None, unit: str, expected: float | None) -> None:
    assert seconds([text, "1"], unit, dtype=pl.String)[0] == expected


def test_a_typed_column_keeps_its_unit() -> None:
    assert seconds([timedelta(minutes=2), None], "days") == [120.0, None]
    assert seconds([1.5, float("nan")], "minutes") == [90.0, None]
    assert seconds(["5,5"], "seconds", decimal=",") == [5.5]


def test_a_column_without_a_duration_is_an_error_that_shows_no_text() -> None:
    with pytest.raises(
        UsageError, match=r"events\[0\].at: column 'd' must hold durations such as 90"
    ) as error:
        seconds(["secret words"], "seconds")
    assert "secret" not in str(error.value)
    with pytest.raises(UsageError, match="write 'decimal: \",\"' in the mapping"):
        seconds(["5,25"], "seconds")


def test_durations_of_iso_8601_may_have_either_decimal_mark() -> None:
    assert seconds(["PT0.5H", "PT5,5M"], "seconds", ",") == [1_800.0, 330.0]
    assert seconds(["PT0.5H", "PT5,5M"], "seconds") == [1_800.0, 330.0]
