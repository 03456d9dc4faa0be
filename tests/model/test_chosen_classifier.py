"""The estimator around any classifier: its quality, calibration, interval, contributions and files."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from worlds import World, auc, world

from forestall.errors import UsageError
from forestall.model.chosen_classifier import ChosenClassifier
from forestall.model.estimator import RiskClassifier
from forestall.model.estimators import load_estimator

pytestmark = pytest.mark.slow
KINDS = {
    "histograms": HistGradientBoostingClassifier(max_iter=15, max_leaf_nodes=7, random_state=0),
    "logistic": LogisticRegression(C=0.01),
}


@pytest.fixture(scope="module")
def train() -> World:
    return world(800, seed=1)


@pytest.fixture(scope="module")
def new() -> World:
    return world(1500, moments=1, seed=2)


@pytest.fixture(scope="module", params=list(KINDS))
def fitted(request, train) -> ChosenClassifier:
    one = ChosenClassifier(KINDS[request.param], directions={"wait_s": 1}, n_refits=2, random_state=3)
    return one.fit(train.X, *train.fit_args[1:])


def test_the_risk_is_near_the_true_risk(fitted, new):
    risk = fitted.predict_proba(new.X)[:, 1]
    assert (auc(new.y, risk) - 0.5) / (auc(new.y, new.truth) - 0.5) > 0.7
    assert risk.mean() == pytest.approx(new.truth.mean(), abs=0.04)


def test_the_interval_holds_most_true_risks(fitted, new):
    low, high = fitted.predict_interval(new.X).T
    risk = fitted.predict_proba(new.X)[:, 1]
    assert (low <= risk).all()
    assert (risk <= high).all()
    assert np.mean((low <= new.truth) & (new.truth <= high)) > 0.75


def test_contributions_add_up_to_the_log_odds(fitted, new):
    found = fitted.contributions(new.X[:30])
    np.testing.assert_allclose(found.sum(axis=1), fitted.decision_function(new.X[:30]), atol=1e-9)
    names = fitted.column_names
    size = dict(zip(names, np.abs(found[:, :-1]).mean(axis=0), strict=True))
    assert size["wait_s"] > size["noise"]


def test_files_give_equal_risks_and_explanations(fitted, new, tmp_path):
    fitted.save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "classifier.skops", "estimator.json", "spread.txt",
    ]  # fmt: skip
    again = load_estimator(tmp_path)
    assert isinstance(again, ChosenClassifier)
    matrix = fitted.encode(new.X)
    for one, other in zip(fitted.predict_encoded(matrix), again.predict_encoded(matrix), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(fitted.contributions(new.X[:5]), again.contributions(new.X[:5]))
    assert again.seen_ranges() == fitted.seen_ranges()
    assert again.describe() == fitted.describe()


def test_histograms_keep_a_direction(train, new):
    one = ChosenClassifier(KINDS["histograms"], directions={"wait_s": 1}, n_refits=0)
    one.fit(train.X, *train.fit_args[1:])
    longer = new.X.with_columns(wait_s=new.X["wait_s"] + 0.5)
    assert (one.decision_function(longer) >= one.decision_function(new.X) - 1e-12).all()
    assert one.predict_proba(new.X).shape == (1500, 2)
    with pytest.raises(ValueError, match="no interval"):
        one.predict_interval(new.X)


def test_the_result_does_not_depend_on_the_threads(train, new):
    made = [
        ChosenClassifier(KINDS["histograms"], n_refits=0, n_jobs=n).fit(train.X, *train.fit_args[1:])
        for n in (1, 2)
    ]
    one, two = (fitted.predict_proba(new.X) for fitted in made)
    assert np.array_equal(one, two)


def test_a_column_without_any_value_is_learnt_from(train):
    empty = train.X.with_columns(age=np.nan)
    one = ChosenClassifier(KINDS["histograms"], n_refits=0).fit(empty, *train.fit_args[1:])
    assert np.isfinite(one.predict_proba(empty[:20])).all()


def test_settings_of_lightgbm_are_not_searched(train):
    with pytest.raises(UsageError, match="--tune tries settings of LightGBM"):
        ChosenClassifier(KINDS["logistic"]).find_settings(train.X, train.y)


def test_the_blend_is_read_as_before(train, tmp_path):
    blend = RiskClassifier(max_rounds=5, n_members=1, n_refits=0, preset="noisy")
    blend.fit(train.X, *train.fit_args[1:]).save(tmp_path)
    assert isinstance(load_estimator(tmp_path), RiskClassifier)
