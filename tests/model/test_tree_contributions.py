"""Contributions of the trees: those of many rows are those of LightGBM, and they add up."""

import re

import lightgbm as lgb
import numpy as np
import pytest
from tree_rows import LAID_OUT, as_whole_numbers, rows_of_later, tree_rows

from forestall.model import tree_contributions as module
from forestall.model.booster_text import tree_fields
from forestall.model.compiled_contributions import add_contributions
from forestall.model.leaf_paths import paths_of
from forestall.model.tree_contributions import tree_contributions
from forestall.model.tree_log_odds import nodes_of

N, P = 600, 5


@pytest.fixture(scope="module")
def matrix():
    return tree_rows(N)


def trained(matrix, rounds=40, categories="auto", **settings):
    seen = np.clip(np.nan_to_num(matrix), -9, 9)
    y = seen[:, 0] + seen[:, 1] ** 2 + np.isnan(matrix[:, 2]) + seen[:, 4] > 0.7
    params = {"objective": "binary", "verbosity": -1, "num_leaves": 15, "min_data_in_leaf": 5, **settings}
    data = lgb.Dataset(matrix, y.astype(float), categorical_feature=categories)
    return lgb.train({"num_threads": 1, "seed": 0, **params}, data, rounds)


@pytest.fixture(scope="module")
def booster(matrix):
    return trained(matrix)


@pytest.fixture(autouse=True)
def all_rows_are_many(monkeypatch):
    monkeypatch.setattr(module, "contribution_loop_for", lambda n_rows: add_contributions)
    monkeypatch.setattr(module, "_ROWS_OF_A_THREAD", 50)


def by_lightgbm(booster, matrix):
    return booster.predict(matrix, pred_contrib=True, num_threads=1)


@pytest.mark.parametrize("n", [1, 63, 64, 65, N])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_the_contributions_are_those_of_lightgbm(booster, matrix, n, n_threads):
    rows = rows_of_later(matrix)[:n]
    found = tree_contributions(booster, rows, n_threads)
    assert found.shape == (n, P + 1)
    np.testing.assert_allclose(found, by_lightgbm(booster, rows), rtol=1e-12, atol=1e-13)


def test_rows_add_up_to_their_log_odds_and_share_a_base(booster, matrix):
    found = tree_contributions(booster, matrix, 2)
    np.testing.assert_allclose(found.sum(axis=1), booster.predict(matrix, raw_score=True), atol=1e-12)
    assert len(np.unique(found[:, -1])) == 1


def test_a_row_has_the_same_bits_whatever_rows_are_beside_it(booster, matrix):
    whole = tree_contributions(booster, matrix, 1)
    np.testing.assert_array_equal(tree_contributions(booster, matrix, 4), whole)
    np.testing.assert_array_equal(tree_contributions(booster, matrix[70:], 1), whole[70:])


def test_the_trees_have_all_ways_of_a_missing_value_and_ask_a_feature_twice_on_a_way(booster):
    trees = tree_fields(booster.model_to_string().encode())
    assert {one for tree in trees for one in tree["decision_type"]} == {2, 8, 10}
    assert nodes_of(trees).depth.max() > P >= np.diff(paths_of(trees).first).max()


@pytest.mark.parametrize("settings", [{"num_leaves": 200, "min_data_in_leaf": 1}, {"max_depth": 1}])
def test_deep_and_shallow_trees(matrix, settings):
    booster = trained(matrix, 10, **settings)
    found = tree_contributions(booster, matrix, 1)
    np.testing.assert_allclose(found, by_lightgbm(booster, matrix), rtol=1e-11, atol=1e-12)


def test_ways_of_many_features():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 30))
    y = (rows.sum(axis=1) > 0).astype(float)
    settings = {
        "objective": "binary",
        "verbosity": -1,
        "num_leaves": 60,
        "min_data_in_leaf": 2,
        "extra_trees": True,
    }
    wide = lgb.train({**settings, "seed": 0, "num_threads": 1}, lgb.Dataset(rows, y), 30)
    steps = np.diff(paths_of(tree_fields(wide.model_to_string().encode())).first)
    assert steps.max() >= 10
    found = tree_contributions(wide, rows, 1)
    np.testing.assert_allclose(found, by_lightgbm(wide, rows), rtol=1e-11, atol=1e-12)


def test_trees_without_a_split_contribute_nothing(matrix):
    bare = trained(matrix, 3, min_data_in_leaf=10 * N)
    found = tree_contributions(bare, matrix, 2)
    assert (found[:, :-1] == 0).all()
    np.testing.assert_allclose(found[:, -1], bare.predict(matrix, raw_score=True))


def test_the_best_round_of_a_training_that_stopped_early_counts(booster, matrix):
    stopped = lgb.Booster(model_str=booster.model_to_string())
    stopped.best_iteration = 4
    found = tree_contributions(stopped, matrix, 1)
    np.testing.assert_allclose(found, by_lightgbm(stopped, matrix), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("laid_out", LAID_OUT.values(), ids=LAID_OUT)
def test_a_matrix_may_lie_in_memory_as_it_likes_and_is_not_changed(booster, matrix, laid_out):
    given = laid_out(matrix)
    given.setflags(write=False)
    wanted = by_lightgbm(booster, np.array(given, dtype=np.float64))
    np.testing.assert_allclose(tree_contributions(booster, given, 1), wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("settings", [{"zero_as_missing": True}, {"categories": [4]}])
def test_splits_that_our_models_do_not_have_are_left_to_lightgbm(matrix, settings):
    rows = as_whole_numbers(matrix)
    other = trained(rows, **settings)
    assert module._paths_of(other) is None
    np.testing.assert_array_equal(tree_contributions(other, rows, 1), by_lightgbm(other, rows))


@pytest.mark.parametrize("name", ["leaf_count", "internal_count"])
def test_counts_of_no_row_are_left_to_lightgbm(booster, matrix, name):
    # as many digits as before: LightGBM relies on the length of the text
    text = re.sub(rf"(?m)^({name}=)(\d+)", lambda one: one[1] + "0" * len(one[2]), booster.model_to_string())
    odd = lgb.Booster(model_str=text)
    assert module._paths_of(odd) is None
    np.testing.assert_array_equal(tree_contributions(odd, matrix, 1), by_lightgbm(odd, matrix))


def test_few_rows_are_left_to_lightgbm(booster, matrix, monkeypatch):
    monkeypatch.setattr(module, "contribution_loop_for", lambda n_rows: None)
    monkeypatch.setattr(module, "_paths_of", lambda _: pytest.fail("the trees were read"))
    np.testing.assert_array_equal(tree_contributions(booster, matrix, 1), by_lightgbm(booster, matrix))


def test_a_matrix_of_other_columns_is_refused_and_not_read_beyond_its_end(booster, matrix):
    with pytest.raises(lgb.basic.LightGBMError, match="number of features"):
        tree_contributions(booster, matrix[:, :-1], 1)
