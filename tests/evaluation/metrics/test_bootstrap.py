"""The bootstrap over customers: intervals are wide enough, and noise brings no gain."""

import math

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from forestall.evaluation.metrics import bootstrap_intervals, paired_gain
from forestall.evaluation.metrics.bootstrap import mean_interval, resampled_totals
from forestall.evaluation.metrics.customers import clustered_mean


def world(seed, n=3000):
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 5, n)
    return rng, (rng.random(n) < truth).astype(int), truth


@pytest.mark.parametrize("metric", ["log_loss", "auc", "brier", "average_precision"])
def test_the_true_risk_is_better_than_a_wrong_one(metric):
    rng, y, truth = world(1)
    wrong = np.clip(truth + rng.normal(size=len(y)) * 0.15, 0.01, 0.99)
    gain = paired_gain(y, truth, wrong, np.arange(len(y)) // 2, metric=metric, n=200)
    assert 0 < gain.low < gain.mean < gain.high


def test_noise_is_not_better_than_the_base_rate():
    """Of 20 random risks, at most 4 are better or worse beyond their 95 % interval."""
    surprises = 0
    for seed in range(20):
        rng, y, _ = world(seed, 1000)
        noise = np.exp(rng.normal(size=len(y)) * 0.1)
        gain = paired_gain(
            y, np.full(len(y), y.mean()) * noise / noise.mean(), np.full(len(y), y.mean()), n=200
        )
        assert gain.low <= 0
        gain = paired_gain(y, rng.random(len(y)), rng.random(len(y)), metric="auc", n=200, seed=seed)
        surprises += not gain.low <= 0 <= gain.high
    assert surprises <= 4


def test_a_risk_has_no_gain_over_itself():
    _, y, truth = world(2)
    assert tuple(paired_gain(y, truth, truth, n=50)) == (0, 0, 0)


def test_equal_interactions_of_one_customer_widen_the_interval():
    _, y, truth = world(3, 500)
    frame = pl.DataFrame({"label": np.repeat(y, 8), "risk": np.repeat(truth, 8)})
    rows = frame.with_columns(
        interaction_id=pl.int_range(pl.len()).cast(pl.String), customer_id=pl.lit(None, dtype=pl.String)
    )
    by_row = bootstrap_intervals(rows)["auc"]
    by_customer = bootstrap_intervals(
        rows.with_columns(customer_id=(pl.int_range(pl.len()) // 8).cast(pl.String))
    )["auc"]
    assert by_customer[1] - by_customer[0] > 2 * (by_row[1] - by_row[0])


def test_the_interval_contains_the_figure(frame):
    last = frame.filter("is_last")
    intervals = bootstrap_intervals(last, n=200)
    low, high = intervals["auc"]
    assert low < roc_auc_score(last["label"].to_numpy(), last["risk"].to_numpy()) < high
    assert low < high


def test_the_columns_of_a_frame_are_compared_by_name(frame):
    last = frame.filter("is_last").drop("weight")
    known = last["customer_id"].fill_null(last["interaction_id"])
    by_arrays = paired_gain(last["label"], last["risk"], last["risk_rule"], known, n=50)
    assert paired_gain(last, "risk", "risk_rule", n=50).mean == pytest.approx(by_arrays.mean)
    assert paired_gain(last, "risk", "risk_rule", n=50) == paired_gain(last, "risk", "risk_rule", n=50)


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_customers_have_no_interval(rows):
    y, p = np.ones(rows), np.full(rows, 0.4)
    gain = paired_gain(y, p, p * 0.5, n=20)
    assert math.isnan(gain.low)
    assert math.isnan(gain.high)
    assert math.isnan(paired_gain(y, p, p, metric="auc", n=20).mean)


def test_an_unknown_metric_is_named():
    with pytest.raises(
        ValueError, match=r"metric must be one of log_loss, .*, capture_at_10; it is accuracy"
    ):
        paired_gain([0, 1], [0.1, 0.2], [0.1, 0.2], metric="accuracy")


def test_the_interval_of_a_mean_is_as_wide_as_its_error():
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(300), 3)
    values = rng.normal(size=300)[codes] + rng.normal(size=900)
    low, high = mean_interval(values, codes, n=1000, seed=1)
    _, error = clustered_mean(values, codes)
    assert low < values.mean() < high
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.1)
    assert all(math.isnan(end) for end in mean_interval(np.ones(3), np.zeros(3, dtype=int), n=10, seed=1))


def test_totals_are_resampled_by_customer():
    codes, columns = np.array([0, 0, 1]), np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 10.0]])
    totals = resampled_totals(columns, codes, n=500, rng=np.random.default_rng(0))
    assert totals[0].tolist() == [3, 13]
    # two customers are drawn: the first twice, both, or the second twice
    assert {tuple(one) for one in totals[1:].tolist()} == {(4, 6), (3, 13), (2, 20)}
    assert np.mean(totals[1:, 0] == 3) == pytest.approx(0.5, abs=0.07)
