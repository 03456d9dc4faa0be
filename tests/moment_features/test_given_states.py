"""States that were computed before are found by interaction and time."""

import numpy as np
import polars as pl
import pytest

from forestall.moment_features.given_states import GivenQueues, GivenStates
from forestall.moment_features.queue import COLUMNS

GIVEN = GivenStates(
    pl.DataFrame(
        {
            "place": [4, 4, 1, 4], "as_of": [10, 20, 10, 10], "usual": [0.5, np.nan, 2.0, 0.5],
            "is_recorded": [True, False, True, True], "n_waiting": [3, 4, 5, 3],
            "n_served_first": [0, 0, 1, 0], "mean_wait_s": [1.0, 2.0, np.nan, 1.0],
        }
    )
)  # fmt: skip


def test_values_are_found_in_any_order_with_their_types() -> None:
    found = GIVEN.at(np.array([1, 4, 4, 4]), np.array([10, 20, 10, 10]), ["usual", "is_recorded"])
    assert np.array_equal(found["usual"], [2.0, np.nan, 0.5, 0.5], equal_nan=True)
    assert found["is_recorded"].tolist() == [True, False, True, True]
    assert found["is_recorded"].dtype == np.bool_
    queue = GivenQueues(GIVEN).state(np.array([1]), np.array([10]))
    assert list(queue) == list(COLUMNS)
    assert queue["n_waiting"].tolist() == [5]


def test_a_moment_that_was_not_computed_is_a_fault() -> None:
    with pytest.raises(ValueError, match="each moment must have been computed before"):
        GIVEN.at(np.array([1]), np.array([11]), ["usual"])
