"""Aggregates over rows: NumPy, for many moments, and Python, for one, compute the same values."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.moment_features.row_aggregates import (
    COUNT,
    FIRST,
    LAST,
    SMALLEST,
    SUM,
    Runs,
    WantedAggregate,
    aggregates_of_one,
    aggregates_of_runs,
    places_in_runs,
)

AGGREGATES = {"count": COUNT, "sum": SUM, "first": FIRST, "last": LAST, "smallest": SMALLEST}
WHOLE = st.integers(-(10**15), 10**15)


@pytest.mark.slow
@pytest.mark.parametrize("name", AGGREGATES)
@given(
    rows=st.lists(st.tuples(WHOLE, st.booleans()), max_size=12),
    bounds=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=6),
)
def test_many_moments_are_as_one_by_one(name, rows, bounds):
    """Runs may be empty, overlap and come in any order."""
    begin, end = (
        np.array([min(edge, len(rows)) for edge in edges]) for edges in zip(*map(sorted, bounds), strict=True)
    )
    values = np.array([value for value, _ in rows], dtype=np.int64)
    meets = np.array([meets for _, meets in rows], dtype=bool)
    groups = {"where": [WantedAggregate("found", AGGREGATES[name], "value")]}
    many = aggregates_of_runs(groups, lambda _: Runs.where(meets, begin, end), {"value": values})[
        "found"
    ].tolist()
    for moment, (low, high) in enumerate(zip(begin.tolist(), end.tolist(), strict=True)):
        places = [place for place in range(low, high) if meets[place]]
        one = aggregates_of_one(groups, lambda _, them=places: them, {"value": values.tolist()})["found"]
        assert many[moment] == one or (one is None and math.isnan(many[moment]))


def test_the_values_of_a_moment():
    runs = Runs.where(np.array([True, False, True, True]), np.array([0, 2, 3]), np.array([3, 4, 3]))
    values = np.array([5, 9, -2, 7])
    found = {name: one.of_runs(values, runs).tolist() for name, one in AGGREGATES.items()}
    assert found["count"] == [2, 2, 0]
    assert found["sum"] == [3, 5, 0]
    assert found["first"][:2] == [5, -2]
    assert found["last"][:2] == [-2, 7]
    assert found["smallest"][:2] == [-2, -2]
    assert all(math.isnan(found[name][2]) for name in ("first", "last", "smallest"))


def test_places_in_runs():
    places, moment = places_in_runs(np.array([2, 5, 5]), np.array([4, 5, 6]))
    assert places.tolist() == [2, 3, 5]
    assert moment.tolist() == [0, 0, 2]
