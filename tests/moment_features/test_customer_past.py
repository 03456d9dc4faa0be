"""The customer's past: which earlier interactions count, and what is known of them at a moment."""

import numpy as np
import polars as pl

from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.customer_past import (
    MAX_EARLIER,
    MONTH_US,
    EarlierInteractions,
    customer_past,
    customer_past_in_lists,
    earlier_places,
)
from forestall.moment_features.earlier_columns import (
    EarlierCount,
    EarlierFirst,
    EarlierLast,
    EarlierSmallest,
    EarlierSum,
)
from forestall.moments.timeline import NEVER

NOW = 10 * MONTH_US


def test_only_earlier_interactions_of_the_same_customer_count():
    customer, started_at = np.array([0, 1, 0, -1, 0]), np.array([5, 1, 9, 2, 5])
    begin, end, order = earlier_places(customer, started_at, pl.Series(["b", "x", "c", "y", "a"]))
    found = [order[low:high].tolist() for low, high in zip(begin, end, strict=True)]
    assert found == [[], [], [4, 0], [], []]  # those that started at one time are ordered by their names


def test_only_the_last_fifty_count():
    n = MAX_EARLIER + 10
    begin, end, _ = earlier_places(np.zeros(n, dtype=np.int64), np.arange(n), pl.Series(map(str, range(n))))
    assert (end - begin).max() == MAX_EARLIER


def test_what_is_known_of_them():
    """Ratings and ends count from their time on. The past of an unknown customer is null, of a new one empty."""
    nan = np.nan
    earlier = EarlierInteractions(
        np.array([0, 3, 3]), np.array([3, 3, 3]),
        {
            "started_at": np.array([1, NOW - MONTH_US, NOW - 5]), "ended_at": np.array([9, NOW, NEVER]),
            "rated_at": np.array([7, NOW + 1, NEVER]), "rating": np.array([2.0, 1.0, nan]),
            "resolved": np.array([1.0, 0.0, nan]), "wait_s": np.array([1.5, nan, 4.0]),
            "same_venue": np.array([True, False, True]), "same_channel": np.array([False] * 3),
        },
    )  # fmt: skip
    expected = {
        EarlierCount(): [3, 0], EarlierCount("is_recent"): [2, 0], EarlierCount("is_rated"): [1, 0],
        EarlierCount("is_settled"): [2, 0], EarlierCount("is_unresolved"): [1, 0], EarlierCount("is_open"): [1, 0],
        EarlierCount("same_venue"): [2, 0], EarlierSum("wait", "has_wait"): [5_500_000, 0],
        EarlierSmallest("rating", "is_rated"): [200, None], EarlierLast("is_settled"): [0, None],
        EarlierFirst("started_at"): [1, None], EarlierLast("started_at"): [NOW - 5, None],
    }  # fmt: skip
    groups = ColumnsBySource(expected).earlier
    moments = earlier, np.full(3, NOW), np.full(3, NOW), np.array([True, True, False]), groups
    lists = customer_past_in_lists(*moments)
    assert lists == {column.name: [*values, None] for column, values in expected.items()}
    for name, values in customer_past(*moments).items():
        assert [None if np.isnan(value) else value for value in values] == lists[name]
