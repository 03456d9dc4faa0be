"""LightGBM's defaults on raw columns: categories, ids, and moments of one interaction."""

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.metrics import risk_metrics
from forestall.evaluation.questions.raw_baseline import raw_baseline


def world(seed: int, n: int = 3000) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    wait, team = rng.gamma(2, 60, n), rng.integers(40, size=n)
    risk = 1 / (1 + np.exp(2.5 - 0.008 * wait - 1.5 * (team % 4 == 0)))
    X = pl.DataFrame({"s served": wait, "team": [f"t{one}" for one in team]})
    return X, (rng.random(n) < risk).astype(float)


def test_it_learns_from_numbers_and_categories():
    X, y = world(0)
    later, y_later = world(1)
    aucs = {
        name: risk_metrics(y_later, raw_baseline(X.select(kept), y, np.ones(len(y)), later.select(kept), 7))[
            "auc"
        ]
        for name, kept in {"all": ["s served", "team"], "number": ["s served"], "team": ["team"]}.items()
    }
    assert aucs["all"] > aucs["number"] + 0.02
    assert min(aucs.values()) > 0.55


def test_an_id_and_a_text_are_left_out():
    X, y = world(0)
    more = X.with_columns(ticket=pl.Series([f"ticket {place}" for place in range(len(X))]), empty=pl.lit(""))
    found = [raw_baseline(one, y, np.ones(len(y)), one[:100], 7) for one in (X, more)]
    assert np.array_equal(*found)


def test_a_value_that_training_does_not_have_is_missing():
    X, y = world(0)
    X = X.with_columns(team=pl.when(pl.int_range(pl.len()) % 5 > 0).then("team").otherwise(pl.lit("")))
    odd = X[:50].with_columns(team=pl.lit("new"))
    none = X[:50].with_columns(team=pl.lit(""))
    found = [raw_baseline(X, y, np.ones(len(y)), one, 7) for one in (odd, none)]
    assert np.array_equal(*found)


def test_one_moment_of_each_interaction_is_learnt_from():
    """Copies of each interaction, as moments are, do not make it learn interactions by heart."""
    X, y = world(0, 500)
    later, y_later = world(1)
    copies = pl.concat([X] * 6)
    keys = np.array([[None, f"i{place}"] for place in range(500)], dtype=object)
    once = raw_baseline(X, y, np.ones(500), later, 7)
    many = raw_baseline(copies, np.tile(y, 6), np.full(3000, 1 / 6), later, 7, groups=np.tile(keys, (6, 1)))
    by_heart = raw_baseline(copies, np.tile(y, 6), np.ones(3000), later, 7)
    losses = [risk_metrics(y_later, risks)["log_loss"] for risks in (once, many, by_heart)]
    assert losses[1] == pytest.approx(losses[0], abs=0.02)
    assert losses[2] > losses[0] + 0.05


def test_columns_that_do_not_vary_leave_the_base_rate():
    _, y = world(0, 100)
    same = pl.DataFrame({"one": [1.0] * 100})
    assert raw_baseline(same, y, np.ones(100), same, 7) == pytest.approx(y.mean())
