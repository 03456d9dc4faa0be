"""Bootstraps: the same metrics as scikit-learn, wide enough, and no gain from noise."""

import math
import time

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from forestall.evaluation.metrics import bootstrap_intervals, paired_gain
from forestall.evaluation.metrics.bootstrap import _measures, _multiplicities, group_codes
from forestall.evaluation.metrics.risk_metrics import captured


def world(seed, n=3000):
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 5, n)
    return rng, (rng.random(n) < truth).astype(int), truth


def test_each_resample_has_the_metrics_of_scikit_learn():
    rng, y, p = world(0, 400)
    p = p.round(2)  # with equal risks
    codes, w = group_codes(rng.integers(0, 150, 400), 400), rng.random(400)
    names = ("auc", "average_precision", "log_loss", "brier", "capture_at_10")
    found = _measures(y, p, w, codes, names=names, n=5, seed=1)
    for place, times in enumerate(np.vstack(list(_multiplicities(codes, 5, 1)))):
        weight = w * times[codes]
        kept = weight > 0
        expected = {
            "auc": roc_auc_score(y, p, sample_weight=weight),
            "average_precision": average_precision_score(y, p, sample_weight=weight),
            "log_loss": log_loss(y[kept], p[kept].clip(1e-15, 1 - 1e-15), sample_weight=weight[kept]),
            "brier": brier_score_loss(y, p, sample_weight=weight),
            "capture_at_10": captured(y, p, np.array([0.1]), weight)[0],
        }
        assert {name: found[name][place] for name in names} == pytest.approx(expected)


@pytest.mark.parametrize("metric", ["log_loss", "auc", "brier", "average_precision"])
def test_the_truth_gains_on_a_wrong_risk(metric):
    rng, y, truth = world(1)
    wrong = np.clip(truth + rng.normal(size=len(y)) * 0.15, 0.01, 0.99)
    gain = paired_gain(y, truth, wrong, np.arange(len(y)) // 2, metric=metric, n=200)
    assert 0 < gain.low < gain.mean < gain.high


def test_noise_has_no_gain_over_the_base_rate():
    """Of 20 risks that know nothing, no more than chance are better or worse beyond their interval."""
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


def test_a_model_against_itself_gains_nothing():
    _, y, truth = world(2)
    assert tuple(paired_gain(y, truth, truth, n=50)) == (0, 0, 0)


def test_alike_interactions_of_one_customer_widen_the_interval():
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


def test_intervals_hold_the_figure(frame):
    last = frame.filter("is_last")
    intervals = bootstrap_intervals(last, n=200)
    low, high = intervals["auc"]
    assert low < roc_auc_score(last["label"].to_numpy(), last["risk"].to_numpy()) < high
    assert low < high


def test_a_frame_is_compared_by_names_of_columns(frame):
    last = frame.filter("is_last").drop("weight")
    known = last["customer_id"].fill_null(last["interaction_id"])
    by_arrays = paired_gain(last["label"], last["risk"], last["risk_rule"], known, n=50)
    assert paired_gain(last, "risk", "risk_rule", n=50).mean == pytest.approx(by_arrays.mean)
    assert paired_gain(last, "risk", "risk_rule", n=50) == paired_gain(last, "risk", "risk_rule", n=50)


def test_an_unknown_customer_is_one_of_its_own():
    codes = group_codes(pl.Series(["a", None, "b", None, "a"]), 5)
    assert codes[0] == codes[4]
    assert len(set(codes.tolist())) == 4


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


def test_a_thousand_resamples_of_20_000_rows_take_seconds():
    rng, y, truth = world(5, 20_000)
    start = time.process_time()
    paired_gain(y, truth, truth**1.1, rng.integers(0, 9000, len(y)), n=1000)
    assert time.process_time() - start < 8
