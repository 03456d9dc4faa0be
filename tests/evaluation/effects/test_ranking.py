import numpy as np
import pytest

from forestall.evaluation.effects.ranking import effect_groups, qini
from forestall.evaluation.effects.trial import Trial

N = 8000


def made(rng: np.random.Generator, differs: float, n: int = N) -> tuple[Trial, np.ndarray]:
    gain = 0.1 + differs * rng.choice([-1.0, 1.0], n)
    treated = rng.random(n) < 0.8
    y = rng.random(n) < 0.4 + gain * treated
    return Trial.of(y, treated, probability=np.where(treated, 0.8, 0.2)), gain


def test_the_true_effects_are_the_best_order_and_a_random_one_has_no_area() -> None:
    rng = np.random.default_rng(0)
    trial, gain = made(rng, 0.2)
    best, chance = qini(trial, gain), qini(trial, rng.random(N))
    # half of the customers gain 0.3, the others lose 0.1: the area between the curves is 0.05
    assert best.low < 0.05 < best.high
    assert best.is_above_chance
    assert chance.low < 0 < chance.high
    assert qini(trial, np.zeros(N)).value == 0
    assert qini(trial, -gain).value == pytest.approx(-best.value)


def test_groups_show_whether_predictions_are_calibrated() -> None:
    trial, gain = made(np.random.default_rng(2), 0.2)
    low, high = effect_groups(trial, gain, n_groups=2)
    assert (low.n, high.n) == ((gain < 0).sum(), (gain > 0).sum())
    assert low.observed.low < low.predicted < low.observed.high
    assert high.observed.low < high.predicted < high.observed.high
