"""How well an order of customers finds those whom a contact helps: the Qini coefficient, and groups of like effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forestall.evaluation.effects.arm_means import arm_means
from forestall.evaluation.effects.estimates import Estimate, intention_to_treat
from forestall.evaluation.effects.trial import Trial
from forestall.evaluation.metrics.bootstrap import mean_interval
from forestall.statistics import Floats, Ints

_N_RESAMPLES = 300


@dataclass(frozen=True)
class Ranking:
    """A figure of an order, with its 95 % interval from a bootstrap over customers."""

    value: float
    low: float
    high: float

    @property
    def is_above_chance(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0


@dataclass(frozen=True)
class EffectGroup:
    """Customers of alike predicted effects: their mean prediction, and the effect that the experiment shows."""

    predicted: float
    observed: Estimate
    n: int


def qini(trial: Trial, priority: Floats, seed: int = 7) -> Ranking:
    """Return the Qini coefficient of an order: the area between its curve of gains and that of a random order.

    The curve shows what is gained per customer if the first share of the order is contacted (Radcliffe 2007). The
    gains are weighted by the known probabilities, so the arms need not be of equal size.

    Parameters
    ----------
    trial
        Held-out customers: the order must not have learnt from them. A higher outcome is a gain.
    priority
        The highest is contacted first, shape (n,); ties count as half.
    seed
        Of the resamples.
    """
    sign = np.where(trial.is_treated, 1.0, -1.0)
    # any constant may be taken off the outcome; its mean takes off the most noise
    gain = sign * (trial.outcome - trial.outcome.mean()) / trial.probability
    return mean_of(gain * (0.5 - place_in_order(priority)), trial.customer, seed)


def place_in_order(priority: Floats) -> Floats:
    """Return the place of each row in the order, from 0 for the first to 1; ties share their mean place."""
    _, code, size = np.unique(-np.asarray(priority), return_inverse=True, return_counts=True)
    middle = np.cumsum(size) - size / 2
    return np.asarray(middle[code] / len(priority))


def mean_of(values: Floats, customer: Ints, seed: int = 7) -> Ranking:
    """Return the mean of values with its interval over customers."""
    low, high = mean_interval(values, customer, n=_N_RESAMPLES, seed=seed)
    return Ranking(float(values.mean()), low, high)


def effect_groups(trial: Trial, predicted: Floats, n_groups: int = 5) -> Sequence[EffectGroup]:
    """Return the calibration of predicted effects: groups of equal size, the lowest prediction first."""
    place = np.minimum((place_in_order(-predicted) * n_groups).astype(int), n_groups - 1)
    found = []
    for group in range(n_groups):
        rows = place == group
        if rows.any():
            observed = intention_to_treat(arm_means(trial.some(rows)))
            found.append(EffectGroup(float(predicted[rows].mean()), observed, int(rows.sum())))
    return found
