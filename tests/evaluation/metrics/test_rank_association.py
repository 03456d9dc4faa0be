"""Somers' D of a number with a label."""

import math

import numpy as np
import pytest
import scipy.stats

from forestall.evaluation.metrics.rank_association import somers_d


def test_it_is_twice_the_auc_less_one():
    # of 2 x 2 pairs three are in order: AUC 0.75
    d, error = somers_d(np.array([3.0, 1.0, 2.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0]))
    assert d == pytest.approx(0.5)
    assert error > 0


def test_it_equals_that_of_scipy_with_equal_values():
    rng = np.random.default_rng(0)
    x, label = rng.integers(0, 5, 200).astype(float), rng.integers(0, 2, 200).astype(float)
    assert somers_d(x, label)[0] == pytest.approx(scipy.stats.somersd(label, x).statistic)


def test_the_error_is_the_spread_over_samples():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        label = (np.arange(200) % 2).astype(float)
        found.append(somers_d(rng.normal(size=200) + 0.5 * label, label))
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)


def test_one_class_has_none():
    assert math.isnan(somers_d(np.ones(3), np.ones(3))[0])
