"""Named settings of LightGBM for different amounts of signal, and the choice between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forestall.statistics import Floats, Ints, log_losses_of_log_odds

PRESETS: dict[str, dict[str, Any]] = {
    # Random thresholds and few leaves, because ratings hold little signal: greedy splits mostly fit noise.
    "noisy": {
        "learning_rate": 0.1,
        "num_leaves": 15,
        "extra_trees": True,
        "min_sum_hessian_in_leaf": 3.0,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.5,
        "lambda_l2": 3.0,
    },
    "medium": {
        "learning_rate": 0.1,
        "num_leaves": 15,
        "extra_trees": False,
        "min_sum_hessian_in_leaf": 3.0,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "lambda_l2": 3.0,
    },
    # All columns for each tree: what is nearly certain often lies in several of them together.
    "strong": {
        "learning_rate": 0.15,
        "num_leaves": 31,
        "extra_trees": False,
        "min_sum_hessian_in_leaf": 1.0,
        "feature_fraction": 1.0,
        "bagging_fraction": 0.8,
        "lambda_l2": 1.0,
    },
}
"""LightGBM's settings by name, the most careful first."""


def presets(extra: Mapping[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Return the presets with settings of one's own, which come first; equal ones are left out.

    Parameters
    ----------
    extra
        LightGBM parameters.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, preset in PRESETS.items():
        own = {**preset, **(extra or {})}
        if own not in found.values():
            found[name] = own
    return found


def choose_preset(y: Floats, weight: Floats, interaction: Ints, raw: Mapping[str, Floats]) -> str:
    """Return the preset with the lowest log-loss on held-out rows.

    A less careful one is chosen only if its gain is larger than one standard error.

    Parameters
    ----------
    y, weight, interaction
        Labels, weights and interactions of the rows, shape (n,). Moments of one interaction are not independent.
    raw
        By preset, the most careful first, log-odds of rows that the model has not learnt from, shape (n,).
    """
    names = list(raw)
    chosen = names[0]
    places = np.unique(interaction, return_inverse=True)[1]
    whole = np.bincount(places, weight)
    losses = {name: np.bincount(places, weight * log_losses_of_log_odds(y, raw[name])) for name in names}
    for name in names[1:]:
        gain = losses[chosen] - losses[name]
        mean = gain.sum() / whole.sum()
        error = np.sqrt(((gain - mean * whole) ** 2).sum()) / whole.sum()
        if mean > error:
            chosen = name
    return chosen
