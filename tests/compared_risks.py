"""Two risks of the same interactions, for the tests of the gate: one of a good model and one of a worse model."""

from typing import Any

import numpy as np
import polars as pl

from forestall.evaluation.check import Check
from forestall.model.spec import Gate
from forestall.promotion.gate import comparison_checks

CHANNELS = ["in_store", "phone", "chat", "web"]


def sigmoid(log_odds: Any) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def moments(seed: int, n: int = 3000, skill: float = 1.2) -> pl.DataFrame:
    """Return one moment per interaction, with the `risk` of a calibrated model and the `worse_risk` of another.

    With a skill of 0 the risks are noise.
    """
    rng = np.random.default_rng(seed)
    signal, error = rng.normal(size=n), rng.normal(size=n)
    truth = sigmoid(-1.8 + skill * signal)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{k}" for k in range(n)],
            "customer_id": [f"c{k // 2}" for k in range(n)],
            "is_last": np.full(n, True),
            "label": (rng.uniform(size=n) < truth).astype(int),
            "risk": sigmoid(-1.8 + (skill or 0.3) * signal),
            "worse_risk": sigmoid(-1.8 + 0.75 * skill * signal + 0.45 * error),
            "risk_base_rate": np.full(n, truth.mean()),
            "risk_logistic": sigmoid(-1.8 + 0.4 * signal),
            "channel": np.array(CHANNELS)[rng.choice(4, n, p=[0.5, 0.25, 0.15, 0.1])],
        }
    )


def compare_risks(rows: pl.DataFrame, new: Any, old: Any, **options: Any) -> dict[str, Check]:
    """Return the checks of the risk `new` against the champion's risk `old`, by name."""
    both = rows.with_columns(risk=new, risk_champion=old)
    return {one.check: one for one in comparison_checks(both, Gate(), segments=["channel"], **options)}


def failed(checks: dict[str, Check]) -> set[str]:
    """Return the names of the failed checks."""
    return {name for name, check in checks.items() if not check.passed}
