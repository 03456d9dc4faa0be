"""The points of the charts."""

import numpy as np
import pytest
from sklearn.metrics import auc, roc_auc_score

from forestall.evaluation.metrics.curves import curves

RNG = np.random.default_rng(0)
RISK = RNG.beta(1, 4, 3000)
LABEL = (RNG.random(3000) < RISK).astype(float)
WEIGHT = np.ones(3000)


def test_the_area_under_the_thinned_roc_curve_is_the_auc():
    roc = curves(LABEL, RISK, WEIGHT, {}).roc
    assert len(roc["caught"]) <= 200
    assert auc(roc["false_alarms"], roc["caught"]) == pytest.approx(roc_auc_score(LABEL, RISK), abs=0.005)


def test_capture_rises_from_nobody_to_all_for_the_risk_and_each_baseline():
    capture = curves(LABEL, RISK, WEIGHT, {"rule": np.full(3000, 0.2)}).capture
    for name in ("risk", "rule"):
        assert capture[name][0] == 0
        assert capture[name][-1] == pytest.approx(1)
        assert (np.diff(capture[name]) >= 0).all()
    assert capture["rule"] == pytest.approx(capture["share"])


def test_one_class_has_neither_capture_nor_roc():
    found = curves(np.zeros(50), RISK[:50], np.ones(50), {})
    assert found.capture == found.roc == {}
    assert sum(found.spread["satisfied"]) == pytest.approx(1)
    assert sum(found.spread["dissatisfied"]) == 0


def test_no_rows_have_no_points():
    assert curves(np.empty(0), np.empty(0), np.empty(0), {}).reliability == {}
