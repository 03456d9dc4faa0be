"""Boosters: the mean of several as one booster, the best number of rounds, and the settings of LightGBM."""

import lightgbm as lgb
import numpy as np
import pytest

from forestall.model.boosting import _ALIASES, average_boosters, best_rounds, boosting, check_settings

RNG = np.random.default_rng(3)
X = RNG.normal(size=(400, 4))
X[RNG.uniform(size=X.shape) < 0.1] = np.nan
Y = (np.nan_to_num(X[:, 0] * X[:, 1]) > 0).astype(float)


@pytest.fixture(scope="module")
def members() -> list[lgb.Booster]:
    learn = boosting({"learning_rate": 0.2}, [0] * 4, 100, 0, 1)
    return [
        learn.reseeded(seed).train(X, Y, np.ones(400), rounds) for seed, rounds in ((1, 5), (2, 12), (3, 7))
    ]


def test_one_booster_predicts_the_mean_of_its_members(members):
    one = average_boosters(members)
    assert one.num_trees() == 24
    for asked in ({"raw_score": True}, {"pred_contrib": True}):
        predicted = [member.predict(X, **asked) for member in members]
        assert np.ptp(predicted, axis=0).max() > 0.01
        np.testing.assert_allclose(one.predict(X, **asked), np.mean(predicted, axis=0), rtol=0, atol=1e-12)


def test_the_averaged_booster_survives_its_text(members):
    one = average_boosters(members)
    again = lgb.Booster(model_str=one.model_to_string())
    assert np.array_equal(again.predict(X), one.predict(X))


def test_the_mean_of_one_booster_is_that_booster(members):
    np.testing.assert_array_equal(average_boosters(members[:1]).predict(X), members[0].predict(X))


def test_the_best_number_of_rounds_is_that_of_the_mean_over_folds():
    """The low loss of the first fold in its second round does not decide."""
    assert best_rounds([np.array([0.6, 0.1, 0.5]), np.array([0.6, 0.9, 0.3])], [1.0, 1.0]) == 3
    assert best_rounds([np.array([0.6, 0.4]), np.array([0.6, 0.5, 0.45])], [1.0, 1.0]) == 3


def test_settings_are_accepted_only_under_lightgbms_own_name():
    """A default under LightGBM's own name would override a setting under scikit-learn's name."""
    for theirs, own in _ALIASES.items():
        with pytest.raises(ValueError, match=f"must set '{own}'"):
            check_settings({theirs: 1})
        check_settings({own: 1})
        assert boosting({own: 1}, [0] * 4, 100, 0, 1).params[own] == 1


@pytest.mark.parametrize(
    "name", ["sigmoid", "linear_tree", "boosting", "early_stopping_round", "class_weight", "bagging_seed"]
)
def test_settings_that_break_the_risk_are_refused(name):
    with pytest.raises(ValueError, match=f"must not set '{name}'"):
        check_settings({name: 1})
