"""How sure the risk is: a small model of how far refits on other customers would have come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from joblib import Parallel, delayed

from forestall.model.boosting import Boosting
from forestall.model.calibration import expit
from forestall.model.encoding import crossfit_matrix, later_matrix
from forestall.model.folds import customer_folds
from forestall.model.matrix import Coded, Floats, Ints

# of a normal distribution's 90 % interval, in standard deviations
_Z = 1.6449
# from fewer rows that two refits did not know no spread is learnt
_MIN_ROWS = 10


@dataclass(frozen=True)
class Sample:
    """Rows to learn from.

    Attributes
    ----------
    coded
        Their features.
    y, weight
        (n,) labels 0 or 1, and weights.
    customer, interaction
        (n,) whole numbers from 0.
    """

    coded: Coded
    y: Floats
    weight: Floats
    customer: Ints
    interaction: Ints


@dataclass(frozen=True)
class Spread:
    """How far the log-odds may be off.

    Attributes
    ----------
    booster
        Of the logarithm of the refits' variance, from the encoded features and the log-odds.
    inflation
        By how much the error exceeds the spread of the refits.
    """

    booster: lgb.Booster
    inflation: float

    def half_width(self, matrix: Floats, raw: Floats) -> Floats:
        """Return half the width of the 90 % interval, in log-odds, (n,)."""
        n_threads = 1 if len(raw) < 1000 else 0
        variance = self.booster.predict(np.column_stack([matrix, raw]), num_threads=n_threads)
        return np.asarray(_Z * self.inflation * np.sqrt(variance))


def refit_log_odds(sample: Sample, boosting: Boosting, rounds: int, n_refits: int, seed: int, n_jobs: int) -> Floats:
    """Return the log-odds of refits on customer bootstraps, where the customer was not drawn.

    Parameters
    ----------
    rounds
        Of each refit.
    n_jobs
        How many refits run at once, each on one thread.

    Returns
    -------
    array of shape (n_refits, n)
        NaN where the refit learnt from the row's customer.
    """
    one = Boosting({**boosting.params, "num_threads": 1}, boosting.max_rounds)
    seeds = np.random.SeedSequence([seed, 1]).spawn(n_refits)
    return np.array(
        Parallel(n_jobs=n_jobs, prefer="threads")(delayed(_refit)(sample, one, rounds, child) for child in seeds)
    )


def _refit(sample: Sample, boosting: Boosting, rounds: int, seed: np.random.SeedSequence) -> Floats:
    rng = np.random.default_rng(seed)
    n_customers = int(sample.customer.max()) + 1
    times = np.bincount(rng.integers(n_customers, size=n_customers), minlength=n_customers)[sample.customer]
    learn, other = np.flatnonzero(times > 0), np.flatnonzero(times == 0)
    raw = np.full(len(sample.y), np.nan)
    y, weight = sample.y[learn], (sample.weight * times)[learn]
    if len(other) == 0 or y.min() == y.max():
        return raw
    fold = customer_folds(sample.customer, 5, rng)[learn]
    booster = boosting.train(crossfit_matrix(sample.coded, learn, y, weight, fold), y, weight, rounds)
    later = later_matrix(sample.coded, other, learn, y, weight)
    raw[other] = booster.predict(later, raw_score=True, num_threads=1)
    return raw


def fit_spread(
    matrix: Floats, raw: Floats, refits: Floats, weight: Floats, inflation: float, params: dict[str, Any]
) -> Spread:
    """Return the model of the refits' spread.

    Its booster learns the variance over the refits that did not know the row, by the gamma deviance, so that a mean
    of noisy variances stays a variance.

    Parameters
    ----------
    matrix, raw
        (n, p) encoded features and (n,) log-odds of the model.
    refits
        (n_refits, n) log-odds, NaN where the refit knew the row.
    weight
        (n,).
    inflation
        By how much the error exceeds the spread of the refits.
    params
        LightGBM's parameters of the seed and the threads.
    """
    n_seen = np.isfinite(refits).sum(axis=0)
    rows = np.flatnonzero(n_seen >= 2)
    # nobody knows a risk better than the base rate of all customers together
    risk = expit(np.average(raw, weights=weight))
    least = 1 / (weight.sum() * risk * (1 - risk))
    if len(rows) < _MIN_ROWS:
        rows, variance, n_seen = np.arange(len(raw)), np.full(len(raw), least), np.full(len(raw), 2)
    else:
        variance = np.maximum(np.nanvar(refits[:, rows], axis=0, ddof=1), least)
    design = np.column_stack([matrix, raw])[rows]
    booster = lgb.train(
        {
            **params,
            "objective": "gamma",
            "learning_rate": 0.1,
            "num_leaves": 15,
            "min_data_in_leaf": max(1, min(50, len(rows) // 10)),
            "feature_fraction": 0.5,
        },
        lgb.Dataset(design, variance, weight=weight[rows] * (n_seen[rows] - 1)),
        60,
    )
    return Spread(lgb.Booster(model_str=booster.model_to_string()), inflation)
