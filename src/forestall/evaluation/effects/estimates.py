"""Effects with their intervals: of being assigned to a contact, of being reached, and the saved share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from forestall.evaluation.effects.arm_means import ArmMeans, arm_means
from forestall.evaluation.effects.trial import Trial
from forestall.statistics import Floats


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; NaN where it is not defined.

    Parameters
    ----------
    value, low, high
        The figure and the ends of its interval.
    error
        Its standard error.
    p
        The probability of a figure so far from 0 if the true one is 0.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    error: float = math.nan
    p: float = math.nan

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


UNDEFINED = Estimate()


def intention_to_treat(means: ArmMeans | None) -> Estimate:
    """Return the effect of being assigned to a contact, reached or not: treated less held out."""
    if means is None:
        return UNDEFINED
    return _estimate(means.difference, means.difference_influence, means)


def complier_effect(trial: Trial, means: ArmMeans | None) -> Estimate:
    """Return the effect on those who are reached if they are assigned to a contact.

    It is the effect of the assignment on the outcome, divided by its effect on being reached (Imbens and Angrist 1994;
    the two-stage least squares estimator with the assignment as instrument). It assumes that an assignment has no
    effect on those who are not reached. The interval is that of Fieller (1954), which holds its level even if few are
    reached; it is not defined if the share reached cannot be told from 0.
    """
    reached = None if means is None else arm_means(trial, trial.is_reached.astype(np.float64))
    if means is None or reached is None:
        return UNDEFINED
    return _ratio(
        (means.difference, reached.difference),
        (means.difference_influence, reached.difference_influence),
        means,
    )


def saved_share(means: ArmMeans | None, quantile: float | None = None) -> Estimate:
    """Return the share of the bad outcomes that the assignment prevents: one less the ratio of the arms' means.

    It is not defined if the mean of the held out cannot be told from 0.

    Parameters
    ----------
    means
        The means of the arms.
    quantile
        Half the width of the interval in standard errors; None: that of the fixed 95 % interval.
    """
    if means is None:
        return UNDEFINED
    values = (-means.difference, means.held_out)
    influences = (-means.difference_influence, means.held_out_influence)
    return _ratio(values, influences, means, quantile)


def _estimate(value: float, influence: Floats, means: ArmMeans) -> Estimate:
    error = math.sqrt(float(influence @ influence))
    half = means.quantile() * error
    p = float(2 * student.sf(abs(value) / error, means.dof)) if error > 0 else math.nan
    return Estimate(value, value - half, value + half, error, p)


def _ratio(
    values: tuple[float, float],
    influences: tuple[Floats, Floats],
    means: ArmMeans,
    quantile: float | None = None,
) -> Estimate:
    """Return a ratio with Fieller's interval."""
    (top, bottom), (top_influence, bottom_influence) = values, influences
    if not abs(bottom) > 1e-12:
        return UNDEFINED
    q = (quantile or means.quantile()) ** 2
    a = bottom**2 - q * float(bottom_influence @ bottom_influence)
    b = top * bottom - q * float(top_influence @ bottom_influence)
    c = top**2 - q * float(top_influence @ top_influence)
    value = top / bottom
    residual = (top_influence - value * bottom_influence) / bottom
    plain = _estimate(value, residual, means)
    if a <= 0:
        return Estimate(value, error=plain.error, p=plain.p)
    half = math.sqrt(max(b * b - a * c, 0.0)) / a
    return Estimate(value, b / a - half, b / a + half, plain.error, plain.p)
