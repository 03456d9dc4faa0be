"""Predictions of a fitted estimator, and its files."""

import json

import numpy as np
import pytest
from worlds import World, world

from forestall.model.estimator import RiskClassifier


@pytest.fixture(scope="module")
def train() -> World:
    return world(600, seed=1)


@pytest.fixture(scope="module")
def fitted(train: World) -> RiskClassifier:
    return RiskClassifier(max_rounds=20, n_refits=3).fit(*train.fit_args)


def test_the_ends_of_the_interval_enclose_the_risk(fitted, train):
    risk, (low, high) = fitted.predict_proba(train.X)[:, 1], fitted.predict_interval(train.X).T
    assert ((low > 0) & (low <= risk) & (risk <= high) & (high < 1)).all()


def test_the_columns_may_come_in_another_frame_but_not_in_another_order(fitted, train):
    expected = fitted.predict_proba(train.X)
    assert np.array_equal(fitted.predict_proba(train.X.lazy()), expected)
    assert np.array_equal(fitted.predict_proba(train.X.to_pandas()), expected)
    with pytest.raises(ValueError, match="order"):
        fitted.predict_proba(train.X.select(reversed(train.X.columns)))


def test_a_frame_without_rows_is_refused(fitted, train):
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        fitted.predict_proba(train.X.head(0))


def test_the_files_hold_neither_the_seed_nor_the_threads(train, tmp_path):
    one = RiskClassifier(max_rounds=5, n_refits=0, random_state=3, n_jobs=2).fit(*train.fit_args)
    one.save(tmp_path)
    content = json.loads((tmp_path / "estimator.json").read_text())
    assert content["params"]["random_state"] is None
    assert content["params"]["n_jobs"] is None
    assert not (tmp_path / "spread.txt").exists()
    again = RiskClassifier.load(tmp_path)
    assert again.spread_ is None
    assert np.array_equal(again.predict_proba(train.X), one.predict_proba(train.X))
