"""Whether a number goes with the label beyond chance: a score test within periods, robust to repeated customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from forestall.statistics import Floats, Ints


@dataclass(frozen=True)
class LabelledRows:
    """Rows with a label, one for each interaction.

    Attributes
    ----------
    label
        0 or 1, shape (n,).
    customer
        Whole numbers from 0, shape (n,).
    period
        The stretch of time of each row, from 0, shape (n,): rows are compared within their period, so that a change of
        both over time is no association.
    """

    label: Floats
    customer: Ints
    period: Ints

    def p_value(self, value: Floats, *, is_rising: bool = False) -> float:
        """Return the p-value of the score test of no association; NaN where the values or the labels do not differ.

        The variance is the larger of two: that of independent rows without an association, and the observed one between
        customers. So neither rare values nor customers with many interactions pass too easily.

        Parameters
        ----------
        value
            A number for each row, NaN for rows that are left out, shape (n,).
        is_rising
            Whether only a higher rate with a higher value counts.
        """
        rows = np.flatnonzero(~np.isnan(value))
        period, label = self.period[rows], self.label[rows]
        rate = _means(label, period)
        centred = value[rows] - _means(value[rows], period)
        scores = centred * (label - rate)
        of_customers = np.bincount(self.customer[rows], scores)
        variance = max((rate * (1 - rate) * centred**2).sum(), (of_customers**2).sum())
        if not variance > _NOTHING * max(1.0, float((value[rows] ** 2).sum())):
            return np.nan
        z = scores.sum() / np.sqrt(variance)
        return float(norm.sf(z)) if is_rising else float(2 * norm.sf(abs(z)))


_NOTHING = 1e-12  # rounding errors of equal values


def _means(values: Floats, period: Ints) -> Floats:
    """Return for each row the mean of its period, shape (n,)."""
    counts = np.maximum(np.bincount(period), 1)
    return np.asarray((np.bincount(period, values) / counts)[period])
