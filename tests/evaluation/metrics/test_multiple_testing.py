"""The correction for testing many times."""

import math

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from forestall.evaluation.metrics import adjusted_p_values


def test_the_correction_is_that_of_benjamini_and_hochberg():
    p = np.random.default_rng(0).random(50) ** 3
    assert adjusted_p_values(p.tolist()) == pytest.approx(false_discovery_control(p).tolist())


def test_what_was_not_tested_does_not_count():
    found = adjusted_p_values([0.02, math.nan, 0.01])
    assert found[0] == found[2] == pytest.approx(0.02)
    assert math.isnan(found[1])


@pytest.mark.parametrize("p", [[], [math.nan, math.nan]])
def test_without_tests_nothing_is_corrected(p):
    assert adjusted_p_values(p) == pytest.approx(p, nan_ok=True)


def test_the_share_of_false_findings_stays_below_the_level():
    """Of 40 hypotheses 10 are false ones, in 200 repetitions."""
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(200):
        p = np.concatenate([rng.random(30), rng.random(10) * 1e-4])
        is_found = np.array(adjusted_p_values(p.tolist())) < 0.1
        shares.append(is_found[:30].sum() / max(is_found.sum(), 1))
    assert np.mean(shares) < 0.1
