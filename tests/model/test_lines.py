"""Piecewise linear functions: their values, their ranks, and that rows do not depend on each other."""

import json

import numpy as np
import pytest

from forestall.model import compiled_loops
from forestall.model import lines as module
from forestall.model.lines import Lines, padded, rank_lines


@pytest.fixture
def lines():
    return Lines(padded([[0, 1, 3], [5], [0, 10]]), padded([[0, 1, -1], [7], [2, 4]]))


def test_a_function_is_linear_between_knots_and_constant_beyond(lines):
    found = lines(np.array([[-1.0, 5, 0], [0.5, 9, 5], [2, 1, 10], [9, 5, 99], [np.nan, np.nan, np.nan]]))
    expected = [[0, 7, 2], [0.5, 7, 3], [0, 7, 4], [-1, 7, 4], [np.nan] * 3]
    np.testing.assert_array_equal(found, expected)


def test_a_row_has_the_same_value_alone_and_among_many():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(500, 6)).round(2)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    lines = rank_lines(matrix, np.zeros(6, dtype=bool))
    together = lines(matrix)
    alone = np.concatenate([lines(matrix[k : k + 1]) for k in range(500)])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(
        together.sum(axis=1), np.concatenate([lines(row[None]).sum(axis=1) for row in matrix])
    )


def test_compiled_code_gives_the_same_bits(monkeypatch):
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(500, 6)).round(1)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    lines = rank_lines(matrix[:250], np.arange(6) == 0)
    matrix[::7] *= 9
    matrix[:4, 1] = np.inf, -np.inf, 0.0, -0.0
    for given in (matrix, np.asfortranarray(matrix), matrix[::2]):
        results = []
        for loops in (None, compiled_loops):
            monkeypatch.setattr(module, "loops_for", lambda _, loops=loops: loops)
            results.append(lines(given))
        np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("loops", [None, compiled_loops])
def test_a_matrix_of_other_columns_is_refused(lines, monkeypatch, loops):
    monkeypatch.setattr(module, "loops_for", lambda _: loops)
    with pytest.raises(ValueError, match="has 2 columns, the functions 3"):
        lines(np.zeros((100, 2)))


def test_ranks_go_from_minus_one_to_one_and_ties_share_theirs():
    column = np.array([1.0, 2, 2, 3, np.nan, 100])
    ranks = rank_lines(column[:, None], [False])(column[:, None])[:, 0]
    np.testing.assert_allclose(ranks, [-0.8, -0.2, -0.2, 0.4, np.nan, 0.8])


def test_encoded_categories_keep_their_scale():
    column = np.array([[0.0], [1.0], [1.0], [10.0]])
    np.testing.assert_allclose(rank_lines(column, [True])(column)[:, 0], [-1, -0.8, -0.8, 1])


@pytest.mark.parametrize("column", [[np.nan, np.nan], [3.0, 3.0], [np.nan, 3.0]])
def test_a_constant_column_has_one_rank(column):
    matrix = np.array(column)[:, None]
    found = rank_lines(matrix, [False])(matrix)
    assert (np.nan_to_num(found) == 0).all()


def test_lines_survive_json(lines):
    again = Lines.from_dict(json.loads(json.dumps(lines.as_dict())))
    np.testing.assert_array_equal(again.knots, lines.knots)
    np.testing.assert_array_equal(again.values, lines.values)
