"""Calibration: the candidates, the choice between them, and a comparison with the package of Venn-Abers."""

import json

import numpy as np
import pytest
from venn_abers.venn_abers import VennAbers

from forestall.model.calibration import (
    CALIBRATORS,
    Calibrator,
    _error_of_mean,
    choose_calibrator,
    fit_calibrator,
)
from forestall.statistics import expit, log_losses


def rows(n: int = 4000, slope: float = 1.0, shift: float = 0.0, seed: int = 0):
    """Return log-odds and labels whose true log-odds are slope * raw + shift."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(-1.5, 1.2, size=n)
    return raw, (rng.random(n) < expit(slope * raw + shift)).astype(float)


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_every_candidate_rises_and_stays_within_0_and_1(kind):
    calibrator = fit_calibrator(kind, *rows())
    risk = calibrator(np.linspace(-40, 40, 2001))
    assert (np.diff(risk) >= 0).all()
    assert 0 < risk.min() < risk.max() < 1


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_every_candidate_survives_json(kind):
    calibrator = fit_calibrator(kind, *rows())
    again = Calibrator.from_dict(json.loads(json.dumps(calibrator.as_dict(), allow_nan=False)))
    grid = np.linspace(-5, 5, 999)
    assert np.array_equal(calibrator(grid), again(grid))


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic", "venn_abers"])
def test_every_candidate_corrects_overconfidence(kind):
    raw, y = rows(slope=0.5, shift=-0.3)
    new_raw, new_y = rows(slope=0.5, shift=-0.3, seed=1)
    before, after = (
        log_losses(new_y, one(new_raw)).mean() for one in (Calibrator(), fit_calibrator(kind, raw, y))
    )
    assert after < before - 0.01


def test_the_sigmoid_finds_the_line():
    calibrator = fit_calibrator("sigmoid", *rows(n=50_000, slope=0.7, shift=0.4))
    assert calibrator.slope == pytest.approx(0.7, abs=0.03)
    assert calibrator.intercept == pytest.approx(0.4, abs=0.06)


def test_the_sigmoid_of_log_odds_in_the_wrong_order_is_the_base_rate():
    raw, y = rows(slope=-1.0)
    risk = fit_calibrator("sigmoid", raw, y)(np.array([-2.0, 2.0]))
    assert risk[0] == risk[1] == pytest.approx(y.mean(), abs=0.01)


def test_the_sigmoid_of_a_perfect_separation_stays_finite():
    raw = np.array([-2.0, -1, 1, 2])
    calibrator = fit_calibrator("sigmoid", raw, (raw > 0).astype(float))
    assert np.isfinite([calibrator.slope, calibrator.intercept]).all()


def test_venn_abers_equals_its_package_at_every_known_score():
    raw, y = rows(n=1500)
    raw = np.round(raw, 2)
    risk = np.column_stack([1 - expit(raw), expit(raw)])
    package = VennAbers()
    package.fit(risk, y)
    expected, _ = package.predict_proba(risk)
    assert fit_calibrator("venn_abers", raw, y)(raw) == pytest.approx(expected[:, 1], abs=1e-9)


def test_fitting_venn_abers_does_not_change_the_warnings_of_numpy():
    with np.errstate(divide="raise", invalid="raise"):
        fit_calibrator("venn_abers", *rows(n=300))
        assert np.geterr()["divide"] == np.geterr()["invalid"] == "raise"


BLOCK = np.repeat(np.arange(4), 1000)


@pytest.mark.slow
@pytest.mark.parametrize("is_in_time", [True, False])
def test_calibrated_log_odds_get_no_calibrator(is_in_time):
    found = [choose_calibrator(*rows(seed=s), BLOCK, is_in_time)[0] for s in range(10)]
    simplest = [one.intercept for one in found if one.kind == ("level" if is_in_time else "none")]
    assert len(simplest) >= 7
    assert max(np.abs(simplest)) < 0.08  # a standard error of one block is 0.09


def test_a_drift_of_the_level_is_followed_and_needs_a_time():
    raw, y = rows(shift=-0.4)
    later, _ = choose_calibrator(raw, y, BLOCK, is_in_time=True)
    assert later.kind in {"level", "sigmoid"}
    assert later.intercept == pytest.approx(-0.4, abs=0.15)
    assert "level" not in choose_calibrator(raw, y, BLOCK, is_in_time=False)[1]


def test_the_description_says_what_is_added_for_a_drift():
    assert "adds -0.12 to them" in Calibrator("level", intercept=-0.123).describe()
    assert Calibrator().describe() == "calibrator none"


@pytest.mark.parametrize("is_in_time", [True, False])
def test_overconfident_log_odds_get_the_simplest_calibrator(is_in_time):
    kinds = [choose_calibrator(*rows(slope=0.5, seed=s), BLOCK, is_in_time)[0].kind for s in range(10)]
    assert kinds.count("sigmoid") >= 8


def test_a_curve_that_is_no_sigmoid_gets_a_step_function():
    rng = np.random.default_rng(0)
    raw = rng.normal(-1, 1.5, size=4000)
    y = (rng.random(4000) < np.where(np.abs(raw) < 1, 0.15, np.where(raw > 0, 0.8, 0.02))).astype(float)
    chosen, losses = choose_calibrator(raw, y, BLOCK, True)
    assert chosen.kind in {"isotonic", "venn_abers"}
    assert losses[chosen.kind] < losses["sigmoid"] < losses["none"]


def test_few_rows_get_no_step_function():
    raw, y = rows(n=400)
    _, losses = choose_calibrator(raw, y, np.repeat(np.arange(4), 100), True)
    assert set(losses) == {"none", "level", "sigmoid"}


def test_a_step_without_a_dissatisfied_customer_has_a_risk_above_0():
    raw = np.repeat([-2.0, 0.0, 2.0], 400)
    y = np.concatenate([np.zeros(400), np.tile([1.0, 0.0, 0.0, 0.0], 100), np.ones(400)])
    low, middle, high = fit_calibrator("isotonic", raw, y)(np.array([-3.0, 0.0, 3.0]))
    assert low == pytest.approx(1 / (400 + 1200 / 500))
    assert low < middle < high < 1
    assert middle == pytest.approx(0.25, abs=0.002)


@pytest.mark.parametrize("kind", CALIBRATORS)
def test_equal_weights_change_no_bit(kind):
    raw, y = rows()
    grid = np.linspace(-6, 4, 999)
    plain, weighted = fit_calibrator(kind, raw, y), fit_calibrator(kind, raw, y, np.full(len(y), 4.0))
    assert np.array_equal(plain(grid), weighted(grid))


@pytest.mark.parametrize("kind", ["sigmoid", "isotonic", "venn_abers"])
def test_a_row_of_weight_5_counts_like_5_rows(kind):
    raw, y = rows(n=3000)
    weight = np.where(raw > 0, 5.0, 1.0)
    y = np.where(raw > 0, (np.random.default_rng(2).random(len(y)) < 0.3).astype(float), y)
    times = weight.astype(int)
    repeated = fit_calibrator(kind, np.repeat(raw, times), np.repeat(y, times))
    weighted, plain = fit_calibrator(kind, raw, y, weight), fit_calibrator(kind, raw, y)
    grid = np.linspace(-2, 2, 50)
    assert np.abs(weighted(grid) - repeated(grid)).max() < 0.02
    if kind == "sigmoid":  # a function of two parameters fits where the weight is
        assert np.abs(plain(grid) - repeated(grid)).max() > 0.05


def test_a_candidate_that_helps_where_the_weight_is_is_chosen():
    raw, y = rows(n=4000)
    is_heavy = np.arange(len(y)) % 20 == 0
    y = np.where(is_heavy, (np.random.default_rng(3).random(len(y)) < expit(0.2 * raw - 1)).astype(float), y)
    block = np.repeat(np.arange(4), 1000)
    assert choose_calibrator(raw, y, block, True)[0].kind == "level"
    assert choose_calibrator(raw, y, block, True, np.where(is_heavy, 20.0, 1.0))[0].kind != "level"


def test_the_error_of_a_weighted_mean_is_that_of_its_effective_number_of_rows():
    values, rng = [], np.random.default_rng(0)
    weight = np.where(np.arange(400) < 40, 5.0, 1.0)
    for _ in range(300):
        values.append(np.average(rng.normal(size=400), weights=weight))
    assert _error_of_mean(rng.normal(size=400), weight) == pytest.approx(np.std(values), rel=0.2)
    same = rng.normal(size=400)
    assert _error_of_mean(same, np.full(400, 2.0)) == pytest.approx(_error_of_mean(same, None), rel=0.01)
