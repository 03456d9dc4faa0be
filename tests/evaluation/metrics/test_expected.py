"""What risks promise: exact where it can be told by hand, and kept by risks that are exactly right."""

import math

import numpy as np
import pytest

from forestall.evaluation.metrics.expected import by_chance, expected_auc, promised
from forestall.evaluation.metrics.risk_metrics import risk_metrics


def risks(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).beta(1, 5, n)


def test_the_auc_that_risks_promise_is_that_of_all_pairs():
    p = np.array([0.1, 0.4, 0.4, 0.8])
    ordered = pairs = 0.0
    for i, first in enumerate(p):
        for j, second in enumerate(p):
            if i != j:
                both = first * (1 - second)
                pairs += both
                ordered += both * ((first > second) + (first == second) / 2)
    assert expected_auc(p) == pytest.approx(ordered / pairs)
    assert promised(p, n=4000)["auc"].mean == pytest.approx(ordered / pairs, abs=0.03)
    assert promised(p, n=4000)["base_rate"].mean == pytest.approx(p.mean(), abs=0.01)


def test_risks_that_are_exactly_right_keep_their_promise_and_shifted_ones_do_not():
    kept, broken = [], []
    for seed in range(20):
        p = risks(2000, seed)
        y = np.random.default_rng(100 + seed).random(2000) < p
        for said, counts in ((p, kept), (p / 2, broken)):
            word = promised(said)
            came = risk_metrics(y, said, seed=1)
            counts += [word[name].low <= came[name] <= word[name].high for name in ("base_rate", "log_loss")]
    assert sum(kept) >= 37  # of 40, each 98 %
    assert sum(broken) == 0


def test_few_risks_lie_further_from_all_than_many():
    few, many = (by_chance(risks(3000), n) for n in (50, 3000))
    assert few.auc_lost > 3 * many.auc_lost > 0
    assert few.moved > 3 * many.moved > 0


def test_nothing_is_promised_where_there_is_nothing():
    assert all(math.isnan(one.mean) for one in promised([]).values())
    assert math.isnan(promised([0.3])["auc"].mean)
    assert by_chance([], 5).moved == by_chance([0.2], 0).auc_lost == math.inf
