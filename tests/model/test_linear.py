"""The linear part: what it learns, its directions, missing values, and that contributions add up."""

import json

import numpy as np
import pytest

from forestall.model import linear
from forestall.model.linear import Design, LinearPart, fit_weights
from forestall.statistics import expit, log_losses_of_log_odds

N = 4000


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(N, 4))
    matrix[:, 3] = 1.0
    log_odds = 1.5 * matrix[:, 0] - matrix[:, 1] - 1
    matrix[rng.random(N) < 0.3, 1] = np.nan
    return matrix, (rng.random(N) < expit(log_odds)).astype(float), np.ones(N)


def fitted(data, strengths=(0.01,), directions=(0, 0, 0, 0)):
    matrix, y, weight = data
    design = Design.of(matrix, [], directions)
    return [design.part(weights) for weights in fit_weights(design, matrix, y, weight, strengths)]


def test_it_finds_what_counts(data):
    matrix, y, _ = data
    part = fitted(data)[0]
    loss = log_losses_of_log_odds(y, part.log_odds(matrix)).mean()
    base = log_losses_of_log_odds(y, np.full(N, np.log(y.mean() / (1 - y.mean())))).mean()
    assert loss < 0.8 * base
    sizes = np.abs(part.contributions(matrix)).mean(axis=0)
    assert sizes[0] > sizes[1] > 5 * sizes[2]
    assert sizes[3] == 0


def test_contributions_add_up_and_are_relative_to_the_average_row(data):
    matrix = data[0]
    part = fitted(data)[0]
    own = part.contributions(matrix)
    np.testing.assert_allclose(own.sum(axis=1) + part.base, part.log_odds(matrix), atol=1e-12)
    np.testing.assert_allclose(own.mean(axis=0), 0, atol=1e-9)


def test_a_direction_is_kept_even_against_the_data(data):
    matrix, way = data[0], (-1, 1, 0, 0)
    part = fitted(data, directions=way)[0]
    rising = np.repeat(matrix[:1], 50, axis=0)
    for place, sign in ((0, -1), (1, 1)):
        rows = rising.copy()
        rows[:, place] = np.linspace(-4, 4, 50)
        assert (sign * np.diff(part.log_odds(rows)) >= 0).all()


def test_a_stronger_ridge_gives_smaller_contributions(data):
    sizes = [np.abs(part.contributions(data[0])).mean() for part in fitted(data, (1.0, 0.1, 0.01))]
    assert sizes == sorted(sizes)


def test_many_rows_are_thinned(monkeypatch, data):
    whole = fitted(data)[0].log_odds(data[0])
    monkeypatch.setattr(linear, "MAX_ROWS", N // 2)
    half = fitted(data)[0].log_odds(data[0])
    assert np.abs(whole - half).max() > 0
    assert np.corrcoef(whole, half)[0, 1] > 0.99


def test_without_a_column_that_varies_it_is_the_base_rate():
    matrix, y = np.ones((10, 2)), np.array([1.0] * 3 + [0.0] * 7)
    part = fitted((matrix, y, np.ones(10)), (0.1, 0.01), [0, 0])[1]
    np.testing.assert_allclose(expit(part.log_odds(matrix)), 3.5 / 11)


def test_it_survives_json(data):
    part = fitted(data)[0]
    again = LinearPart.from_dict(json.loads(json.dumps(part.as_dict())))
    np.testing.assert_array_equal(again.log_odds(data[0]), part.log_odds(data[0]))


def test_thinned_rows_hold_each_moment_of_the_interactions(monkeypatch):
    """Of four moments an interaction, every fourth row would be the same moment each time."""
    monkeypatch.setattr(linear, "MAX_ROWS", 1000)
    rows = linear._thinned(4000)
    assert len(np.unique(rows)) == 1000
    assert np.bincount(rows % 4).min() > 200


def test_many_rows_are_taken_some_at_a_time(monkeypatch, data):
    part = fitted(data)[0]
    whole = part.log_odds(data[0])
    monkeypatch.setattr(linear, "_ROWS_AT_ONCE", 7)
    np.testing.assert_array_equal(part.log_odds(data[0]), whole)
    assert part.log_odds(data[0][:0]).shape == (0,)


def test_features_that_are_missing_together_share_the_weight_of_it(monkeypatch, data):
    matrix, y, weight = data
    three = np.column_stack([matrix, np.where(np.isnan(matrix[:, 1:2]), np.nan, matrix[:, [0, 2]])])
    whole = fitted((three, y, weight), directions=[0] * 6)[0]
    assert len(Design.of(three, [], [0] * 6).fitted) == 5 + 1
    np.testing.assert_allclose(np.diff(whole.missing[[1, 4, 5]]), 0, atol=0.02)
    monkeypatch.setattr(
        linear, "_first_missing_alike", lambda matrix: np.arange(2 * matrix.shape[1], dtype=np.int64)
    )
    assert len(Design.of(three, [], [0] * 6).fitted) == 5 + 3
    alone = fitted((three, y, weight), directions=[0] * 6)[0]
    np.testing.assert_allclose(whole.contributions(three), alone.contributions(three), atol=1e-3)


def test_a_fit_may_start_from_another_one(data):
    matrix, y, weight = data
    design = Design.of(matrix, [], (0, 0, 0, 0))
    start = fit_weights(design, matrix[: N // 2], y[: N // 2], weight[: N // 2], [0.01])[0]
    exact = fit_weights(design, matrix, y, weight, [0.01])[0]
    rough = fit_weights(design, matrix, y, weight, [0.01], start, is_rough=True)[0]
    found = [design.part(weights).log_odds(matrix) for weights in (exact, rough)]
    np.testing.assert_allclose(found[1], found[0], atol=1e-3)
    assert np.abs(design.part(start).log_odds(matrix) - found[0]).max() > 0.01
