"""What a model looks at: by feature, how much it moves the risk."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.model import RiskModel

MOST_MOMENTS = 1000  # contributions are slow, and their means are steady by then


def importance(model: RiskModel, tables: Tables, moments: pl.DataFrame) -> list[dict[str, Any]]:
    """Return each feature's share in the model's work, the strongest first.

    Parameters
    ----------
    model
        Whose features.
    tables, moments
        Moments of these tables, `interaction_id` and `as_of`; of many, a thousand at equal distances are taken.

    Returns
    -------
    list of dict
        `feature`, `family`, `gain` (the total by which its splits lowered the loss in training), `contribution`
        (the mean size of what it adds to the log-odds, either way) and `description`.
    """
    some = moments[:: -(-moments.height // MOST_MOMENTS)]
    frame = model.features(tables, some.select("interaction_id", "as_of")).select(list(model.columns))
    booster = model.estimator.booster_
    contributions = np.asarray(booster.predict(model.estimator.encode(frame), pred_contrib=True))
    sizes = np.abs(contributions[:, :-1]).mean(axis=0)
    gains = booster.feature_importance("gain")
    rows = [
        {
            "feature": column,
            "family": family,
            "gain": float(gain),
            "contribution": float(size),
            "description": feature.description,
        }
        for (column, (family, feature)), gain, size in zip(model.columns.items(), gains, sizes, strict=True)
    ]
    return sorted(rows, key=lambda row: -float(row["contribution"]))
