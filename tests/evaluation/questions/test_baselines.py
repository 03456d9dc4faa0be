"""Baselines: each uses its columns, and is left out without them."""

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.metrics import risk_metrics
from forestall.evaluation.questions.baselines import baselines


def world(seed, n=4000):
    rng = np.random.default_rng(seed)
    wait, resolved = rng.gamma(2, 60, n), rng.random(n) < 0.7
    channel = rng.choice(["phone", "chat"], n)
    risk = 1 / (1 + np.exp(-(-2.4 + 0.008 * wait - 1.2 * resolved + 0.8 * (channel == "chat"))))
    X = pl.DataFrame(
        {
            "service_wait_s": wait,
            "service_wait_breached": (wait > 90).astype(float),
            "resolution_resolved": resolved.astype(float),
            "channel": channel,
            "service_hold_s": rng.normal(size=n),
        }
    )
    return X, (rng.random(n) < risk).astype(int)


def test_each_baseline_predicts_from_its_columns():
    X, y = world(0)
    later, y_later = world(1)
    found = {name: risk_metrics(y_later, risks) for name, risks in baselines(X, y, None, later).items()}
    assert list(found) == ["base_rate", "logistic", "rule", "wait"]
    assert found["base_rate"]["auc"] == 0.5
    assert found["base_rate"]["mean_risk"] == pytest.approx(y.mean())
    assert found["logistic"]["auc"] > found["wait"]["auc"] > 0.6
    assert found["rule"]["auc"] > 0.55
    for name in ("logistic", "rule", "wait"):
        assert found[name]["log_loss"] < found["base_rate"]["log_loss"]
        assert found[name]["calibration_error"] < 0.03


def test_the_rule_gives_its_share_in_training():
    X = pl.DataFrame(
        {
            "service_wait_breached": [1.0, 0.0, None, 0.0] * 500,
            "resolution_resolved": [1.0, 1.0, None, 0.0] * 500,
        }
    )
    y = np.array(([1, 0, 0, 1] * 250) + ([0, 0, 1, 1] * 250))
    risks = baselines(X, y, None, X[:4])["rule"]
    # holds: breached half of the time and unresolved always, 0.75; does not hold: 0; not known: 0.5
    assert risks == pytest.approx([0.75, 0.0, 0.5, 0.75], abs=0.02)
    assert (risks > 0).all()


def test_a_longer_wait_never_has_a_lower_risk():
    X, y = world(2)
    waits = pl.DataFrame({"service_wait_s": [*np.linspace(0, 2000, 200), None]})
    risks = baselines(X.select("service_wait_s"), y, None, waits)["wait"]
    assert (np.diff(risks[:-1]) >= 0).all()
    assert risks[-1] == pytest.approx(y.mean(), abs=0.01)


def test_a_baseline_without_its_columns_is_left_out_and_logged(caplog):
    X, y = world(3, 500)
    caplog.set_level("INFO", logger="forestall")
    found = baselines(X.drop("resolution_resolved", "service_wait_s"), y, None, X[:3])
    assert list(found) == ["base_rate", "logistic"]
    assert "rule is left out, because there is no resolution_resolved" in caplog.text


def test_missing_values_extreme_numbers_and_unknown_categories_are_scored():
    X, y = world(4, 800)
    X = X.with_columns(
        service_hold_s=pl.when(pl.col("service_hold_s") > 0).then(None).otherwise(float("inf")),
        nothing=pl.lit(None, dtype=pl.Float64),
        same=pl.lit(3),
        is_new=pl.Series(y == 1) & (pl.col("service_wait_s") > 50),
    )
    odd = X[:3].with_columns(
        channel=pl.lit("carrier pigeon"), service_wait_s=pl.Series([1e12, float("nan"), None])
    )
    for risks in baselines(X, y, np.linspace(0.1, 1, len(y)), odd).values():
        assert ((risks > 0) & (risks < 1)).all()


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_leaves_the_base_rate(label):
    X, y = world(5, 50)
    found = baselines(X, np.full(len(y), label), None, X)
    assert list(found) == ["base_rate"]
    assert (found["base_rate"] == label).all()
