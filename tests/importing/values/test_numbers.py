"""Numbers and counts of a source."""

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing.values import Cells, read_count, read_number
from forestall.importing.values.numbers import MAX_COUNT


def cells(values: list) -> Cells:
    return Cells(pl.DataFrame({"n": values}), "UTC", "m.yaml")


@pytest.mark.parametrize(
    ("values", "expected", "unreadable"),
    [
        (["1.5", " 2 ", "1e3", None], [1.5, 2.0, 1000.0, None], [False] * 4),
        (["1", "many", "inf", "nan"], [1.0, None, None, None], [False, True, True, True]),
        ([1, 2, None], [1.0, 2.0, None], [False] * 3),
    ],
)
def test_numbers_are_finite_or_unreadable(values: list, expected: list, unreadable: list) -> None:
    read = read_number(cells(values), "n", "here", "unreadable_duration")
    assert read.values.to_list() == expected
    assert read.unreadable.to_list() == unreadable
    assert read.rule == "unreadable_duration"


def test_one_number_stands_for_all_rows() -> None:
    assert read_number(cells(["a", "b"]), 2, "here", "").values.to_list() == [2.0, 2.0]


def test_a_column_without_a_number_is_an_error_without_its_cells() -> None:
    with pytest.raises(
        UsageError, match=r"m\.yaml: here: column 'n' must hold numbers, none of its 2"
    ) as error:
        read_number(cells(["secret", "x", None]), "n", "here", "")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("value", "count"),
    [(0, 0), (3, 3), (MAX_COUNT, MAX_COUNT), (MAX_COUNT + 1, None), (-1, None), (1.5, None)],
)
def test_a_count_is_a_whole_number_within_its_limits(value: float, count: int | None) -> None:
    read = read_count(cells([str(value), "1"]), "n", "here")
    assert read.values.to_list() == [count, 1]
    assert read.unreadable.to_list() == [count is None, False]
