"""Metrics on resamples equal those of scikit-learn with the resample's weights."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from forestall.evaluation.metrics import captured
from forestall.evaluation.metrics.customers import group_codes
from forestall.evaluation.metrics.resampled_metrics import customer_counts, resampled_metrics


def world(seed, n=3000):
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 5, n)
    return rng, (rng.random(n) < truth).astype(int), truth


def test_each_resample_has_the_metrics_of_scikit_learn():
    rng, y, p = world(0, 400)
    p = p.round(2)  # with equal risks
    codes, w = group_codes(rng.integers(0, 150, 400), 400), rng.random(400)
    names = ("auc", "average_precision", "log_loss", "brier", "capture_at_10")
    found = resampled_metrics(y, p, w, codes, names=names, n=5, seed=1)
    for place, times in enumerate(np.vstack(list(customer_counts(codes, 5, 1)))):
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


def test_resamples_do_not_depend_on_how_many_are_drawn_at_once():
    codes = np.arange(40)
    few, many = (np.vstack(list(customer_counts(codes, n, 3))) for n in (120, 250))
    assert np.array_equal(few, many[:121])
    assert (many.sum(axis=1) == 40).all()
    assert (many[0] == 1).all()


def test_a_resample_of_one_class_has_no_auc():
    found = resampled_metrics(
        [1, 0], [0.6, 0.2], np.ones(2), np.arange(2), names=("auc", "log_loss"), n=50, seed=0
    )
    assert np.isnan(found["auc"]).any()
    assert np.isfinite(found["log_loss"]).all()
