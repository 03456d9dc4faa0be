"""Many rows go through compiled trees: the log-odds are those of LightGBM, to the last bit."""

import lightgbm as lgb
import numpy as np
import pytest
from tree_rows import LAID_OUT, as_whole_numbers, rows_of_later, tree_rows

from forestall.model import compiled_loops
from forestall.model import tree_log_odds as module
from forestall.model.tree_log_odds import tree_log_odds

N, P = 1_000, 5


@pytest.fixture(scope="module")
def matrix():
    return tree_rows(N)


def trained(matrix, rounds=30, categories="auto", **settings):
    rng = np.random.default_rng(1)
    seen = np.clip(np.nan_to_num(matrix), -9, 9)
    y = rng.random(len(matrix)) < 1 / (1 + np.exp(-seen[:, 0] - np.isnan(matrix[:, 1])))
    params = {"objective": "binary", "verbosity": -1, "seed": 0, "num_threads": 1, **settings}
    return lgb.train(params, lgb.Dataset(matrix, y.astype(float), categorical_feature=categories), rounds)


@pytest.fixture(scope="module")
def booster(matrix):
    return trained(matrix)


@pytest.fixture(autouse=True)
def all_rows_are_many(monkeypatch):
    monkeypatch.setattr(module, "loops_for", lambda n_rows: compiled_loops)


def by_lightgbm(booster, matrix, rounds=None):
    return booster.predict(matrix, raw_score=True, num_iteration=rounds, num_threads=1)


@pytest.mark.parametrize("n", [1, 15, 16, 17, N])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_the_log_odds_are_those_of_lightgbm(booster, matrix, n, n_threads):
    rows = rows_of_later(matrix)[:n]
    np.testing.assert_array_equal(tree_log_odds(booster, rows, n_threads), by_lightgbm(booster, rows))


def test_the_trees_have_all_ways_of_a_missing_value(booster):
    kinds = {
        one
        for tree in module.tree_fields(booster.model_to_string().encode())
        for one in tree["decision_type"]
    }
    assert kinds == {2, 8, 10}


@pytest.mark.parametrize("rounds", [1, 7, 30])
def test_the_first_rounds_alone_are_those_of_lightgbm(booster, matrix, rounds):
    np.testing.assert_array_equal(
        tree_log_odds(booster, matrix, 1, rounds), by_lightgbm(booster, matrix, rounds)
    )


def test_the_best_round_of_a_training_that_stopped_early_counts(booster, matrix):
    stopped = lgb.Booster(model_str=booster.model_to_string())
    stopped.best_iteration = 4
    np.testing.assert_array_equal(tree_log_odds(stopped, matrix, 1), by_lightgbm(booster, matrix, 4))


def test_deep_trees_and_trees_without_a_split_are_followed(matrix):
    deep = trained(matrix, rounds=5, num_leaves=200, min_data_in_leaf=1, min_sum_hessian_in_leaf=0)
    np.testing.assert_array_equal(tree_log_odds(deep, matrix, 1), by_lightgbm(deep, matrix))
    flat = trained(matrix, rounds=3, min_data_in_leaf=N)
    np.testing.assert_array_equal(tree_log_odds(flat, matrix, 1), by_lightgbm(flat, matrix))


@pytest.mark.parametrize("laid_out", LAID_OUT.values(), ids=LAID_OUT)
def test_a_matrix_may_lie_in_memory_as_it_likes_and_is_not_changed(booster, matrix, laid_out):
    given = laid_out(matrix)
    given.setflags(write=False)
    np.testing.assert_array_equal(
        tree_log_odds(booster, given, 1), by_lightgbm(booster, np.array(given, dtype=np.float64))
    )


@pytest.mark.parametrize("settings", [{"zero_as_missing": True}, {"categories": [4]}])
def test_splits_that_our_models_do_not_have_are_left_to_lightgbm(matrix, settings):
    rows = as_whole_numbers(matrix)
    other = trained(rows, **settings)
    assert module._nodes_of(other) is None
    np.testing.assert_array_equal(tree_log_odds(other, rows, 1), by_lightgbm(other, rows))


def test_few_rows_are_left_to_lightgbm(booster, matrix, monkeypatch):
    monkeypatch.setattr(module, "loops_for", lambda n_rows: None)
    monkeypatch.setattr(module, "_nodes_of", lambda _: pytest.fail("the trees were read"))
    np.testing.assert_array_equal(tree_log_odds(booster, matrix, 1), by_lightgbm(booster, matrix))


def test_a_matrix_of_other_columns_is_refused_and_not_read_beyond_its_end(booster, matrix):
    with pytest.raises(lgb.basic.LightGBMError, match="number of features"):
        tree_log_odds(booster, matrix[:, :-1], 1)
