"""The rows of a training: customers and times."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from forestall.model.training_sample import (
    as_codes,
    has_both_classes,
    read_groups,
    read_times,
)

KEYS = [["c1", "i1"], ["c1", "i2"], [None, "i3"], [None, "i3"], ["c2", "i4"]]


@pytest.mark.parametrize(
    "groups",
    [
        np.array(KEYS, dtype=object),
        pl.DataFrame(KEYS, schema=["customer", "interaction"], orient="row"),
        pd.DataFrame(KEYS, columns=["customer", "interaction"]),
    ],
    ids=["array", "polars", "pandas"],
)
def test_customers_are_read_from_arrays_and_frames(groups):
    customer, interaction = (as_codes(keys) for keys in read_groups(groups, 5))
    assert interaction.tolist() == [0, 1, 2, 2, 3]
    # the moments of one interaction with a missing customer have one customer
    assert customer[0] == customer[1]
    assert customer[2] == customer[3]
    assert len(set(customer.tolist())) == 3


@pytest.mark.parametrize("missing", [None, np.nan])
def test_numbers_may_be_keys_and_a_missing_one_is_a_customer_of_its_own(missing):
    customer, _ = read_groups(pd.Series([7, missing, 7, missing], dtype=object), 4)
    assert customer[0] == customer[2]
    assert len(set(customer.tolist())) == 3


def test_without_groups_each_row_is_a_customer():
    customer, interaction = read_groups(None, 3)
    assert customer.tolist() == interaction.tolist() == [0, 1, 2]


def test_groups_of_a_wrong_shape_or_without_an_interaction_are_refused():
    with pytest.raises(ValueError, match="for each of 4 rows"):
        read_groups(["a", "b"], 4)
    with pytest.raises(ValueError, match="some are missing"):
        read_groups(np.array([["a", None], ["b", "i"]], dtype=object), 2)


NOON = pd.Timestamp("2026-01-05 12:00", tz="Africa/Johannesburg")


@pytest.mark.parametrize(
    "time",
    [
        [3, 1, 3],
        np.array([3.5, 1.5, 3.5]),
        pl.Series([3, 1, 3]),
        pd.Series([NOON, NOON - pd.Timedelta("1h"), NOON]),
        pd.DatetimeIndex([NOON, NOON - pd.Timedelta("1h"), NOON]),
        np.array(["2026-01-05", "2026-01-04", "2026-01-05"], dtype="datetime64[us]"),
    ],
    ids=["list", "array", "polars", "pandas", "index", "datetime64"],
)
def test_times_become_their_order(time):
    assert read_times(time, 3).tolist() == [2, 1, 2]
    assert read_times(None, 3) is None


def test_missing_times_and_words_are_refused():
    with pytest.raises(ValueError, match="a time for each of 3 rows"):
        read_times([1, None, 2], 3)
    with pytest.raises(ValueError, match="whole numbers or times; it holds String"):
        read_times(["noon", "one", "two"], 3)


def test_both_classes_are_needed():
    assert has_both_classes(np.array([0.0, 1.0]))
    assert not has_both_classes(np.array([1.0, 1.0]))
    assert not has_both_classes(np.empty(0))
