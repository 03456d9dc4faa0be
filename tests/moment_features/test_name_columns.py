"""Columns of names: the same of series, short or long, and of lists."""

import numpy as np
import polars as pl
import pytest

from forestall.moment_features.name_columns import (
    NULL,
    UNKNOWN,
    codes,
    has_gaps,
    is_there,
    joined_name,
    listed,
    places_in,
    take,
)

NAMES = ["b", None, "a", "b"]


@pytest.mark.parametrize("n_times", [1, 500])
def test_series_and_lists_are_alike(n_times):
    names = NAMES * n_times
    for column in (names, pl.Series(names)):
        place, known = codes(column)
        assert known == ["a", "b"]
        assert place[:4].tolist() == [1, NULL, 0, 1]
        assert places_in(column, {"a": 7})[:4].tolist() == [UNKNOWN, NULL, 7, UNKNOWN]
        assert is_there(column)[:4].tolist() == [True, False, True, True]
        assert has_gaps(column)
        assert list(take(column, np.array([2, 0]))) == ["a", "b"]
        assert list(take(column, np.arange(len(names)))) == names


def test_values_as_lists():
    assert listed(np.array([1.5, np.nan])) == [1.5, None]
    assert listed(np.array([1, 2])) == [1, 2]
    assert listed(pl.Series([1, None])) == [1, None]
    assert listed(NAMES) is NAMES


def test_two_names_as_one_are_not_those_of_others():
    assert len({joined_name(*names) for names in [("a", "b"), ("ab", None), (None, "ab"), (None, None)]}) == 4
