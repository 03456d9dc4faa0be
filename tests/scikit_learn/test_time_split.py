"""Splits forward in time: no label of the training part comes later, and no customer is on both sides."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from forestall.errors import InputError, UsageError
from forestall.scikit_learn import TimeSplit

DAY = np.timedelta64(86_400_000_000, "us")
START = np.datetime64("2026-01-01", "us")
DAYS = START + np.arange(200) * DAY


@given(seed=st.integers(0, 1000), n_splits=st.integers(1, 4), horizon=st.floats(0, 20))
def test_what_every_split_promises(seed, n_splits, horizon):
    rng = np.random.default_rng(seed)
    times = START + (rng.integers(0, 200, size=150) * DAY)
    groups = rng.integers(0, 60, size=150).astype(str)
    seen: set[int] = set()
    latest = START
    for train, test in TimeSplit(n_splits, horizon_days=horizon, test_share=0.1).split(
        times, groups=groups, times=times
    ):
        gap = (times[test].min() - times[train].max()) / DAY
        assert gap > horizon
        assert not set(groups[train]) & set(groups[test])
        assert not seen & set(test)
        assert times[test].min() >= latest
        seen |= set(test)
        latest = times[test].max()
        # all that may be learnt from is: earlier labels of other customers
        may = (times + np.timedelta64(round(horizon * 86_400e6), "us") < times[test].min()) & ~np.isin(
            groups, groups[test]
        )
        assert np.array_equal(np.flatnonzero(may), train)
    assert latest == times.max()


def test_a_frame_of_moments_brings_its_times_and_interactions():
    frame = pl.DataFrame({"interaction_id": [f"i{k // 2}" for k in range(200)], "as_of": pl.Series(DAYS)})
    split = TimeSplit(2, horizon_days=5, test_share=0.2)
    expected = [
        one.tolist() for pair in split.split(DAYS, groups=frame["interaction_id"], times=DAYS) for one in pair
    ]
    for X in (frame, frame.to_pandas(), frame.with_columns(pl.col("as_of").dt.replace_time_zone("UTC"))):
        assert [one.tolist() for pair in split.split(X) for one in pair] == expected


def test_equal_times_are_never_divided():
    times = np.repeat(DAYS[::20], 20)
    for train, test in TimeSplit(3, horizon_days=0, test_share=0.15).split(times, times=times):
        assert not set(times[train]) & set(times[test])


def test_cross_val_score_takes_groups_and_times():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"as_of": DAYS, "x": rng.normal(size=200)})
    y = (X["x"] > 0).astype(int).to_numpy()
    groups = rng.integers(0, 100, size=200)
    split = TimeSplit(3, horizon_days=10)
    assert split.get_n_splits(X, y, groups) == 3
    assert repr(split) == "TimeSplit(horizon_days=10, n_splits=3, test_share=0.15)"
    scores = cross_val_score(LogisticRegression(), X[["x"]], y, cv=list(split.split(X, y, groups)))
    assert scores.min() > 0.9


def test_metadata_routing_brings_groups_and_times():
    import sklearn

    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 1))
    y = (X[:, 0] > 0).astype(int)
    with sklearn.config_context(enable_metadata_routing=True):
        params = {"groups": rng.integers(0, 100, size=200), "times": DAYS}
        scores = cross_val_score(LogisticRegression(), X, y, cv=TimeSplit(3, horizon_days=10), params=params)
    assert len(scores) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_splits": 0}, "n_splits must be a whole number of at least 1, is 0"),
        ({"n_splits": 5, "test_share": 0.2}, "test_share must be above 0 and below 1 / n_splits"),
        ({"horizon_days": -1}, "horizon_days must be a number of days"),
    ],
)
def test_a_wrong_parameter_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        next(TimeSplit(**options).split(DAYS, times=DAYS))


def test_records_that_are_too_short_or_without_times_are_refused():
    with pytest.raises(InputError, match="training part of split 1 of 5 must have rows"):
        next(TimeSplit(horizon_days=400).split(DAYS, times=DAYS))
    with pytest.raises(InputError, match="times must be given, or the column as_of of X"):
        next(TimeSplit().split(np.zeros((5, 1))))
    with pytest.raises(InputError, match="use GroupKFold"):
        next(TimeSplit().split(DAYS, times=np.full(200, np.datetime64("NaT", "us"))))


def test_a_row_without_a_customer_is_a_group_of_its_own():
    groups = np.array([f"c{n}" for n in range(200)], dtype=object)
    whole = list(TimeSplit(2, horizon_days=10).split(DAYS, groups=groups, times=DAYS))
    groups[::3] = None
    some = list(TimeSplit(2, horizon_days=10).split(DAYS, groups=groups, times=DAYS))
    assert all(
        np.array_equal(one, other)
        for both in zip(whole, some, strict=True)
        for one, other in zip(*both, strict=True)
    )


@pytest.mark.parametrize(
    ("rows", "given"),
    [
        (DAYS[:5], {"times": DAYS}),
        (DAYS, {"times": DAYS, "groups": DAYS[:3]}),
        (DAYS[:0], {"times": DAYS[:0]}),
    ],
)
def test_times_and_groups_of_other_rows_are_refused(rows, given):
    with pytest.raises(InputError, match="X, times and groups must be of the same length, at least 1"):
        next(TimeSplit().split(rows, **given))
