"""Customers as numbers, and the standard error of a mean whose rows are alike within customers."""

import math

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.metrics.customers import (
    clustered_mean,
    customer_codes,
    customer_keys,
    group_codes,
    one_each,
    row_weights,
    weights_of,
)


def test_an_unknown_customer_is_one_of_its_own():
    codes = group_codes(pl.Series(["a", None, "b", None, "a"]), 5)
    assert codes[0] == codes[4]
    assert len(set(codes.tolist())) == 4


def test_without_groups_each_row_is_a_customer():
    assert group_codes(None, 3).tolist() == [0, 1, 2]


def test_an_interaction_without_a_customer_is_never_taken_for_a_customer():
    frame = pl.DataFrame({"customer_id": ["x", None, None], "interaction_id": ["i", "x", "x"]})
    assert customer_keys(frame).to_list() == ["cx", "ix", "ix"]
    assert customer_codes(frame).tolist() == [0, 1, 1]


def test_rows_weigh_one_unless_the_frame_says_otherwise():
    frame = pl.DataFrame({"weight": [2, 3]})
    assert row_weights(frame).tolist() == [2.0, 3.0]
    assert row_weights(frame.drop("weight").with_row_index()).tolist() == [1.0, 1.0]


def test_with_one_row_a_customer_the_error_is_that_of_a_mean():
    values = np.random.default_rng(0).normal(size=200)
    mean, error = clustered_mean(values, np.arange(200))
    assert mean == pytest.approx(values.mean())
    assert error == pytest.approx(values.std(ddof=1) / math.sqrt(200))
    assert clustered_mean(values, np.arange(200), ddof=0)[1] == pytest.approx(values.std() / math.sqrt(200))


def test_rows_that_repeat_do_not_make_a_mean_surer():
    values = np.random.default_rng(0).normal(size=100)
    once = clustered_mean(values, np.arange(100))
    repeated = clustered_mean(np.repeat(values, 5), np.repeat(np.arange(100), 5))
    assert repeated == pytest.approx(once)


def test_a_whole_number_weight_is_as_many_rows():
    values, codes, times = np.array([1.0, 3.0, 2.0]), np.array([0, 0, 1]), np.array([1, 2, 3])
    weighted = clustered_mean(values, codes, times.astype(float))
    assert weighted == pytest.approx(clustered_mean(np.repeat(values, times), np.repeat(codes, times)))


def test_one_customer_has_no_error():
    mean, error = clustered_mean(np.array([1.0, 2.0]), np.array([0, 0]))
    assert mean == 1.5
    assert math.isnan(error)


def test_interactions_count_once_each_and_the_held_out_for_those_who_were_contacted():
    rows = pl.DataFrame({"label": [1, 0], "weight": [0.5, 2.5]})
    assert one_each(rows).columns == ["label"]
    assert weights_of(one_each(rows)) is None
    held = rows.with_columns(holdout_weight=pl.Series([1.0, 5.0]))
    assert weights_of(one_each(held)).tolist() == [1, 5]
