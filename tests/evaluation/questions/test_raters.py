"""Raters: response by segment, weights for non-response, and who comes back."""

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.metrics.risk_metrics import risk_metrics
from forestall.evaluation.questions.raters import effective_size, raters, response_weights


def everybody(n: int = 6000, seed: int = 0) -> pl.DataFrame:
    """Return customers; those of shops are more satisfied and rate three times as often. `would_say` is all labels."""
    rng = np.random.default_rng(seed)
    shop = rng.random(n) < 0.5
    risk = np.where(shop, rng.beta(1, 9, n), rng.beta(2, 5, n))
    would_say = (rng.random(n) < risk).astype(int)
    rated = rng.random(n) < np.where(shop, 0.6, 0.2)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "customer_id": [f"c{i}" for i in range(n)],
            "channel": np.where(shop, "shop", "phone"),
            "risk": risk,
            "risk_band": np.where(risk > 0.4, "high", "low"),
            "is_rated": rated,
            "would_say": would_say,
            "label": pl.Series(would_say).set(pl.Series(~rated), None),
            "came_back": rng.random(n) < np.where(risk > 0.4, 0.3, 0.8),
        }
    )


def test_the_response_is_measured_overall_and_by_segment():
    rows = everybody()
    found = raters(rows, ["channel"])
    assert found.overall.share == pytest.approx(rows["is_rated"].mean())
    assert found.overall.low < found.overall.share < found.overall.high
    assert [one.name for one in found.by_segment] == ["phone", "shop"]  # the lowest first
    assert found.mean_risk_raters < found.mean_risk_others
    assert found.distance > 0.2


@pytest.mark.slow
def test_weighted_metrics_are_near_those_of_all_customers():
    rows = everybody()
    found = raters(rows, ["channel"])
    of_all = risk_metrics(rows["would_say"], rows["risk"])
    for name in ("base_rate", "mean_risk", "log_loss"):
        plain, weighted = found.weighted[name]["plain"], found.weighted[name]["weighted"]
        assert abs(weighted - of_all[name]) < 0.35 * abs(plain - of_all[name]), name
    assert found.response_auc == pytest.approx(0.7, abs=0.05)
    assert found.metrics()["raters/weighted/log_loss"] == found.weighted["log_loss"]["weighted"]


def test_no_weight_is_above_ten_times_the_mean():
    rows = everybody().with_columns(
        is_rated=(pl.col("channel") == "shop") | (pl.int_range(pl.len()) % 500 == 0)
    )
    weight, _ = response_weights(rows, ["channel"])
    rated = rows["is_rated"].to_numpy()
    assert weight[rated].max() == pytest.approx(10, rel=0.01)
    assert weight[rated].mean() == pytest.approx(1, rel=0.01)
    assert 0 < effective_size(weight[rated]) < rated.sum()
    assert effective_size(np.ones(7)) == 7
    assert effective_size(np.array([1.0, 0, 0])) == 1


def test_the_share_that_came_back_is_measured_by_band_and_rating():
    back = {(one.column, one.name): one.share for one in raters(everybody(), ["channel"]).back}
    assert set(back) == {("rated", "low"), ("rated", "high"), ("silent", "low"), ("silent", "high")}
    assert back["silent", "high"] < 0.45 < back["silent", "low"]


def test_if_all_or_nobody_rated_there_is_nothing_to_compare():
    assert raters(everybody().with_columns(is_rated=pl.lit(True)), ["channel"]) is None
    assert raters(everybody().with_columns(is_rated=pl.lit(False)), ["channel"]) is None
