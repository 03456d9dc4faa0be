"""How well a number separates two classes."""

from __future__ import annotations

import math

from scipy.stats import rankdata

from forestall.statistics import Floats


def somers_d(x: Floats, label: Floats) -> tuple[float, float]:
    """Return Somers' D of a number with a label, 2 AUC - 1, and its standard error.

    Parameters
    ----------
    x
        Numbers without NaN, shape (n,).
    label
        0 or 1, shape (n,).

    Returns
    -------
    d, error
        NaN if there is one class only. The error is that of Hanley and McNeil (1982).
    """
    n, n_positive = len(label), float(label.sum())
    n_negative = n - n_positive
    if not n_positive or not n_negative:
        return math.nan, math.nan
    rank_sum = rankdata(x)[label > 0].sum()
    auc = float((rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))
    # the chance that one row of a class is ranked right against two of the other
    two_negatives, two_positives = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc)
    variance += (n_positive - 1) * (two_negatives - auc**2) + (n_negative - 1) * (two_positives - auc**2)
    return 2 * auc - 1, 2 * math.sqrt(max(variance, 0.0) / (n_positive * n_negative))
