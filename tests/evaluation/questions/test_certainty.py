"""How sure: the band of a perfect model, what intervals hold, and how much is noise."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.metrics.curves import reliability_points
from forestall.evaluation.questions.certainty import certainty, noise
from forestall.reporting.text.calibration import label_noise


def inside(points) -> list[bool]:
    return [
        low <= rate <= high
        for low, rate, high in zip(points["low"], points["rate"], points["high"], strict=True)
    ]


def test_the_band_holds_right_risks_19_times_of_20():
    rng = np.random.default_rng(0)
    held = []
    for seed in range(40):
        p = rng.beta(1, 4, 800)
        y = (rng.random(800) < p).astype(float)
        held += inside(reliability_points(y, p, np.ones(800), 10, seed=seed, n_draws=500))
    assert 0.92 < np.mean(held) < 0.985
    # and not those of a model that says half of it
    wrong = reliability_points(y, p / 2, np.ones(800), 10)
    assert sum(inside(wrong)) < 6


def test_each_stage_and_group_has_its_own_points(frame):
    found = certainty(frame, ["channel"])
    assert list(found.by_stage) == ["arrived", "served", "responded", "closed"]
    assert list(found.by_segment) == ["channel: phone"]  # of the letters there are too few
    assert sum(found.by_stage["closed"]["n"]) == 2000
    assert np.mean(inside(found.by_stage["closed"])) > 0.6


def test_intervals_are_compared_with_the_truth_and_with_what_came(frame):
    found = certainty(frame).coverage
    assert found.share == 1
    assert found.bin_share > 0.8
    assert len(found.bins["risk"]) == 10
    far = certainty(
        frame.with_columns(risk_low=pl.col("risk") * 0.1, risk_high=pl.col("risk") * 0.2)
    ).coverage
    assert far.share == 0
    assert far.bin_share < 0.5
    assert certainty(frame.drop("risk_low")).coverage is None


def visits(n: int, trait: float, seed: int = 0) -> pl.DataFrame:
    """Return four visits of each of n customers, with the risk that all that can be seen gives."""
    rng = np.random.default_rng(seed)
    seen = np.repeat(rng.random((n, 1)) < 0.4, 4, axis=1)
    risk = np.where(seen, 0.35, 0.1)
    hidden = np.clip(risk + trait * rng.choice([-1, 1], (n, 1)), 0, 1)
    return pl.DataFrame(
        {
            "customer_id": np.repeat([f"c{i}" for i in range(n)], 4),
            "as_of": [
                dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=i % 4) for i in range(4 * n)
            ],
            "channel": np.where(seen.ravel(), "phone", "chat"),
            "label": (rng.random((n, 4)) < hidden).ravel().astype(int),
            "risk": risk.ravel(),
            "true_risk": risk.ravel(),
        }
    )


def test_a_perfect_model_has_only_noise_left():
    rows = visits(1500, trait=0.0)
    found = noise(rows, rows)
    assert found.n_pairs == 4500
    assert found.differ_low < 2 * (rows["risk"] * (1 - rows["risk"])).mean() < found.differ_high
    assert found.share == pytest.approx(1, abs=0.06)
    assert found.true_share == pytest.approx(1, abs=0.03)


def test_what_a_worse_model_could_still_learn_is_not_noise():
    rows = visits(1500, trait=0.0)
    blind = rows.with_columns(risk=pl.lit(rows["label"].mean()))
    assert noise(rows, blind).share < 0.97
    assert noise(rows, blind).true_share == pytest.approx(noise(rows, blind).share, abs=0.05)


def test_repeats_that_share_less_than_the_model_sees_set_it_no_limit():
    """Services taken for the same that are not: their difference is no noise, and nobody is told so."""
    rows = visits(1500, trait=0.0)
    coarse = rows.with_columns(channel=pl.lit("phone"))
    knowing = rows.with_columns(risk=(0.5 * pl.col("risk") + 0.5 * pl.col("label")))
    found = noise(coarse, knowing)
    assert found.share_low > 1
    told = label_noise(SimpleNamespace(certainty=SimpleNamespace(noise=found)))
    assert "gives no lower limit of the error" in told
    assert "100" not in told
    assert "remaining error is label noise" in label_noise(
        SimpleNamespace(certainty=SimpleNamespace(noise=noise(rows, rows.with_columns(risk=pl.lit(0.3)))))
    )


def test_customers_who_differ_make_repeats_agree():
    assert (
        noise(visits(1500, trait=0.1), visits(1500, trait=0.1)).differ
        < noise(visits(1500, 0.0), visits(1500, 0.0)).differ
    )


def test_too_few_repeats_say_nothing():
    rows = visits(20, trait=0.0)
    assert noise(rows, rows) is None
    assert noise(visits(200, 0.0).with_columns(customer_id=pl.lit(None, pl.String)), rows) is None
