"""Contributions of the trees: two ways of computing them give the same values, and they add up."""

import lightgbm as lgb
import numpy as np
import pytest

from forestall.model import tree_contributions as module
from forestall.model.tree_contributions import tree_contributions

N, P = 600, 5


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(N, P))
    matrix[rng.random((N, P)) < 0.2] = np.nan
    matrix[:, 4] = 1.0
    return matrix


def booster(matrix, y, rounds=40, **settings):
    settings = {"objective": "binary", "verbosity": -1, "num_leaves": 15, "min_data_in_leaf": 5, **settings}
    return lgb.train(settings, lgb.Dataset(matrix, y), rounds)


@pytest.fixture(scope="module")
def trees(matrix):
    y = np.nan_to_num(matrix[:, 0]) + np.nan_to_num(matrix[:, 1]) ** 2 + np.isnan(matrix[:, 2]) > 0.7
    return booster(matrix, y.astype(float))


@pytest.mark.parametrize("n_threads", [1, 2, 64])
def test_many_rows_have_the_contributions_of_few(monkeypatch, matrix, trees, n_threads):
    few = tree_contributions(trees, matrix, n_threads)
    monkeypatch.setattr(module, "MANY_ROWS", 1)
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 250)
    many = tree_contributions(trees, matrix, n_threads)
    assert many.shape == (N, P + 1)
    np.testing.assert_allclose(many, few, atol=1e-5)
    np.testing.assert_allclose(many.sum(axis=1), trees.predict(matrix, raw_score=True), atol=1e-12)
    assert len(np.unique(many[:, -1])) == 1


def test_trees_without_a_split_contribute_nothing(monkeypatch, matrix):
    monkeypatch.setattr(module, "MANY_ROWS", 1)
    bare = booster(matrix, np.tile([0.0, 1.0, 1.0], N // 3), 3, min_data_in_leaf=10 * N)
    found = tree_contributions(bare, matrix, 2)
    assert (found[:, :-1] == 0).all()
    np.testing.assert_allclose(found[:, -1], bare.predict(matrix, raw_score=True))


def test_trees_that_woodelf_reads_otherwise_are_left_to_lightgbm(monkeypatch, matrix, caplog):
    monkeypatch.setattr(module, "MANY_ROWS", 1)
    rows = np.where(np.abs(matrix) < 0.3, 0.0, matrix)
    odd = booster(rows, (np.nan_to_num(rows[:, 0]) == 0).astype(float), zero_as_missing=True)
    found = tree_contributions(odd, rows, 2)
    np.testing.assert_array_equal(found, odd.predict(rows, pred_contrib=True))
    assert "LightGBM, which takes over" in caplog.text
