"""The interval of the risk: it holds the known true risk about as often as 90 %."""

import numpy as np
import pytest
from worlds import World, world

from forestall.model.estimator import RiskClassifier
from refits import SHIPPED


@pytest.fixture(scope="module")
def train() -> World:
    return world(3000, seed=1)


@pytest.fixture(scope="module")
def new() -> World:
    return world(3000, moments=1, seed=2)


@pytest.fixture(scope="module")
def fitted(train: World) -> RiskClassifier:
    return RiskClassifier(lightgbm={"learning_rate": 0.1}, n_refits=SHIPPED, n_jobs=2).fit(*train.fit_args)


def test_the_interval_holds_the_true_risk_in_about_90_percent_of_rows(fitted, new):
    low, high = fitted.predict_interval(new.X).T
    assert 0.80 <= np.mean((low <= new.truth) & (new.truth <= high)) <= 0.97


def test_the_spread_of_the_bootstraps_alone_is_too_narrow(fitted, new):
    low, high = fitted.predict_interval(new.X).T
    risk = fitted.predict_proba(new.X)[:, 1]
    bare = 1 / fitted.spread_.inflation
    held = (risk - (risk - low) * bare <= new.truth) & (new.truth <= risk + (high - risk) * bare)
    assert np.mean(held) < 0.8


def test_the_interval_holds_the_true_risk_in_every_fifth_of_the_risk(fitted, new):
    low, high = fitted.predict_interval(new.X).T
    held = (low <= new.truth) & (new.truth <= high)
    by_risk = np.argsort(fitted.predict_proba(new.X)[:, 1])
    assert min(held[fifth].mean() for fifth in np.array_split(by_risk, 5)) > 0.7


def test_the_interval_holds_the_risk_itself(fitted, new):
    risk, low, high, _ = fitted.predict_encoded(fitted.encode(new.X))
    assert ((low <= risk) & (risk <= high)).all()
    assert ((low > 0) & (high < 1)).all()


def test_more_data_make_the_interval_narrower(fitted, new):
    few = RiskClassifier(lightgbm={"learning_rate": 0.1}, n_refits=SHIPPED, n_jobs=2).fit(
        *world(600, seed=1).fit_args
    )
    narrow, wide = (np.diff(one.predict_interval(new.X)).mean() for one in (fitted, few))
    assert narrow < 0.9 * wide


def test_a_known_spread_gives_the_interval_without_refits(fitted, train, new):
    again = RiskClassifier(lightgbm={"learning_rate": 0.1}, n_refits=SHIPPED, n_jobs=2)
    again.fit(*train.fit_args, spread=fitted.spread_)
    assert np.array_equal(again.predict_interval(new.X), fitted.predict_interval(new.X))
    bare = RiskClassifier(max_rounds=20, n_refits=0).fit(*train.fit_args, spread=fitted.spread_)
    assert bare.spread_ is None


def test_the_spread_of_a_part_is_narrower_for_all_rows_by_the_law_of_the_excess_loss(fitted, new):
    matrix = fitted.encode(new.X)
    raw = np.zeros(len(matrix))
    all_rows = fitted.spread_.of_more_rows(0.5)
    ratio = all_rows.half_width(matrix, raw) / fitted.spread_.half_width(matrix, raw)
    assert np.allclose(ratio, 0.5**0.15)
    assert fitted.spread_.of_more_rows(1.0).inflation == fitted.spread_.inflation


def test_without_refits_there_is_no_interval(train):
    without = RiskClassifier(max_rounds=20, n_refits=0).fit(*train.fit_args)
    _, low, high, _ = without.predict_encoded(without.encode(train.X[:3]))
    assert np.isnan([low, high]).all()
    with pytest.raises(ValueError, match="n_refits above 0"):
        without.predict_interval(train.X)
