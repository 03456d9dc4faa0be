"""Conditions on a column: true or false, a count, or one of a list of values."""

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing.value_sources import Condition
from forestall.importing.values import Cells, read_conditions
from forestall.importing.values.conditions import read_condition


def met(values: list, **condition: object) -> list:
    cells = Cells(pl.DataFrame({"c": values}), "UTC", "m.yaml")
    return read_condition(cells, Condition(column="c", **condition), "here").values.to_list()


@pytest.mark.parametrize(
    ("cell", "is_met"),
    [
        ("yes", True),
        ("T", True),
        ("0", False),
        ("No", False),
        ("3", True),
        ("-1", False),
        ("maybe", None),
        (None, None),
    ],
)
def test_words_and_counts_are_true_or_false(cell: str | None, is_met: bool | None) -> None:
    assert met([cell, "yes"]) == [is_met, True]


def test_listed_values_meet_the_condition() -> None:
    assert met(["money", "9", "9.0", "goods", None], **{"is": ["money", 9]}) == [
        True,
        True,
        True,
        False,
        None,
    ]
    assert met([9.0, 1.0], **{"is": 9}) == [True, False]


def test_a_column_of_other_words_is_an_error() -> None:
    with pytest.raises(
        UsageError, match=r"here: column 'c' must hold true or false, none of its 2 .* under 'is'"
    ):
        met(["red", "blue"])


def test_an_array_meets_a_condition_if_one_of_its_elements_does() -> None:
    tags = [['"merged"', '"vip"'], ['"vip"'], [], None]
    assert met(tags, **{"is": ["Merged"]}) == [True, False, False, False]
    assert met(tags, empty=True) == [False, False, True, True]
    with pytest.raises(UsageError, match="here: column 'c' holds arrays; list the elements"):
        met(tags)


def test_a_cell_must_be_empty_or_filled() -> None:
    assert met(["a", None, " "], empty=True) == [False, True, True]
    assert met(["a", None], empty=False) == [True, False]


def test_a_cell_is_compared_with_another_column() -> None:
    cells = Cells(pl.DataFrame({"c": [1, 2, None, 3], "d": ["1", "3", "3", None]}), "UTC", "m.yaml")
    for key, expected in (
        ("same_as", [True, False, None, False]),
        ("differs_from", [False, True, None, False]),
    ):
        read = read_condition(cells, Condition(column="c", **{key: "d"}), "here")
        assert read.values.to_list() == expected
        assert not read.unreadable.any()


def test_all_conditions_of_a_list_must_be_met_and_one_may_be_unreadable() -> None:
    frame = pl.DataFrame({"c": ["yes", "yes", "maybe", "maybe", None], "d": ["a", "b", "a", "b", "a"]})
    cells = Cells(frame, "UTC", "m.yaml")
    both = [Condition(column="c"), Condition(column="d", **{"is": "a"})]
    read = read_conditions(cells, both, "here")
    assert read.values.to_list() == [True, False, None, False, False]
    assert read.unreadable.to_list() == [False, False, True, False, False]
