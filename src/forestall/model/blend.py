"""The blend: a weighted mean of the log-odds of the trees and of the linear part."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from forestall.statistics import Floats, log_losses_of_log_odds

# The prior of the weight of the trees. On few data both parts count about the same; the deviation says how soon the
# data decide.
_MIDDLE, _DEVIATION = 0.5, 0.3


def weight_of_trees(y: Floats, weight: Floats, trees: Floats, linear: Floats) -> float:
    """Return the weight of the trees, from 0 to 1: that with the lowest log-loss, shrunk towards one half.

    Parameters
    ----------
    y, weight
        Labels 0 or 1, and weights that add up to the number of interactions, shape (n,).
    trees, linear
        Log-odds of rows that neither part has learnt from, shape (n,).
    """

    def cost(share: float) -> float:
        raw = share * trees + (1 - share) * linear
        loss = float(weight @ log_losses_of_log_odds(y, raw))
        return loss + (share - _MIDDLE) ** 2 / (2 * _DEVIATION**2)

    if not len(y):
        return _MIDDLE
    found = minimize_scalar(cost, bounds=(0, 1), method="bounded", options={"xatol": 1e-3})
    return float(np.round(found.x, 2))
