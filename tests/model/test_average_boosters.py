"""The mean of several boosters as one booster."""

import lightgbm as lgb
import numpy as np
import pytest

from forestall.model.average_boosters import average_boosters
from forestall.model.boosting import boosting

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
