"""The results of folds: preset, rounds, ridge, weight of the trees, and log-odds of held-out rows."""

import numpy as np
import pytest

from forestall.model import fold_results
from forestall.model.boosting import boosting
from forestall.model.fold_results import FoldResults, run_folds
from forestall.model.linear import STRENGTHS
from forestall.model.matrix import Coded
from forestall.model.presets import PRESETS
from forestall.model.training_sample import Sample
from forestall.statistics import expit


def sample(n: int = 400, is_timed: bool = True) -> Sample:
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(1 - 2 * x))).astype(float)
    rows = np.arange(n)
    return Sample(Coded(x[:, None], {}, {}), y, np.ones(n), rows // 2, rows, rows if is_timed else None)


def results(rows: Sample, max_rounds: int, presets=("noisy",)) -> FoldResults:
    learns = {name: boosting(PRESETS[name], [0], max_rounds, 0, 1) for name in presets}
    return run_folds(rows, learns, [0], 4, 0.15, np.random.default_rng(0), 1)


@pytest.mark.parametrize("is_timed", [True, False])
def test_folds_give_rounds_and_log_odds_of_held_out_rows(is_timed):
    rows = sample(is_timed=is_timed)
    found = results(rows, 200)
    held_out = np.isfinite(found.raw)
    assert found.n_folds == 4
    assert 1 < found.rounds <= 200
    assert held_out.sum() == (240 if is_timed else 400)
    assert np.corrcoef(found.raw[held_out], rows.coded.numbers[held_out, 0])[0, 1] > 0.7
    if is_timed:
        assert held_out[160:].all()
        assert (np.diff(found.block[160:]) >= 0).all()


def test_without_a_fold_of_both_labels_nothing_is_held_out():
    rows = sample(20)
    one_class = Sample(
        rows.coded, np.r_[np.zeros(19), 1.0], rows.weight, rows.customer, rows.interaction, rows.time
    )
    found = results(one_class, 30)
    assert (found.rounds, found.n_folds) == (30, 0)
    assert np.isnan(found.raw).all()


def wide(risk, n_columns: int, n: int = 3000) -> FoldResults:
    """Give the results of rows of normal numbers, whose risk is a function of them."""
    rng = np.random.default_rng(1)
    x, rows = rng.normal(size=(n, n_columns)), np.arange(n)
    y = (rng.random(n) < risk(x)).astype(float)
    directions = [0] * n_columns
    learns = {"medium": boosting(PRESETS["medium"], directions, 200, 0, 1)}
    sample = Sample(Coded(x, {}, {}), y, np.ones(n), rows, rows, rows)
    return run_folds(sample, learns, directions, 4, 0.15, np.random.default_rng(0), 1)


def test_many_straight_effects_leave_weight_to_the_linear_part():
    found = wide(lambda x: expit(0.3 * x.sum(axis=1)), 20)
    assert found.weight < 0.3
    assert 0 < found.strength < max(STRENGTHS)


def test_effects_that_no_line_shows_leave_it_to_the_trees():
    assert wide(lambda x: np.where(np.abs(x[:, 0]) < 0.5, 0.9, 0.1), 2).weight > 0.9


def test_of_many_rows_a_part_chooses_the_preset(monkeypatch):
    seen = []
    choose = fold_results.choose_preset

    def spy(y, weight, interaction, raw):
        seen.append((len(y), list(raw)))
        return choose(y, weight, interaction, raw)

    monkeypatch.setattr(fold_results, "choose_preset", spy)
    monkeypatch.setattr(fold_results, "_MANY_ROWS", 300)
    found = results(sample(1000), 50, PRESETS)
    assert found.preset in PRESETS
    assert seen == [(180, list(PRESETS)), (600, [found.preset])]
