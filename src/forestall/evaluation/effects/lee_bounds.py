"""Bounds of an effect on the ratings, where a contact changes who rates.

If contacted customers rate more often, the ratings of both arms are of different customers, and their difference is no
effect. Lee (2009, "Training, wages, and sample selection", Review of Economic Studies 76) bounds the effect on those
who rate either way: of the arm that rates more often, the excess share of the ratings is left out, once the lowest and
once the highest. It assumes that a contact moves the response of all customers in one direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from forestall.evaluation.effects.trial import Trial
from forestall.evaluation.metrics.binning import Bools
from forestall.statistics import Floats, Ints

_N_RESAMPLES = 200


@dataclass(frozen=True)
class LeeBounds:
    """Bounds of the effect on customers who rate whether or not they are contacted.

    Parameters
    ----------
    lower, upper
        The bounds.
    low, high
        The ends of the 95 % interval of the effect itself (Imbens and Manski 2004).
    response_treated, response_held_out
        The share of each arm with a rating.
    """

    lower: float
    upper: float
    low: float
    high: float
    response_treated: float
    response_held_out: float


def lee_bounds(trial: Trial, has_rated: Bools, seed: int = 7) -> LeeBounds | None:
    """Return bounds of the effect; None if an arm has no rating.

    Parameters
    ----------
    trial
        All rows of the experiment, rated or not; the outcome of those without a rating is not used.
    has_rated
        Whether the outcome is known, shape (n,).
    seed
        Of the resamples of customers behind the interval.
    """
    if any(not (has_rated & (trial.is_treated == arm)).any() for arm in (True, False)):
        return None
    order = np.argsort(np.where(has_rated, trial.outcome, np.inf), kind="stable")
    treated, held_out = (_Arm.of(trial, has_rated, order, is_treated) for is_treated in (True, False))
    base = np.ones(trial.n)
    lower, upper = _bounds(treated, held_out, base)
    rng = np.random.default_rng(seed)
    k = int(trial.customer.max()) + 1
    drawn = np.array(
        [
            _bounds(
                treated, held_out, rng.multinomial(k, np.full(k, 1 / k))[trial.customer].astype(np.float64)
            )
            for _ in range(_N_RESAMPLES)
        ]
    )
    errors = np.nanstd(drawn, axis=0, ddof=1)
    factor = _imbens_manski(upper - lower, float(errors.max()))
    return LeeBounds(
        lower,
        upper,
        lower - factor * float(errors[0]),
        upper + factor * float(errors[1]),
        treated.response(base),
        held_out.response(base),
    )


@dataclass(frozen=True)
class _Arm:
    """The rows of an arm, the rated ones in the order of their outcome."""

    y: Floats
    rated: Ints
    all_rows: Ints
    weight: Floats

    @classmethod
    def of(cls, trial: Trial, has_rated: Bools, order: Ints, is_treated: bool) -> _Arm:
        mine = order[trial.is_treated[order] == is_treated]
        rated = mine[has_rated[mine]]
        return cls(trial.outcome[rated], rated, mine, 1 / trial.probability)

    def response(self, counts: Floats) -> float:
        total = float(self.weight[self.all_rows] @ counts[self.all_rows])
        return float(self.weight[self.rated] @ counts[self.rated]) / total if total else math.nan

    def ends(self, counts: Floats, kept: float) -> tuple[float, float]:
        """Return the mean of the lowest and of the highest `kept` share of the outcomes."""
        w = self.weight[self.rated] * counts[self.rated]
        total = float(w.sum())
        if total <= 0:
            return math.nan, math.nan
        after = np.cumsum(w)
        low = np.clip(kept * total - (after - w), 0, w)
        high = np.clip(after - (1 - kept) * total, 0, w)
        return float(low @ self.y) / float(low.sum()), float(high @ self.y) / float(high.sum())


def _bounds(treated: _Arm, held_out: _Arm, counts: Floats) -> tuple[float, float]:
    more, less = treated.response(counts), held_out.response(counts)
    if not (more > 0 and less > 0):
        return math.nan, math.nan
    treated_low, treated_high = treated.ends(counts, min(less / more, 1.0))
    held_low, held_high = held_out.ends(counts, min(more / less, 1.0))
    return treated_low - held_high, treated_high - held_low


def _imbens_manski(width: float, error: float) -> float:
    """Return how many standard errors an interval of the effect reaches beyond its bounds."""
    if not error > 0:
        return float(norm.ppf(0.975))
    gap = width / error
    return float(brentq(lambda c: norm.cdf(c + gap) - norm.cdf(-c) - 0.95, 1.0, 3.0))
