"""Sampled Shapley values: they add up, are exact where a model is a sum, and depend on no other row."""

import numpy as np
import pytest

from forestall.model.sampled_contributions import Reference

N, P = 400, 6


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(N, P))
    matrix[rng.random((N, P)) < 0.2] = np.nan
    matrix[:, 5] = 1.0
    return matrix


def additive(matrix: np.ndarray) -> np.ndarray:
    return np.nan_to_num(matrix, nan=0.7) @ np.array([1.0, -2.0, 0.5, 0.0, 0.0, 3.0])


def curved(matrix: np.ndarray) -> np.ndarray:
    known = np.nan_to_num(matrix, nan=0.7)
    return np.tanh(known[:, 0] * known[:, 1]) + np.abs(known[:, 2])


@pytest.mark.parametrize("log_odds", [additive, curved])
def test_contributions_add_up_to_the_log_odds(matrix, log_odds):
    found = Reference.of(matrix, seed=1).contributions(matrix[:50], log_odds)
    assert found.shape == (50, P + 1)
    np.testing.assert_allclose(found.sum(axis=1), log_odds(matrix[:50]), atol=1e-12)


def test_of_a_sum_each_contribution_is_exact(matrix):
    reference = Reference.of(matrix, seed=1)
    found = reference.contributions(matrix[:50], additive)
    for place in range(P):
        only = np.full((50, P), np.nan)
        only[:, place] = matrix[:50, place]
        at_reference = np.full((len(reference.rows), P), np.nan)
        at_reference[:, place] = reference.rows[:, place]
        expected = additive(only) - additive(at_reference).mean()
        np.testing.assert_allclose(found[:, place], expected, atol=1e-12)


def test_they_are_near_the_exact_shapley_values(matrix):
    many = Reference.of(matrix, seed=2, n_rows=400).contributions(matrix[:100], curved)
    few = Reference.of(matrix, seed=1).contributions(matrix[:100], curved)
    assert np.corrcoef(few[:, 2], many[:, 2])[0, 1] > 0.95
    assert np.abs(few - many)[:, :-1].mean() < 0.1
    assert (few[:, [3, 4, 5]] == 0).all()


def test_a_row_alone_has_the_contributions_that_it_has_among_others(matrix):
    reference = Reference.of(matrix, seed=1)
    together = reference.contributions(matrix, curved)
    for row in range(5):
        assert np.array_equal(reference.contributions(matrix[row : row + 1], curved)[0], together[row])


def test_no_reference_row_is_a_row_of_training(matrix):
    rows = Reference.of(matrix, seed=1).rows
    assert not any(
        (np.nan_to_num(row, nan=9) == np.nan_to_num(matrix, nan=9)).all(axis=1).any() for row in rows
    )


def test_the_reference_survives_json(matrix):
    reference = Reference.of(matrix, seed=1)
    again = Reference.from_dict(reference.as_dict())
    np.testing.assert_array_equal(again.rows, reference.rows)
    np.testing.assert_array_equal(again.orders, reference.orders)
