"""Expected figures: those that risks would show if they were exactly right.

Ratings are few and come late, but risks say at once how often they expect dissatisfaction. Before ratings come, these
figures show how well the model ranks if it is right; afterwards, the observed figures are compared with them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm, rankdata

from forestall.evaluation.metrics.binning import Bools
from forestall.statistics import Floats, Ints, clip_risk, log_losses

N_DRAWS = 400
METRICS = ("base_rate", "auc", "log_loss")


@dataclass(frozen=True)
class ExpectedFigure:
    """The figure that exact risks show: its mean, and the interval in which sampling noise leaves it."""

    mean: float
    low: float
    high: float


def expected_figures(
    risk: Any, sample_weight: Any = None, *, level: float = 0.98, seed: int = 7, n: int = N_DRAWS
) -> dict[str, ExpectedFigure]:
    """Return the figures of exact risks: labels are drawn from the risks, and the figures of the draws are taken.

    Rows count as independent.

    Parameters
    ----------
    risk
        Risks without gaps, shape (n_rows,).
    sample_weight
        Weights of the rows; None: all weigh the same.
    level
        Of the interval.
    seed, n
        Seed and number of the draws.

    Returns
    -------
    dict
        `base_rate`, `auc` and `log_loss`; NaN if most draws do not define the figure.

    Examples
    --------
    >>> round(expected_figures([0.1] * 500 + [0.5] * 500)["base_rate"].mean, 1)
    0.3
    """
    p = np.asarray(risk, dtype=np.float64)
    if not len(p):
        return dict.fromkeys(METRICS, ExpectedFigure(math.nan, math.nan, math.nan))
    ranks, safe = rankdata(p), clip_risk(p)
    if_bad, if_good = log_losses(True, safe), log_losses(False, safe)
    rng = np.random.default_rng(seed)
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    _, place = np.unique(p, return_inverse=True)

    def figures(is_bad: Bools) -> tuple[float, float, float]:
        if weight is None:
            return _figures(is_bad, ranks, if_bad, if_good)
        return _weighted_figures(is_bad, place, weight, np.where(is_bad, if_bad, if_good))

    draws = np.array([figures(rng.random(len(p)) < p) for _ in range(n)])
    return {name: _summary(draws[:, place], level) for place, name in enumerate(METRICS)}


@dataclass(frozen=True)
class SamplingNoise:
    """How far the figures of a sample of risks lie from those of all risks, at the level asked for.

    Parameters
    ----------
    auc_lost
        By how much lower their expected AUC is.
    moved
        How far the mean of their log-odds lies from that of all, in standard deviations.
    """

    auc_lost: float
    moved: float


def sampling_noise(
    risk: Any, n_now: int, *, level: float = 0.99, seed: int = 7, n: int = 200
) -> SamplingNoise:
    """Return how far the figures of `n_now` risks, drawn from these, lie from those of all.

    Parameters
    ----------
    risk
        The risks of the reference, shape (n_rows,).
    n_now
        Size of the sample.
    level
        The share of the samples that lie no further.
    seed, n
        Seed and number of the draws.
    """
    p = np.asarray(risk, dtype=np.float64)
    if not len(p) or not n_now:
        return SamplingNoise(math.inf, math.inf)
    rng = np.random.default_rng(seed)
    lost = expected_auc(p) - np.array([expected_auc(rng.choice(p, n_now)) for _ in range(n)])
    defined = lost[~np.isnan(lost)]
    auc_lost = max(float(np.quantile(defined, level)), 0.0) if len(defined) else math.inf
    return SamplingNoise(auc_lost, float(norm.ppf((1 + level) / 2)) * math.sqrt(1 / n_now + 1 / len(p)))


def expected_auc(p: Floats) -> float:
    """Return the AUC of exact risks: of all expected pairs of classes, the share in the right order.

    Pairs of equal risks count half. NaN if no pair is expected.

    Parameters
    ----------
    p
        Risks, shape (n,).
    """
    _, place = np.unique(p, return_inverse=True)
    bad, good = np.bincount(place, p), np.bincount(place, 1 - p)
    with_itself = float((p * (1 - p)).sum())  # a row makes no pair with itself
    n_pairs = float(p.sum() * (1 - p).sum()) - with_itself
    ordered = float(bad @ (np.cumsum(good) - good / 2)) - with_itself / 2
    return ordered / n_pairs if n_pairs > 0 else math.nan


def _figures(is_bad: Bools, ranks: Floats, if_bad: Floats, if_good: Floats) -> tuple[float, float, float]:
    """Return base rate, AUC and log-loss of one draw."""
    n_rows, n_bad = len(ranks), int(is_bad.sum())
    n_pairs = n_bad * (n_rows - n_bad)
    auc = (ranks[is_bad].sum() - n_bad * (n_bad + 1) / 2) / n_pairs if n_pairs else math.nan
    return n_bad / n_rows, auc, float(np.where(is_bad, if_bad, if_good).mean())


def _weighted_figures(is_bad: Bools, place: Ints, weight: Floats, loss: Floats) -> tuple[float, float, float]:
    """Return what `_figures` does, of rows of unlike weight; `place` is that of the risk among all risks."""
    n = int(place.max()) + 1
    bad, good = (np.bincount(place, weight * rows, n) for rows in (is_bad, ~is_bad))
    n_pairs = bad.sum() * good.sum()
    auc = float(bad @ (np.cumsum(good) - good / 2)) / n_pairs if n_pairs else math.nan
    return float(bad.sum() / weight.sum()), auc, float(weight @ loss / weight.sum())


def error_of_exact_mean(risk: Floats, weight: Floats | None = None) -> float:
    """Return the standard error of the mean label of rows whose risks are exact; NaN without rows."""
    if not len(risk):
        return math.nan
    if weight is None:
        return math.sqrt(float((risk * (1 - risk)).sum())) / len(risk)
    return math.sqrt(float((weight**2 * risk * (1 - risk)).sum())) / float(weight.sum())


def _summary(values: Floats, level: float) -> ExpectedFigure:
    defined = values[~np.isnan(values)]
    if len(defined) <= len(values) / 2:
        return ExpectedFigure(math.nan, math.nan, math.nan)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return ExpectedFigure(float(defined.mean()), float(low), float(high))
