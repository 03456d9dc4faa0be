"""Calibration: exact risks stay within the bounds of sampling noise, and wrong ones do not."""

import math

import numpy as np
import pytest

from forestall.evaluation.metrics import (
    calibration_error,
    perfect_calibration_errors,
    reliability_points,
    risk_metrics,
)

SEEDS = range(10)


def world(seed, n=4000):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 5.7, n)
    return rng, (rng.random(n) < p).astype(int), p


def test_exact_risks_stay_within_their_bound_19_times_of_20():
    inside = 0
    for seed in range(60):
        _, y, p = world(seed, 1500)
        found = risk_metrics(y, p)
        inside += found["calibration_error"] <= found["calibration_error_perfect_high"]
    assert 52 <= inside <= 60


@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_risks_leave_the_bound(seed):
    _, y, p = world(seed)
    assert (
        risk_metrics(y, p * 0.7)["calibration_error"]
        > risk_metrics(y, p * 0.7)["calibration_error_perfect_high"]
    )


def test_the_error_of_exact_risks_is_that_of_drawn_labels():
    rng, _, p = world(1, 2000)
    drawn = [calibration_error(rng.random(len(p)) < p, p) for _ in range(300)]
    expected = perfect_calibration_errors(p)
    assert expected.mean() == pytest.approx(np.mean(drawn), rel=0.05)
    assert np.quantile(expected, 0.95) == pytest.approx(np.quantile(drawn, 0.95), rel=0.08)


def test_calibration_error_by_hand():
    # two bins of risk, 0.2 and 0.6, with 3 and 5 dissatisfied of ten rows: |0.2 - 0.3| and |0.6 - 0.5|
    p = np.repeat([0.2, 0.6], 10)
    y = np.array([1] * 3 + [0] * 7 + [1] * 5 + [0] * 5)
    assert calibration_error(y, p) == pytest.approx(0.1)
    assert calibration_error(p, p) == 0


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="must be of one length; they are 2, 3, 2"):
        calibration_error([0, 1], [0.1, 0.2, 0.3])


def test_no_rows_have_no_calibration_error():
    assert math.isnan(calibration_error([], []))
    assert perfect_calibration_errors([], n=3).tolist() == [0, 0, 0]


def inside(points) -> list[bool]:
    return [
        low <= rate <= high
        for low, rate, high in zip(points["low"], points["rate"], points["high"], strict=True)
    ]


def test_the_band_holds_the_rates_of_exact_risks_19_times_of_20():
    rng = np.random.default_rng(0)
    held = []
    for seed in range(40):
        p = rng.beta(1, 4, 800)
        y = (rng.random(800) < p).astype(float)
        held += inside(reliability_points(y, p, np.ones(800), 10, seed=seed, n_draws=500))
    assert 0.92 < np.mean(held) < 0.985
    # but not the rates of risks that are half of the true ones
    wrong = reliability_points(y, p / 2, np.ones(800), 10)
    assert sum(inside(wrong)) < 6
