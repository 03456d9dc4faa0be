"""Expected figures: equal to those by hand, and observed for exact risks."""

import math

import numpy as np
import pytest

from forestall.evaluation.metrics.expected import (
    error_of_exact_mean,
    expected_auc,
    expected_figures,
    sampling_noise,
)
from forestall.evaluation.metrics.risk_metrics import risk_metrics

NAMES = ("base_rate", "log_loss")


def risks(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).beta(1, 5, n)


def test_the_expected_auc_is_that_of_all_pairs():
    p = np.array([0.1, 0.4, 0.4, 0.8])
    ordered = pairs = 0.0
    for i, first in enumerate(p):
        for j, second in enumerate(p):
            if i != j:
                both = first * (1 - second)
                pairs += both
                ordered += both * ((first > second) + (first == second) / 2)
    assert expected_auc(p) == pytest.approx(ordered / pairs)
    assert expected_figures(p, n=4000)["auc"].mean == pytest.approx(ordered / pairs, abs=0.03)
    assert expected_figures(p, n=4000)["base_rate"].mean == pytest.approx(p.mean(), abs=0.01)


@pytest.mark.slow
def test_exact_risks_show_the_expected_figures_and_shifted_ones_do_not():
    kept, broken = [], []
    for seed in range(20):
        p = risks(2000, seed)
        y = np.random.default_rng(100 + seed).random(2000) < p
        for risk, counts in ((p, kept), (p / 2, broken)):
            expected = expected_figures(risk)
            observed = risk_metrics(y, risk, seed=1)
            counts += [
                expected[name].low <= observed[name] <= expected[name].high
                for name in ("base_rate", "log_loss")
            ]
    assert sum(kept) >= 37  # of 40, each 98 %
    assert sum(broken) == 0


def test_small_samples_lie_further_from_all_risks_than_large_ones():
    few, many = (sampling_noise(risks(3000), n) for n in (50, 3000))
    assert few.auc_lost > 3 * many.auc_lost > 0
    assert few.moved > 3 * many.moved > 0


def test_without_rows_nothing_is_expected():
    assert all(math.isnan(one.mean) for one in expected_figures([]).values())
    assert math.isnan(expected_figures([0.3])["auc"].mean)
    assert sampling_noise([], 5).moved == sampling_noise([0.2], 0).auc_lost == math.inf


def test_weights_count_a_row_several_times_and_leave_the_noise_of_one():
    p = risks(1500)
    weight = np.where(p > 0.2, 3.0, 1.0)
    found, repeated = expected_figures(p, weight), expected_figures(np.repeat(p, weight.astype(int)))
    for name in ("base_rate", "auc", "log_loss"):
        assert found[name].mean == pytest.approx(repeated[name].mean, abs=0.006)
        assert found[name].high - found[name].low > repeated[name].high - repeated[name].low
    equal = expected_figures(p, np.full(len(p), 2.0))
    assert equal["auc"].mean == pytest.approx(expected_figures(p)["auc"].mean)
    assert error_of_exact_mean(p, np.full(len(p), 2.0)) == pytest.approx(error_of_exact_mean(p))
    assert error_of_exact_mean(p, weight) > error_of_exact_mean(np.repeat(p, weight.astype(int)))
    assert math.isnan(error_of_exact_mean(np.empty(0)))
