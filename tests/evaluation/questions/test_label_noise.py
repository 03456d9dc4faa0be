"""Label noise: from repeated services, and from the true risk."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.label_noise import noise
from forestall.reporting.text.calibration import label_noise


def visits(n: int, trait: float, seed: int = 0) -> pl.DataFrame:
    """Return four visits of each of `n` customers; `trait` is how much their lasting habits move the risk."""
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


def test_the_error_of_an_exact_model_is_all_noise():
    rows = visits(1500, trait=0.0)
    found = noise(rows, rows)
    assert found.n_pairs == 4500
    assert found.differ_low < 2 * (rows["risk"] * (1 - rows["risk"])).mean() < found.differ_high
    assert found.share == pytest.approx(1, abs=0.06)
    assert found.true_share == pytest.approx(1, abs=0.03)


def test_the_error_that_a_worse_model_could_avoid_is_no_noise():
    rows = visits(1500, trait=0.0)
    blind = rows.with_columns(risk=pl.lit(rows["label"].mean()))
    assert noise(rows, blind).share < 0.97
    assert noise(rows, blind).true_share == pytest.approx(noise(rows, blind).share, abs=0.05)


def test_repeats_of_unlike_services_set_the_model_no_limit():
    """If different services count as the same, the share of noise is 1 or more, and the report says what that means."""
    rows = visits(1500, trait=0.0)
    coarse = rows.with_columns(channel=pl.lit("phone"))
    knowing = rows.with_columns(risk=(0.5 * pl.col("risk") + 0.5 * pl.col("label")))
    found = noise(coarse, knowing)
    assert found.share_low > 1
    told = label_noise(SimpleNamespace(certainty=SimpleNamespace(noise=found)))
    assert "gives no lower limit of the error" in told
    assert "100" not in told
    assert "of the remaining error is label noise" in label_noise(
        SimpleNamespace(certainty=SimpleNamespace(noise=noise(rows, rows.with_columns(risk=pl.lit(0.3)))))
    )


def test_repeats_agree_more_if_customers_differ():
    assert (
        noise(visits(1500, trait=0.1), visits(1500, trait=0.1)).differ
        < noise(visits(1500, 0.0), visits(1500, 0.0)).differ
    )


def test_too_few_repeats_give_no_figure():
    rows = visits(20, trait=0.0)
    assert noise(rows, rows) is None
    assert noise(visits(200, 0.0).with_columns(customer_id=pl.lit(None, pl.String)), rows) is None
