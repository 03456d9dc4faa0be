"""The shared formulas equal those of scipy and scikit-learn, and stay finite at the ends."""

import numpy as np
import pytest
import scipy.special
from sklearn.metrics import log_loss

from forestall.statistics import clip_risk, expit, log_losses, log_losses_of_log_odds, logit

LOG_ODDS = np.linspace(-30, 30, 1001)


def test_expit_and_logit_equal_those_of_scipy():
    np.testing.assert_allclose(expit(LOG_ODDS), scipy.special.expit(LOG_ODDS), rtol=0, atol=1e-15)
    risk = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(logit(risk), scipy.special.logit(risk), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(expit(logit(risk)), risk, rtol=1e-12)


def test_expit_does_not_overflow():
    with np.errstate(all="raise"):
        assert expit(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]


def test_the_mean_log_loss_equals_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    risk = rng.random(500)
    label = (rng.random(500) < risk).astype(float)
    assert log_losses(label, risk).mean() == pytest.approx(log_loss(label, risk), rel=1e-12)


def test_the_log_loss_of_log_odds_equals_that_of_their_risks():
    label = (np.arange(len(LOG_ODDS)) % 2).astype(float)
    from_risk = log_losses(label, scipy.special.expit(LOG_ODDS))
    np.testing.assert_allclose(log_losses_of_log_odds(label, LOG_ODDS), from_risk, rtol=1e-4, atol=1e-14)
    middle = np.abs(LOG_ODDS) < 5
    np.testing.assert_allclose(log_losses_of_log_odds(label, LOG_ODDS)[middle], from_risk[middle], rtol=1e-12)


def test_the_log_loss_of_missing_log_odds_is_missing():
    found = log_losses_of_log_odds(np.array([0.0, 1.0, 1.0]), np.array([[0.0, np.nan, np.inf]]))
    assert found[0, 0] == pytest.approx(np.log(2))
    assert np.isnan(found[0, 1:]).all()


def test_a_certain_and_wrong_risk_has_a_finite_log_loss_once_it_is_clipped():
    assert np.isfinite(log_losses(np.array([1.0, 0.0]), clip_risk(np.array([0.0, 1.0])))).all()
    assert clip_risk(np.array([0.3])).tolist() == [0.3]
