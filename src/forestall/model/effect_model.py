"""Who is helped by a contact: a model of the effect, learnt from an experiment with known probabilities.

The DR-learner (Kennedy 2023, "Towards optimal doubly robust estimation of heterogeneous causal effects", Electronic
Journal of Statistics 17): expected outcomes with and without a contact give each customer a pseudo-outcome. Its mean is
the effect, even if the expectations are wrong, because the probabilities are known. The effect is learnt as a share of
a scale, such as the risk: one share for all, and a ridge regression on the ranks of the features for what differs from
it. How far the regression is believed is measured on customers that it has not learnt from. So where nothing shows that
effects differ, every customer has the same share, and an order by effect is an order by risk.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import RidgeCV

from forestall.statistics import Floats, Ints

N_FOLDS = 5
# Penalties that are tried by leave-one-out errors; 1 stands for as much noise in the pseudo-outcome as signal.
_PENALTIES = np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0])
_N_KNOTS = 21
_LEAST_SCALE = 0.02  # a smaller scale would turn noise into a large share
_LEAST_SPREAD = 0.02  # of the ranks of a column: one with less is nearly constant


@dataclass(frozen=True)
class EffectModel:
    """A model of the effect of a contact on an outcome.

    Parameters
    ----------
    share
        The effect as a share of the scale, common to all.
    trust
        How far what differs from the common share is believed, from 0 to 1.
    knots
        By column, values at equal steps of the rank, which rise; shape (k, n_knots).
    slopes
        By column, what a rank from lowest to highest adds to the share, shape (k,).
    centre
        What the slopes add to the share on average.
    """

    share: float
    trust: float
    centre: float
    knots: Floats
    slopes: Floats

    @classmethod
    def fit(
        cls,
        x: Floats,
        outcome: Floats,
        is_treated: Any,
        probability: Floats,
        customer: Ints,
        scale: Floats | None = None,
        seed: int = 7,
    ) -> EffectModel:
        """Return a model that has learnt from an experiment; see `fit_and_hold_out`."""
        return fit_and_hold_out(x, outcome, is_treated, probability, customer, scale, seed).model

    def predict(self, x: Floats, scale: Floats | None = None) -> Floats:
        """Return the effect of a contact on each row, shape (n,): below 0 if it lowers the outcome.

        Parameters
        ----------
        x, scale
            As in training.
        """
        deviation = _ranks(x, self.knots) @ self.slopes - self.centre
        return np.asarray(_scale_of(scale, len(x)) * (self.share + self.trust * deviation))

    def as_dict(self) -> dict[str, Any]:
        """Return the model as a dict for JSON."""
        return {
            "share": self.share,
            "trust": self.trust,
            "centre": self.centre,
            "knots": self.knots.tolist(),
            "slopes": self.slopes.tolist(),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> EffectModel:
        """Return the model of what `as_dict` returned."""
        slopes = np.array(content["slopes"], dtype=np.float64)
        knots = np.array(content["knots"], dtype=np.float64).reshape(len(slopes), -1)
        share, trust, centre = (float(content[name]) for name in ("share", "trust", "centre"))
        return cls(share, trust, centre, knots, slopes)

    def to_text(self) -> str:
        """Return the model as text."""
        return json.dumps(self.as_dict(), allow_nan=False)

    @classmethod
    def of_text(cls, text: str) -> EffectModel:
        """Return the model of what `to_text` returned."""
        return cls.from_dict(json.loads(text))


@dataclass(frozen=True)
class HeldOutEffects:
    """A model of the effect, and what models that had not learnt from a customer say of the customer.

    Parameters
    ----------
    model
        Learnt from all customers.
    predicted
        The effect by the model of the other folds, shape (n,).
    pseudo_outcome
        Figures whose mean, given the features, is the effect, shape (n,).
    """

    model: EffectModel
    predicted: Floats
    pseudo_outcome: Floats


def fit_and_hold_out(
    x: Floats,
    outcome: Floats,
    is_treated: Any,
    probability: Floats,
    customer: Ints,
    scale: Floats | None = None,
    seed: int = 7,
) -> HeldOutEffects:
    """Return a model that has learnt from an experiment, and effects of held-out customers.

    Parameters
    ----------
    x
        Features of the moment of assignment, shape (n, k); NaN is missing, and counts as a middle rank.
    outcome
        Shape (n,), without gaps.
    is_treated
        Whether the row was assigned to be contacted, shape (n,).
    probability
        The probability of the arm that the row is in, shape (n,).
    customer
        The customer of each row, shape (n,): rows of one customer are in the same fold.
    scale
        What the effect is a share of, shape (n,), above 0, such as the risk; None: 1.
    seed
        Of the folds.
    """
    fold = folds_of(customer, seed)
    effect = pseudo_outcome(outcome, is_treated, probability, fold, scale)
    scales, knots = _scale_of(scale, len(x)), _knots_of(x)
    ranks = _ranks(x, knots)
    common, deviation = np.empty(len(x)), np.empty(len(x))
    for k in range(N_FOLDS):
        rows, others = fold == k, fold != k
        common[rows], centre, slopes = _learn(ranks[others], effect[others], scales[others])
        deviation[rows] = ranks[rows] @ slopes - centre
    trust = _trust(effect - scales * common, scales * deviation)
    share, centre, slopes = _learn(ranks, effect, scales)
    predicted = scales * (common + trust * deviation)
    return HeldOutEffects(EffectModel(share, trust, centre, knots, slopes), predicted, effect)


def folds_of(customer: Ints, seed: int = 7) -> Ints:
    """Return the fold of each row, from 0, shape (n,): rows of one customer are in the same fold."""
    codes = np.unique(customer, return_inverse=True)[1]
    return np.asarray(np.random.default_rng(seed).permutation(int(codes.max()) + 1)[codes] % N_FOLDS)


def pseudo_outcome(
    outcome: Floats, is_treated: Any, probability: Floats, fold: Ints, scale: Floats | None = None
) -> Floats:
    """Return for each row a figure whose mean, given its features, is the effect, shape (n,).

    The expected outcome of each arm is a line in the scale, fitted on the rows of the other folds: a risk that is
    known already explains most of what can be explained, and two figures an arm add little noise.
    """
    y = np.asarray(outcome, dtype=np.float64)
    treated = np.asarray(is_treated, dtype=bool)
    design = np.column_stack([np.ones(len(y)), _scale_of(scale, len(y))])
    found = np.empty(len(y))
    for k in range(N_FOLDS):
        rows = fold == k
        expected = {}
        for arm in (True, False):
            learnt = ~rows & (treated == arm)
            expected[arm] = design[rows] @ np.linalg.lstsq(design[learnt], y[learnt], rcond=None)[0]
        own = np.where(treated[rows], expected[True], expected[False])
        correction = np.where(treated[rows], 1.0, -1.0) * (y[rows] - own) / probability[rows]
        found[rows] = expected[True] - expected[False] + correction
    return found


def _scale_of(scale: Floats | None, n: int) -> Floats:
    return np.ones(n) if scale is None else np.maximum(scale, _LEAST_SCALE)


def _knots_of(x: Floats) -> Floats:
    """Return for each column its values at equal steps of the rank, shape (k, n_knots)."""
    steps = np.linspace(0, 1, _N_KNOTS)
    found = np.zeros((x.shape[1], _N_KNOTS))
    for place, column in enumerate(x.T):
        known = column[~np.isnan(column)]
        if len(known):
            found[place] = np.quantile(known, steps)
    return found


def _ranks(x: Floats, knots: Floats) -> Floats:
    """Return the rank of each value among those of training, from -0.5 to 0.5, shape (n, k); 0 where it is missing."""
    found = np.zeros(x.shape)
    steps = np.linspace(-0.5, 0.5, knots.shape[1])
    for place, own in enumerate(knots):
        levels, first, n = np.unique(own, return_index=True, return_counts=True)
        if len(levels) > 1:  # a value at several knots has the mean of their ranks
            middle = (steps[first] + steps[first + n - 1]) / 2
            found[:, place] = np.interp(x[:, place], levels, middle)
    return np.nan_to_num(found, nan=0.0)


def _learn(ranks: Floats, effect: Floats, scale: Floats) -> tuple[float, float, Floats]:
    """Return the common share, what the slopes add to it on average, and by column what a rank adds to it.

    The squared error of the effect is that of the share, weighted by the square of the scale.
    """
    share = float((scale @ effect) / (scale @ scale))
    mean, spread = ranks.mean(axis=0), ranks.std(axis=0)
    varies = spread > _LEAST_SPREAD
    slopes = np.zeros(ranks.shape[1])
    if varies.any():
        columns = (ranks[:, varies] - mean[varies]) / spread[varies] * scale[:, None]
        penalties = _PENALTIES * float(scale @ scale)
        fitted = RidgeCV(penalties, fit_intercept=False).fit(columns, effect - scale * share)
        slopes[varies] = fitted.coef_ / spread[varies]
    return share, float(mean @ slopes), slopes


def _trust(rest: Floats, deviation: Floats) -> float:
    """Return the slope of what is left of the effect on held-out deviations, from 0 to 1."""
    size = float(deviation @ deviation)
    return float(np.clip(deviation @ rest / size, 0.0, 1.0)) if size > 0 else 0.0
