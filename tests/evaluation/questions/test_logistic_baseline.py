"""The logistic regression as a baseline: its penalty fits the data, and it is quick."""

import time

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from forestall.evaluation.questions.logistic_baseline import STRENGTHS, logistic_baseline


def world(seed: int, n: int, n_columns: int, effect: float) -> tuple[pl.DataFrame, np.ndarray]:
    """Return columns, the first of which has an effect, and labels."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, n_columns))
    risk = 1 / (1 + np.exp(1.5 - effect * matrix[:, 0]))
    y = (rng.random(n) < risk).astype(float)
    return pl.DataFrame(matrix, schema=[f"x{place}" for place in range(n_columns)]), y


def loss_of_strength(strength: float, X: pl.DataFrame, y: np.ndarray, later: pl.DataFrame) -> np.ndarray:
    model = LogisticRegression(C=strength, max_iter=1000).fit(X.to_numpy(), y)
    return np.asarray(model.predict_proba(later.to_numpy())[:, 1])


@pytest.mark.slow
@pytest.mark.parametrize("n_columns", [3, 120])
@pytest.mark.parametrize("has_time", [True, False])
def test_the_penalty_is_near_the_best_of_all(n_columns, has_time):
    """Few columns with an effect need a weak penalty, and many without one a strong penalty."""
    X, y = world(1, 2000, n_columns, 1.5)
    later, y_later = world(2, 20_000, n_columns, 1.5)
    times = np.arange(len(y)) if has_time else None
    found = log_loss(y_later, logistic_baseline(X, y, np.ones(len(y)), later, 7, time=times))
    losses = [log_loss(y_later, loss_of_strength(one, X, y, later)) for one in STRENGTHS]
    assert found < min(losses) + 0.003
    if n_columns > 100:
        assert found < losses[-1] - 0.005  # the usual C of 1 overfits


def test_the_penalty_is_chosen_forward_in_time():
    """An effect that is gone later is trusted less if the folds know the time."""
    X, y = world(3, 4000, 2, 2.0)
    rng = np.random.default_rng(4)
    y[2000:] = rng.permutation(y[2000:])
    when = np.arange(4000)
    forward, at_random = (logistic_baseline(X, y, np.ones(4000), X, 7, time=times) for times in (when, None))
    assert forward.std() < 0.7 * at_random.std()


def test_moments_of_one_interaction_are_never_on_both_sides():
    """Ten equal moments of each interaction, with noise that names it: nothing can be learnt, and nothing is."""
    rng = np.random.default_rng(5)
    noise, y = rng.normal(size=(100, 60)), (rng.random(100) < 0.3).astype(float)
    X = pl.DataFrame(np.repeat(noise, 10, axis=0), schema=[f"x{place}" for place in range(60)])
    keys = np.array([[None, f"i{place}"] for place in range(100)], dtype=object)
    found = logistic_baseline(
        X,
        np.repeat(y, 10),
        np.ones(1000),
        X,
        7,
        time=np.repeat(np.arange(100), 10),
        groups=np.repeat(keys, 10, axis=0),
    )
    as_rows = logistic_baseline(X, np.repeat(y, 10), np.ones(1000), X, 7)
    assert found.std() < 0.5 * as_rows.std()


@pytest.mark.parametrize("n_bad", [1, 2])
def test_too_few_of_a_class_for_folds(n_bad):
    X, _ = world(6, 40, 2, 0)
    y = np.zeros(40)
    y[:n_bad] = 1
    risks = logistic_baseline(X, y, np.ones(40), X, 7, time=np.arange(40))
    assert ((risks > 0) & (risks < 1)).all()


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_seconds():
    """Processor time, so that other work on the machine does not count."""
    X, y = world(7, 100_000, 150, 0.5)
    begin = time.process_time()
    logistic_baseline(X, y, np.ones(len(y)), X[:1000], 7, time=np.arange(len(y)))
    assert time.process_time() - begin < 10
