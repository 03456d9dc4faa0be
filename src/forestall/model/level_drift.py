"""The drift of the base rate: by how much later interactions go worse, or better, than a model expects of them."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from forestall.statistics import Floats, Ints, expit, log_losses_of_log_odds

# The prior of the drift has the mean 0: with few blocks, or blocks that contradict each other, nothing is corrected.
_PRIOR_DEVIATION = 0.1
# A block of one class has a shift, too: that of a block has the prior 0 with this deviation, which hardly moves others.
_BLOCK_DEVIATION, _LARGEST = 2.0, 4.0


def expected_shift(raw: Floats, y: Floats, weight: Floats, block: Ints) -> float:
    """Return by how much the log-odds of the next rows in time are expected to be too low.

    Each block is predicted by a model that learnt from all earlier rows, so its shift is what such a model misses in
    the next rows. The shifts of all blocks have a common mean, from which each block departs at random (Paule and
    Mandel 1982). This mean is shrunk towards 0.

    Parameters
    ----------
    raw
        Log-odds of rows that the model of their block has not learnt from, shape (n,).
    y, weight
        Labels 0 or 1, and weights as counts of rows, shape (n,).
    block
        The block of each row, shape (n,).
    """
    found = [_shift(raw[rows], y[rows], weight[rows]) for rows in (block == k for k in np.unique(block))]
    if not found:
        return 0.0
    mean, variance = found[0] if len(found) == 1 else _common_mean(*np.array(found).T)
    # rounded, so that the order of the rows cannot move a score
    return round(mean * _PRIOR_DEVIATION**2 / (_PRIOR_DEVIATION**2 + variance), 3)


def _shift(raw: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Return the shift of the log-odds of one block with the lowest log-loss, and its variance."""

    def cost(shift: float) -> float:
        loss = weight @ log_losses_of_log_odds(y, raw + shift)
        return float(loss + shift**2 / (2 * _BLOCK_DEVIATION**2))

    bounds = (-_LARGEST, _LARGEST)
    shift = float(minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x)
    risk = expit(raw + shift)
    return shift, float(1 / (weight @ (risk * (1 - risk)) + 1 / _BLOCK_DEVIATION**2))


def _common_mean(shift: Floats, variance: Floats) -> tuple[float, float]:
    """Return the mean of shifts that differ beyond their own variances, and its variance."""
    # scores are computed without statsmodels
    from statsmodels.stats.meta_analysis import combine_effects  # noqa: PLC0415

    # it divides by how much the shifts differ, for figures that are not used; its method "dl" allows negative variances
    with np.errstate(divide="ignore", invalid="ignore"):
        found = combine_effects(shift, variance, method_re="iterated")
    return float(found.mean_effect_re), float(found.sd_eff_w_re**2)
