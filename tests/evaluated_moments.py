"""Moments of interactions with a known true risk, to evaluate."""

import datetime as dt

import numpy as np
import polars as pl

STAGES = ("arrived", "served", "responded", "closed")


def moments(n: int, seed: int = 0) -> pl.DataFrame:
    """Return four moments of each of `n` interactions; the risk gets closer to the true risk at each."""
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(n, 2))
    truth = 1 / (1 + np.exp(-(-2 + 1.3 * causes[:, 0] + 0.6 * causes[:, 1])))
    label = (rng.random(n) < truth).astype(int)
    frames = []
    for place, stage in enumerate(STAGES):
        known = place / 3
        risk = known * truth + (1 - known) * truth.mean()
        frames.append(
            pl.DataFrame(
                {
                    "interaction_id": [f"i{i}" for i in range(n)],
                    "customer_id": [None if i % 10 == 0 else f"c{i // 2}" for i in range(n)],
                    "as_of": dt.datetime(2026, 1, 1, place, tzinfo=dt.UTC),
                    "stage": stage,
                    "is_last": stage == "closed",
                    "weight": 0.25,
                    "label": label,
                    "risk": risk,
                    "risk_low": risk * 0.9,
                    "risk_high": risk * 1.1,
                    "true_risk": truth,
                    "channel": np.where(np.arange(n) % 50 == 0, "letter", "phone"),
                    "risk_base_rate": label.mean(),
                    "risk_logistic": truth * 0.8 + 0.2 * truth.mean(),
                    "risk_rule": np.where(causes[:, 0] > 0.5, 0.3, 0.1),
                },
                schema_overrides={"customer_id": pl.String},
            )
        )
    return pl.concat(frames)
