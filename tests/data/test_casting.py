"""Casts to the types of the contract: unreadable values are marked, and no row is lost."""

import math
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.data.casting import (
    cast_column,
    cast_extra,
    cast_table,
    is_internal,
    to_flag,
    to_number,
    to_text,
    to_time,
)
from forestall.data.schemas import ROW, RULE, TIME, column_types
from forestall.data.text_values import read_names
from forestall.errors import InputError

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", " ", ""], ["a", None, None]),
        ([1.0, 2.0, None], ["1", "2", None]),
        ([1.5, 2.0], ["1.5", "2.0"]),
        ([True, False], ["1", "0"]),
        ([7], ["7"]),
        ([float("nan"), 1.0], [None, "1"]),
    ],
)
def test_text(values: list, expected: list) -> None:
    assert to_text(pl.Series(values), "t.x").to_list() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["yes", " T ", "0", "No", "perhaps", None], [True, True, False, False, None, None]),
        ([1, 0, None], [True, False, None]),
        ([True, None], [True, None]),
    ],
)
def test_flags(values: list, expected: list) -> None:
    assert to_flag(pl.Series(values), "t.x").to_list() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([NOON, None], [NOON, None]),
        (["2026-01-05T12:00Z", "noon"], [NOON, None]),
        ([date(2026, 1, 5)], [datetime(2026, 1, 5, 23, 59, 59, 999_999, UTC)]),
    ],
)
def test_times(values: list, expected: list) -> None:
    times = to_time(pl.Series(values), "t.x")
    assert (times.dtype, times.to_list()) == (TIME, expected)


@given(st.lists(st.none() | st.floats() | st.integers(-9, 9).map(float), min_size=1))
def test_numbers_in_text_are_read_as_by_python(numbers: list[float | None]) -> None:
    """All texts that Python writes for finite floats are read back to the last bit, others as null."""
    text = pl.Series([None if number is None else repr(number) for number in numbers], dtype=pl.String)
    expected = [None if number is None or not math.isfinite(number) else number for number in numbers]
    assert to_number(text, "t.x").to_list() == expected


@pytest.mark.parametrize(
    ("cast", "values", "message"),
    [
        (to_text, [[1]], "t.x must hold text, is List"),
        (to_number, [NOON], "t.x must hold numbers, is Datetime"),
        (to_flag, [2], "t.x must hold true or false, holds other numbers"),
        (to_flag, [NOON], "t.x must hold true or false, is Datetime"),
        (to_time, [1], "t.x must hold times, is Int64"),
    ],
)
def test_a_column_of_the_wrong_type_is_an_error(cast: object, values: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        cast(pl.Series(values), "t.x")


def test_unreadable_values_are_marked_with_their_rule() -> None:
    column, rules = cast_column(pl.Series(["1", "dear", "", "nan", None]), pl.Float64(), "t.x")
    assert column.to_list() == [1.0, None, None, None, None]
    assert rules is not None
    assert rules.to_list() == [None, "unreadable_number", None, None, None]
    assert cast_column(pl.Series(["1", ""]), pl.Float64(), "t.x")[1] is None


def test_a_column_without_a_readable_value_is_an_error_without_its_values() -> None:
    with pytest.raises(
        InputError, match=r"t\.x must hold numbers; none of its 2 values can be read"
    ) as error:
        cast_column(pl.Series(["secret", "dear"]), pl.Float64(), "t.x")
    assert "secret" not in str(error.value)


def test_a_column_of_nulls_gets_any_type() -> None:
    for dtype in (TIME, pl.Boolean(), pl.Float64(), pl.String()):
        column, rules = cast_column(pl.Series("x", [None, None]), dtype, "t.x")
        assert (column.dtype, column.null_count(), rules) == (dtype, 2, None)


def test_further_columns_are_numbers_or_text() -> None:
    number, rules = cast_extra(pl.Series([1.0, float("inf")]), "t.x")
    assert number.to_list() == [1.0, float("inf")]
    assert rules is not None
    assert rules.to_list() == [None, "infinite_number"]
    assert cast_extra(pl.Series([True, False]), "t.x")[0].to_list() == [1.0, 0.0]
    assert cast_extra(pl.Series(["a", ""]), "t.x")[0].to_list() == ["a", None]


def test_a_table_has_all_columns_of_the_contract_and_keeps_its_rows() -> None:
    raw = pl.DataFrame(
        {
            "interaction_id": [1, 2],
            "started_at": ["2026-01-05T12:00Z", "soon"],
            "size": [3, 4],
            "__index__": [0, 1],
        }
    )
    cast, cells = cast_table(raw, "interactions")
    assert not cells.height
    assert cast.columns == [*column_types("interactions"), "size", ROW, RULE]
    assert cast[RULE].to_list() == [None, "unreadable_time"]
    assert cast[ROW].to_list() == [0, 1]
    events = pl.DataFrame({"interaction_id": ["a"], "at": [NOON], "kind": ["served"], "size": [3]})
    assert cast_table(events, "events")[0]["size"].to_list() == [3.0]
    rated = pl.DataFrame({"interaction_id": ["a"], "rating": [5], "size": [3]})
    assert "size" not in cast_table(rated, "feedback")[0].columns


def test_an_unreadable_cell_of_an_optional_column_is_null_and_kept() -> None:
    raw = pl.DataFrame({"interaction_id": ["a", "b"], "started_at": [NOON, NOON], "price": ["5", "dear"]})
    cast, cells = cast_table(raw, "interactions")
    assert cast["price"].to_list() == [5.0, None]
    assert cast[RULE].to_list() == [None, None]
    assert cells.rows() == [("interactions", "b", "price", "unreadable_number", "dear")]


def test_a_missing_required_column_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(
        InputError, match="interactions must have a column 'started_at', did you mean 'start_at'"
    ):
        cast_table(pl.DataFrame({"interaction_id": ["a"], "start_at": [NOON]}), "interactions")


def test_internal_columns_are_those_between_double_underscores() -> None:
    assert [is_internal(name) for name in ("__row__", "__row", "row__", "row")] == [True, False, False, False]


def test_names_that_are_clean_are_not_copied() -> None:
    names = pl.Series(["phone", None, "chat"])
    assert read_names(names) is names
    assert read_names(pl.Series([" phone", None, " "])).to_list() == ["phone", None, None]
