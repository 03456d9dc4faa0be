import numpy as np
import pytest

from forestall.evaluation.effects.lee_bounds import lee_bounds
from forestall.evaluation.effects.trial import Trial


def test_a_hand_example() -> None:
    # 10 customers in each arm: 8 of the contacted rate, of whom 4 are dissatisfied; 6 of the held out, all of them
    treated = np.repeat([True, False], 10)
    y = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, *[1] * 6, *[0] * 4], dtype=float)
    rated = np.array([True] * 8 + [False] * 2 + [True] * 6 + [False] * 4)
    found = lee_bounds(Trial.of(y, treated), rated)
    assert found is not None
    # a quarter of the 8 ratings is left out: 2 of 6 remain dissatisfied at least, 4 of 6 at most
    assert (found.lower, found.upper) == pytest.approx((2 / 6 - 1, 4 / 6 - 1))
    assert (found.response_treated, found.response_held_out) == (0.8, 0.6)
    assert found.low < found.lower < found.upper < found.high


def test_alike_response_gives_the_plain_difference() -> None:
    rng = np.random.default_rng(0)
    treated = np.repeat([True, False], 500)
    y = (rng.random(1000) < np.where(treated, 0.2, 0.4)).astype(float)
    rated = np.tile([True, False], 500)
    found = lee_bounds(Trial.of(y, treated), rated)
    assert found is not None
    difference = y[treated & rated].mean() - y[~treated & rated].mean()
    assert (found.lower, found.upper) == pytest.approx((difference, difference))


def test_the_bounds_hold_the_truth_where_the_plain_difference_is_wrong() -> None:
    rng = np.random.default_rng(1)
    n = 4000
    treated = rng.random(n) < 0.5
    bad = rng.random(n) < 0.4
    # a contact changes nothing but that dissatisfied customers rate
    rated = (rng.random(n) < 0.4) | (treated & bad & (rng.random(n) < 0.3))
    y = bad.astype(float)
    found = lee_bounds(Trial.of(y, treated), rated)
    assert found is not None
    assert y[treated & rated].mean() - y[~treated & rated].mean() > 0.05
    assert found.low < 0 < found.high


def test_an_arm_without_ratings_has_no_bounds() -> None:
    trial = Trial.of(np.zeros(4), np.array([True, True, False, False]))
    assert lee_bounds(trial, np.array([True, True, False, False])) is None
