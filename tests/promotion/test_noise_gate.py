"""A small twin of `benchmarks/noise_gate.py`: two companies of noise are refused, and one with a signal passes."""

from types import ModuleType

import pytest

from proofs import load_proof

QUICK = {"learning_rate": 0.1, "num_leaves": 7}
SKILL = {"auc_low", "gain_over_base_rate_low", "gain_share"}


@pytest.fixture(scope="module")
def proof() -> ModuleType:
    return load_proof("noise_gate")


@pytest.mark.parametrize("label", ["answered", "rating"])
def test_noise_is_refused(proof, label):
    """Complaints by chance that staff answer, where nothing closes; and ratings by chance."""
    shape = proof.Shape(n=2000, base_rate=0.15, n_names=30, label=label, is_closed=False)
    tables, true_auc = proof.company(shape, seed=5)
    checks, auc = proof.judged(tables, proof.spec_of(shape, lightgbm=QUICK))
    refused = {check.check for check in checks if not check.passed}
    assert true_auc == 0.5
    assert auc == pytest.approx(0.5, abs=0.08)
    assert refused & SKILL
    assert any("labels" in check.says for check in checks if not check.passed)


def test_a_modest_signal_passes(proof):
    shape = proof.Shape(n=5000, base_rate=0.2, n_names=5, label="rating", is_closed=True, skill=1.0)
    tables, true_auc = proof.company(shape, seed=6)
    checks, auc = proof.judged(tables, proof.spec_of(shape, lightgbm=QUICK))
    assert true_auc == pytest.approx(0.7, abs=0.001)
    assert 0.65 < auc < 0.76
    assert [check.why for check in checks if not check.passed] == []
