"""Conditions on a column: true or false, a count, or one of a list of values."""

import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing.value_sources import Condition
from forestall.importing.values import Cells, read_condition


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
