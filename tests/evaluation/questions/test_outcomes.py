"""Models of different labels compared on each outcome."""

import math

import numpy as np
import polars as pl

from forestall.evaluation.questions.outcomes import outcome_predictions


def rows(seed: int = 0, n: int = 1500) -> pl.DataFrame:
    """Return interactions with the true risk of a model (`risk_0`), and one of noise that abstains once (`risk_1`)."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(1, 3, n)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "customer_id": [f"c{i // 2}" for i in range(n)],
            "label": (rng.random(n) < risk).astype(int),
            "risk_0": risk,
            "risk_1": [None, *rng.random(n - 1)],
        }
    )


def test_each_model_is_measured_on_each_outcome():
    never = rows().with_columns(label=pl.lit(0))
    found = outcome_predictions({"bad rating": rows(), "complaint": never}, {"rating": 900, "noise": 30})
    assert [(one.outcome, one.model, one.n_learnt, one.n) for one in found] == [
        ("bad rating", "rating", 900, 1500),
        ("bad rating", "noise", 30, 1499),
        ("complaint", "rating", 900, 1500),
        ("complaint", "noise", 30, 1499),
    ]
    good, noise, *undefined = found
    assert good.auc_low > 0.6 > noise.auc_high
    assert noise.auc_low < 0.5 < noise.auc_high
    assert all(math.isnan(one.auc) and one.n_positive == 0 for one in undefined)
