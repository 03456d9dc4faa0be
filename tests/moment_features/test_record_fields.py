"""Fields of records: each value in its type, or an error that names record and field and never the value."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forestall.errors import InputError
from forestall.moment_features.record_fields import MOMENT, are_infinite, as_name, is_blank, read_fields

NOON = 1_772_452_800_000_000
TIME = pl.Datetime("us", "UTC")


def read(values: list, dtype: object) -> list:
    return list(read_fields([{"x": value} for value in values], {"x": dtype})["x"])


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T12:00:00Z", "2026-03-02T12:00:00z", " 2026-03-02 12:00:00 ", "2026-03-02T14:00:00+02:00",
        datetime(2026, 3, 2, 12), datetime(2026, 3, 2, 12, tzinfo=UTC), np.datetime64("2026-03-02T12:00:00"),
    ],
)  # fmt: skip
def test_a_time_in_any_form(value):
    assert read([value, None], TIME) == [NOON, None]


def test_a_day_is_its_end_and_for_a_moment_its_beginning():
    day = 86_400_000_000
    for value in ("2026-03-02", date(2026, 3, 2)):
        assert read([value], TIME) == [NOON + day // 2 - 1]
        assert read([value], MOMENT) == [NOON - day // 2]


def test_numbers_are_an_array_without_infinities():
    found = read([1, 2.5, " 3 ", "", None, math.inf, "n/a", pd.NA], pl.Float64)
    assert found[:3] == [1, 2.5, 3]
    assert all(math.isnan(value) for value in found[3:])
    assert read([True, "yes", "No", 0, None, ""], pl.Boolean) == [True, True, False, False, None, None]


def test_names_are_read_as_tables_read_them():
    assert read(["a", " ", "", None, "a"], pl.String) == ["a", None, None, None, "a"]
    assert read([12.0, 12, True, "12", Decimal("1.0"), 0.5], pl.String) == [
        "12",
        "12",
        "1",
        "12",
        "1.0",
        "0.5",
    ]
    assert as_name("\ud83d half") == "? half"


@pytest.mark.parametrize(
    ("value", "dtype", "wanted"),
    [
        ("noon", TIME, "a time, such as 2026-11-02T09:00:00Z"), (5, TIME, "a time, such as 2026-11-02T09:00:00Z"),
        ("1_000", pl.Float64, "a number"),
        ("-inf", pl.Float64, "a number"),
        (b"1", pl.Float64, "a number"),
        (["a"], pl.String, "a string"), ("maybe", pl.Boolean, "true or false"), (2, pl.Boolean, "true or false"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_names_record_and_field(value, dtype, wanted):
    rows = [{"x": None}, {"x": value}]
    with pytest.raises(InputError) as error:
        read_fields(rows, {"x": dtype}, owner=[3, 7], within="events.")
    assert str(error.value) == f"record 7: events.x must be {wanted}"


def test_blank_values_and_infinite_ones():
    assert [is_blank(value) for value in (None, math.nan, " ", pd.NaT, 0, "a")] == [True] * 4 + [False] * 2
    assert are_infinite([1.0, math.inf, "1e999", "x", None]).tolist() == [False, True, False, False, False]
    assert are_infinite([1, -math.inf, None]).tolist() == [False, True, False]
