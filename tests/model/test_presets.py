"""The choice between presets: a less careful one only if it is better than by chance."""

import numpy as np

from forestall.model.presets import PRESETS, choose_preset, presets
from forestall.model.tuning_settings import Space
from forestall.statistics import expit


def test_ones_own_settings_come_before_those_of_a_preset():
    assert [one["num_leaves"] for one in presets({"num_leaves": 5}).values()] == [5, 5, 5]
    assert presets(None) == PRESETS


def test_presets_that_do_not_differ_are_tried_once():
    assert list(presets(PRESETS["medium"])) == ["noisy"]


def test_tuning_can_try_every_setting_of_a_preset():
    assert {name for one in PRESETS.values() for name in one} <= set(Space.model_fields)


def chosen(noise: float, moments: int = 1) -> str:
    rng = np.random.default_rng(2)
    n = 1000
    truth = rng.normal(size=n)
    y = np.repeat((rng.random(n) < expit(truth)).astype(float), moments)
    noisy = np.repeat(truth + noise * rng.normal(size=n), moments)
    other = np.repeat(truth + 0.5 * rng.normal(size=n), moments)
    rows = np.repeat(np.arange(n), moments)
    return choose_preset(y, np.full(len(y), 1 / moments), rows, {"noisy": noisy, "medium": other})


def test_the_better_preset_is_chosen():
    assert chosen(noise=1.5) == "medium"
    assert chosen(noise=0.1) == "noisy"


def test_a_gain_by_chance_is_not_enough():
    assert chosen(noise=0.5) == "noisy"
    # many moments of the same interactions are no more evidence
    assert chosen(noise=0.5, moments=50) == "noisy"
