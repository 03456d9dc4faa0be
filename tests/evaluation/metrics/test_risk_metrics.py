"""Metrics of risks: the true risk scores best, and figures that are not defined are NaN."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from forestall.evaluation.metrics import captured, risk_metrics

SEEDS = range(10)


def world(seed, n=4000):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 5.7, n)
    return rng, (rng.random(n) < p).astype(int), p


@pytest.mark.parametrize("seed", SEEDS)
def test_the_true_risk_scores_best(seed):
    rng, y, p = world(seed)
    truth = risk_metrics(y, p)
    noisy = risk_metrics(y, np.clip(p + rng.normal(size=len(p)) * 0.1, 0.001, 0.999))
    for name in ("auc", "average_precision"):
        assert truth[name] > noisy[name]
    for wrong in (
        noisy,
        risk_metrics(y, p**2),
        risk_metrics(y, np.sqrt(p)),
        risk_metrics(y, np.full(len(y), y.mean())),
    ):
        assert truth["log_loss"] < wrong["log_loss"]
        assert truth["brier"] < wrong["brier"]


def test_lift_and_capture_by_hand():
    # 20 rows, 4 dissatisfied; the two riskiest (10 %) hold 2 of them
    p = np.linspace(1, 0.05, 20)
    y = np.zeros(20, dtype=int)
    y[[0, 1, 5, 9]] = 1
    found = risk_metrics(y, p)
    assert found["capture_at_10"] == pytest.approx(0.5)
    assert found["lift_at_10"] == pytest.approx(5)
    assert found["capture_at_20"] == pytest.approx(0.5)


def test_equal_risks_reach_no_more_than_a_random_choice():
    y = np.array([1] * 10 + [0] * 90)
    found = risk_metrics(y, np.full(100, 0.1))
    assert found["capture_at_10"] == pytest.approx(0.1)
    assert found["lift_at_20"] == pytest.approx(1)
    assert found["auc"] == 0.5


def test_a_weight_counts_as_many_rows():
    rng, y, p = world(3, 300)
    times = rng.integers(1, 4, len(y))
    weighed, repeated = risk_metrics(y, p, times), risk_metrics(np.repeat(y, times), np.repeat(p, times))
    for name in ("base_rate", "mean_risk", "auc", "average_precision", "log_loss", "brier", "capture_at_10"):
        assert weighed[name] == pytest.approx(repeated[name]), name


@pytest.mark.parametrize("y", [[], [0], [1], [0, 0, 0], [1, 1]])
def test_one_class_or_no_rows_leave_metrics_undefined(y):
    found = risk_metrics(y, np.full(len(y), 0.3))
    assert found["n"] == len(y)
    assert math.isnan(found["auc"])
    assert math.isnan(found["average_precision"])
    assert math.isnan(found["capture_at_10"]) == (sum(y) == 0)
    assert math.isnan(found["log_loss"]) == (not y)


def test_the_log_loss_is_that_of_scikit_learn():
    rng, y, p = world(4, 500)
    weight = rng.random(500)
    expected = log_loss(y, p, sample_weight=weight)
    assert risk_metrics(y, p, weight)["log_loss"] == pytest.approx(expected, rel=1e-12)


def test_the_log_loss_of_a_certain_and_wrong_risk_is_finite():
    assert math.isfinite(risk_metrics([1, 0], [0.0, 1.0])["log_loss"])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.4, 0.4000001, 1.0])), min_size=1),
    st.randoms(),
)
def test_the_order_of_rows_changes_nothing(rows, random):
    shuffled = rows.copy()
    random.shuffle(shuffled)
    first, second = (risk_metrics(*np.array(some, dtype=float).T) for some in (rows, shuffled))
    assert first == pytest.approx(second, nan_ok=True)
    reached = captured(*np.array(rows, dtype=float).T, np.linspace(0, 1, 11))
    assert np.isnan(reached).all() or (np.diff(reached) >= -1e-12).all()
