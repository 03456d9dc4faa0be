"""The interval of the risk: a small model of the error of the log-odds, learnt once from refits.

There are three kinds of refit, all with a higher learning rate and so fewer rounds:

1. *Bootstraps* of the customers show how much the log-odds of a row vary with the sample. A small booster learns this
   variance from the features, so that scoring needs no refit.
2. *Twins* have the same customers, but labels drawn from the risk of the model. Their true risk is known, so the error
   of refits on left-out customers, shrinkage included, shows by how much the spread of the bootstraps is too narrow.
3. *Quarters* learn from a quarter of the rows of a bootstrap. They estimate the structure that the model has not found
   yet, which the twins cannot show: the gain in log-loss from quarters to bootstraps is that of four times the data.
   If the excess log-loss falls as n to the power -0.3, the remaining excess is twice that gain.

The squares of 2 and 3 add up. The power was measured on seven kinds of synthetic data with a known risk: its median
was 0.34, between 0.19 (very rugged) and 0.65 (nearly additive). A slightly lower value is used, because too narrow an
interval does more harm than too wide a one. There the spread of the bootstraps alone held the true risk in 55 to 80 %
of the rows, and the interval in 90 to 97 %; at the end of simulated interactions, whose features do not show all facts,
in 83 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

import lightgbm as lgb
import numpy as np
from joblib import delayed

from forestall.model.fit_progress import in_threads
from forestall.model.folds import customer_folds
from forestall.model.refits import RefitSource
from forestall.model.training_sample import CROSSFIT, Sample, has_both_classes
from forestall.model.tree_log_odds import tree_log_odds
from forestall.statistics import Floats, Ints, expit, log_losses_of_log_odds

# half the 90 % interval of a normal distribution, in standard deviations
_Z = 1.6449
_N_TWINS = 3
_N_QUARTERS = 5
# a bootstrap has 63 % of the customers, and a quarter of that is about a sixth
_BOOTSTRAP_SHARE, _ONE_IN = 0.632, 6
# the excess log-loss falls as the number of rows to the power of minus this
_RATE = 0.3
# the variance is learnt from at least this number of rows that two refits have not learnt from
_MIN_ROWS = 10
_N_ROUNDS = 60
# of many rows fewer bootstraps tell as much of the variance: they are the more, the fewer rows there are
_FEWEST_REFITS, _ENOUGH_LEFT_OUT = 8, 400_000

_LARGEST_LOG = 709.0  # the exponential of more is no number


@dataclass(frozen=True)
class Spread:
    """A model of the error of the log-odds.

    Attributes
    ----------
    booster
        Predicts the variance over the bootstraps from the encoded features and the log-odds.
    inflation
        The ratio of the error to the standard deviation over the bootstraps.
    """

    booster: lgb.Booster
    inflation: float

    def of_more_rows(self, share: float) -> Spread:
        """Return the spread of a model that learns from more rows of the same company.

        The whole error of the log-odds falls with the number of rows as the excess log-loss does.

        Parameters
        ----------
        share
            The rows that this spread comes from, as a share of those that the model learns from, from 0 to 1.
        """
        return replace(self, inflation=self.inflation * share ** (_RATE / 2))

    def half_width(self, matrix: Floats, raw: Floats, n_threads: int = 1) -> Floats:
        """Return half the width of the 90 % interval, in log-odds, shape (n,).

        Parameters
        ----------
        matrix
            Encoded features, shape (n, p).
        raw
            Log-odds before calibration, shape (n,).
        n_threads
            Threads of LightGBM.
        """
        log_variance = np.minimum(
            tree_log_odds(self.booster, np.column_stack([matrix, raw]), n_threads), _LARGEST_LOG
        )
        # one by one, as LightGBM does: for an array NumPy has another exponential, whose last bits differ
        variance = np.fromiter(map(exp, log_variance.tolist()), np.float64, len(log_variance))
        return np.asarray(_Z * self.inflation * np.sqrt(variance))


def fit_spread(
    refits: RefitSource, raw: Floats, log_odds: Floats, n_refits: int, seed: int, n_jobs: int
) -> Spread:
    """Return a model of the error of the log-odds.

    Parameters
    ----------
    refits
        The n rows learnt from, and the settings of refits.
    raw
        The log-odds of the model before calibration, shape (n,).
    log_odds
        The calibrated log-odds, shape (n,): the true ones of the twins.
    n_refits
        The largest number of bootstraps. From 20,000 rows on there are fewer, at least 8.
    seed
        Seed of all draws.
    n_jobs
        Number of refits at once, each on one thread.
    """
    sample, matrix = refits.sample, refits.matrix
    n_refits = min(n_refits, max(_FEWEST_REFITS, _ENOUGH_LEFT_OUT // len(raw)))
    seeds = np.random.SeedSequence([seed, 1]).spawn(n_refits + 2)
    bootstraps = [delayed(_bootstrap)(refits, child) for child in seeds[2:]]
    spread_of = np.array(in_threads("refits", bootstraps, n_jobs))
    spread = Spread(_variance_booster(refits, matrix, raw, spread_of), 1.0)
    sixth = customer_folds(sample.customer, _ONE_IN, np.random.default_rng(seeds[0]))
    parts = enumerate(seeds[0].spawn(_N_QUARTERS))
    calls = [delayed(_quarter)(refits, sixth, k, child) for k, child in parts]
    quarters = in_threads("refits of quarters", calls, n_jobs)
    fifth = customer_folds(sample.customer, CROSSFIT, np.random.default_rng(seeds[1]))
    parts = enumerate(seeds[1].spawn(_N_TWINS))
    calls = [delayed(_twin)(refits, spread, log_odds, fifth == k, child) for k, child in parts]
    twins = in_threads("twins", calls, n_jobs)
    known, deviation = _twin_inflation(twins), spread.half_width(matrix, raw) / _Z
    unknown = _error_of_missing_structure(sample, raw, deviation, spread_of, quarters)
    return Spread(spread.booster, float(np.hypot(known, unknown)))


def _bootstrap(refits: RefitSource, seed: np.random.SeedSequence) -> Floats:
    """Return the log-odds of the rows of customers that were not drawn, NaN for the others, shape (n,)."""
    sample, rng = refits.sample, np.random.default_rng(seed)
    n_customers = int(sample.customer.max()) + 1
    times = np.bincount(rng.integers(n_customers, size=n_customers), minlength=n_customers)[sample.customer]
    learn, other = np.flatnonzero(times > 0), np.flatnonzero(times == 0)
    raw = np.full(len(sample.y), np.nan)
    if len(other) and has_both_classes(sample.y[learn]):
        weight = (sample.weight * times)[learn]
        raw[other], _ = refits.log_odds(learn, other, sample.y[learn], weight, rng)
    return raw


def _variance_booster(refits: RefitSource, matrix: Floats, raw: Floats, spread_of: Floats) -> lgb.Booster:
    """Return a booster of the variance of a row over the bootstraps that have not learnt from it.

    Its objective is the gamma deviance, which suits noisy variances: the prediction is their mean and stays positive.
    """
    weight = refits.sample.weight
    n_seen = np.isfinite(spread_of).sum(axis=0)
    rows = np.flatnonzero(n_seen >= 2)
    # no risk is surer than the base rate of all rows together
    risk = float(expit(float(np.average(raw, weights=weight))))
    least = 1 / (weight.sum() * risk * (1 - risk))
    if len(rows) < _MIN_ROWS:
        rows, variance, n_seen = np.arange(len(raw)), np.full(len(raw), least), np.full(len(raw), 2)
    else:
        variance = np.maximum(np.nanvar(spread_of[:, rows], axis=0, ddof=1), least)
    kept = ("seed", "deterministic", "force_col_wise", "num_threads", "feature_pre_filter", "verbosity")
    params = {key: refits.boosting.params[key] for key in kept} | {
        "objective": "gamma",
        "learning_rate": 0.1,
        "num_leaves": 15,
        "min_data_in_leaf": max(1, min(50, len(rows) // 10)),
        "feature_fraction": 0.5,
    }
    data = lgb.Dataset(
        np.column_stack([matrix, raw])[rows], variance, weight=weight[rows] * (n_seen[rows] - 1)
    )
    return lgb.Booster(model_str=lgb.train(params, data, _N_ROUNDS).model_to_string())


def _twin(
    refits: RefitSource, spread: Spread, truth: Floats, is_left_out: Ints, seed: np.random.SeedSequence
) -> Floats:
    """Return the errors of left-out rows if `truth` are the true log-odds, in half widths of the interval."""
    sample, rng = refits.sample, np.random.default_rng(seed)
    # one draw for all moments of an interaction, because they share their label
    draw = rng.uniform(size=int(sample.interaction.max()) + 1)[sample.interaction]
    y = (draw < expit(truth)).astype(np.float64)
    learn, other = np.flatnonzero(~is_left_out), np.flatnonzero(is_left_out)
    if not len(other) or not len(learn) or not has_both_classes(y[learn]):
        return np.empty(0)
    raw, matrix = refits.log_odds(learn, other, y[learn], sample.weight[learn], rng)
    return np.asarray(np.abs(truth[other] - raw) / spread.half_width(matrix, raw))


def _twin_inflation(twins: Sequence[Floats]) -> float:
    """Return the factor of the half width at which it holds 90 % of the rows of the twins; at least 1."""
    errors = np.concatenate(twins)
    return max(1.0, float(np.quantile(errors, 0.9))) if len(errors) else 1.0


def _quarter(refits: RefitSource, part: Ints, k: int, seed: np.random.SeedSequence) -> Floats:
    """Return the log-loss of the rows outside part `k` by a booster of part `k`; NaN inside it, shape (n,)."""
    sample, rng = refits.sample, np.random.default_rng(seed)
    learn, stop = np.flatnonzero(part == k), np.flatnonzero(part == (k + 1) % _ONE_IN)
    other = np.flatnonzero(part != k)
    losses = np.full(len(sample.y), np.nan)
    if not has_both_classes(sample.y[learn]) or not has_both_classes(sample.y[stop]):
        return losses
    raw, _ = refits.log_odds(learn, other, sample.y[learn], sample.weight[learn], rng, stop)
    losses[other] = log_losses_of_log_odds(sample.y[other], raw)
    return losses


def _error_of_missing_structure(
    sample: Sample, raw: Floats, deviation: Floats, spread_of: Floats, quarters: Sequence[Floats]
) -> float:
    """Return the error from structure that is not found yet, in standard deviations of the bootstraps.

    An error e of the log-odds increases the log-loss by about p (1 - p) e² / 2.
    """
    few, many = np.array(quarters), log_losses_of_log_odds(sample.y, spread_of)
    rows = np.flatnonzero(np.isfinite(few).any(axis=0) & np.isfinite(many).any(axis=0))
    if not len(rows):
        return 1.0
    gain = np.nanmean(few[:, rows], axis=0) - np.nanmean(many[:, rows], axis=0)
    excess = max(float(np.average(gain, weights=sample.weight[rows])), 0.0)
    excess *= _BOOTSTRAP_SHARE**_RATE / (4**_RATE - 1)
    risk = expit(raw)
    cost = np.average(risk * (1 - risk) * deviation**2, weights=sample.weight) / 2
    return float(np.sqrt(excess / cost))
