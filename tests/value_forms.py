"""Forms in which times, numbers, flags and names come, and what reads a column of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import polars as pl

from forestall.data.text_values import read_flags, read_names, read_numbers, read_times


def without_gaps(texts: list[str]) -> list[str]:
    """Leave out the texts that stand for a missing time; read as one column, since every worker imports this file."""
    values, unreadable = read_times(pl.Series(texts))
    return pl.Series(texts).filter(values.is_not_null() | unreadable).to_list()


TIME = pl.Datetime("us", "UTC")
ZONES = ("", "Z", "z", " UTC", "+02:00", "+0200", "+02", " -05:30", " CET", " Europe/Oslo", "[Europe/Oslo]")
CLOCKS = (
    "T09:05:07",
    " 09:05:07",
    "T09:05",
    " 9:05",
    "T09:05:07.5",
    " 09:05:07.123456",
    "T09:05:07,25",
    "t09:05:07",
)
TIMES = [
    *(f"{day}{clock}{zone}" for day, clock, zone in product(("2026-11-02", "2026/11/02", "20261102"), CLOCKS, ZONES)),
    "2026-11-02", "2026/11/02", "20261102", "2026-2-3", "2026-11-02T24:00:00Z", "2026-11-02T09:00:60Z", " 2026-11-02 ",
    "20261102T090507Z", "20261102090507", "2026-11-02T09:05:07.1234567Z", "2026-11-02T09", "2026-W45-1", "2026-306",
    "02/11/2026 09:05", "11/02/26", "Nov 2, 2026", "0999-11-02T09:00:00Z", "0000-00-00", "0000-00-00 00:00:00",
    "2026-02-30T09:00:00Z", "2026-13-02", "2026-11-02T25:00:00Z", "2026-11-02T09:61:00Z", "2026-11-02T09:05:07+24:00",
    "2026-11-02T09:05:07+01:00:30", "2026-11-02T09:05:07 XYZ", "2026-11-02T09:05:07 No/Where", "+2026-11-02T09:05:07Z",
    "２０２６-11-02T09:05:07Z", "2026-11-02\u00a009:05:07", "2026-11-02T09:05:07\u202fZ", "noon", "-", "N/A", "null",
    "nan", "", " ", "\x1c", "12", "1.5", "2026-11-02T09:05:07.Z", "2026-11-02T09:05:07 (CET)",
    "2026-11-02 09:05:07 GMT+2",
]  # fmt: skip
NUMBERS = [
    *(f"{sign}{digits}{unit}" for sign, digits, unit in product(
        ("", "-", "+"), ("0", "7", "12.5", ".5", "5.", "1e3", "1,234", "1,234.50", "12,34,567", "0012"),
        ("", " %", " EUR"))),
    "$5", "€ 5", "5 kr.", "(12)", "12-", "−3", "1 234", "1'234", "1\u202f234.5", "1_000", "0,5", "1,5", "1.234,5",
    "5,5 %",
    "inf", "-Infinity", "1e999", "nan", "NaN", "-", "--", "n/a", "None", "", " ", "\x1c", "five", "0x10", "١٢",
    "1e", "1 2 3",
    "1,23,4", "12..5", "$", "%", "true", "1e-400", "5e-324", "1.7976931348623157e308", "9007199254740993", "2026-11-02",
]  # fmt: skip
FLAGS = [
    *(word for one in ("true", "t", "yes", "y", "1", "1.0", "false", "f", "no", "n", "0", "0.0")
      for word in (one, one.upper(), f" {one} ", one.title())),
    "2", "-1", "10", "maybe", "ja", "on", "off", "", " ", "null", "N/A", "nan", "-", "00", "01", "ｙ", "YES!", "\x1c",
    "1.00",
]  # fmt: skip
FLAGS = list(dict.fromkeys(FLAGS))
NAMES = [
    "phone", " phone ", "Phone", "\tchat\n", "\u00a0web\u3000", "12", "12.0", "007", "1e3", "true", "Søren", "日本",
    "👍",
    "a b", " a  b ", "", " ", "\u2003", "\x1c", "\u200b", "x" * 300, "=1+1", '"q"', "Na", "o'clock", "ﬁ", "e\u0301",
]  # fmt: skip
# a row without a start is rejected, and none may lie after the day of the test
STARTS = [text.replace("2026", "2024") for text in without_gaps(TIMES)]
FORMS: dict[str, tuple[list[str], str, Any, Callable[[pl.Series], Any]]] = {
    "promised_at": (TIMES, "a time", TIME, read_times),
    "purchased_at": (TIMES, "a time", TIME, partial(read_times, day_start=True)),
    "started_at": (STARTS, "a time", TIME, partial(read_times, day_start=True)),
    "price": (NUMBERS, "a number", pl.Float64, read_numbers),
    "is_commodity": (FLAGS, "true or false", pl.Boolean, read_flags),
    "channel": (NAMES, "a string", pl.String, lambda text: (read_names(text), None)),
}
RULES = {
    "promised_at": "unreadable_time",
    "purchased_at": "unreadable_time",
    "price": "unreadable_number",
    "is_commodity": "unreadable_flag",
}
