"""The interval of a share."""

import math

import numpy as np
import pytest

from forestall.evaluation.metrics import wilson_interval


def test_the_interval_equals_wilsons_formula():
    z, n, share = 1.959963984540054, 40, 7 / 40
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert wilson_interval(7, 40) == pytest.approx((middle - half, middle + half))


def test_the_interval_holds_the_true_share_about_95_times_of_100():
    hits = np.random.default_rng(0).binomial(50, 0.1, 400)
    held = [low <= 0.1 <= high for low, high in (wilson_interval(int(one), 50) for one in hits)]
    assert 0.92 < np.mean(held) < 0.99


def test_no_rows_have_no_interval():
    assert all(math.isnan(end) for end in wilson_interval(0, 0))
