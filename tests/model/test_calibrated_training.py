"""What the calibrator learns from: one moment of each interaction, which weighs what its interaction does."""

import numpy as np
import pytest

from forestall.model import calibrated_training as module
from forestall.model.calibration import Calibrator
from forestall.model.estimator import RiskClassifier

N = 400


@pytest.mark.parametrize(("heavy", "weights"), [(1.0, None), (5.0, {1.0, 5.0})])
def test_an_interaction_that_stands_for_five_weighs_five(monkeypatch, heavy, weights):
    rng = np.random.default_rng(0)
    interaction = np.repeat(np.arange(N // 2), 2)
    X, y = rng.normal(size=(N, 2)), rng.integers(2, size=N // 2)[interaction]
    seen = []

    def choose(raw, y, block, is_in_time, weight):
        seen.append(weight)
        return Calibrator(), {}

    monkeypatch.setattr(module, "choose_calibrator", choose)
    RiskClassifier(max_rounds=5, n_refits=0, preset="noisy").fit(
        X,
        y,
        sample_weight=np.where(interaction % 4 == 0, heavy, 1.0) / 2,
        time=np.arange(N),
        groups=np.column_stack([interaction, interaction]),
    )
    (weight,) = seen
    assert (None if weight is None else set(weight.round(9))) == weights
