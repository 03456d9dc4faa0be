"""What risks promise: the figures that they would show, were they exactly right.

Ratings come late, and few; a risk says at once how often it expects to come true. So a model can be held to its own
word: before ratings come, by how well it says that it ranks; once they come, by whether it did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm, rankdata

from forestall.evaluation.metrics.risk_metrics import Floats, clipped

N_DRAWS = 400
METRICS = ("base_rate", "auc", "log_loss")


@dataclass(frozen=True)
class Promise:
    """A figure that risks promise: its mean, and the ends between which chance puts it, `level` of the time."""

    mean: float
    low: float
    high: float


def promised(risk: Any, *, level: float = 0.98, seed: int = 7, n: int = N_DRAWS) -> dict[str, Promise]:
    """Return the figures that risks promise.

    Labels are drawn by the risks themselves, again and again, and the figures taken of these: what a model shows on
    so many rows whose risks are exactly right. Rows count as independent.

    Parameters
    ----------
    risk
        (n_rows,) without gaps.
    level
        Of the interval.
    seed, n
        Of the draws.

    Returns
    -------
    dict
        `base_rate`, `auc` and `log_loss`; NaN where most draws define nothing.

    Examples
    --------
    >>> round(promised([0.1] * 500 + [0.5] * 500)["base_rate"].mean, 1)
    0.3
    """
    p = np.asarray(risk, dtype=np.float64)
    if not len(p):
        return dict.fromkeys(METRICS, Promise(math.nan, math.nan, math.nan))
    ranks, safe = rankdata(p), clipped(p)
    yes, no = -np.log(safe), -np.log1p(-safe)
    rng = np.random.default_rng(seed)
    draws = np.array([_figures(rng.random(len(p)) < p, ranks, yes, no) for _ in range(n)])
    return {name: _summary(draws[:, place], level) for place, name in enumerate(METRICS)}


@dataclass(frozen=True)
class Chance:
    """How far figures of so many risks lie from those of all, by chance, one time of a hundred.

    Parameters
    ----------
    auc_lost
        By how much less AUC they promise.
    moved
        How far the mean of their log-odds lies, in standard deviations.
    """

    auc_lost: float
    moved: float


def by_chance(risk: Any, n_now: int, *, level: float = 0.99, seed: int = 7, n: int = 200) -> Chance:
    """Return how far the figures of `n_now` risks, drawn from these, lie from those of all.

    Parameters
    ----------
    risk
        (n_rows,) the risks of the reference.
    n_now
        How many are drawn.
    level
        How often they lie no further.
    seed, n
        Of the draws.
    """
    p = np.asarray(risk, dtype=np.float64)
    if not len(p) or not n_now:
        return Chance(math.inf, math.inf)
    rng = np.random.default_rng(seed)
    lost = expected_auc(p) - np.array([expected_auc(rng.choice(p, n_now)) for _ in range(n)])
    defined = lost[~np.isnan(lost)]
    auc_lost = max(float(np.quantile(defined, level)), 0.0) if len(defined) else math.inf
    return Chance(auc_lost, float(norm.ppf((1 + level) / 2)) * math.sqrt(1 / n_now + 1 / len(p)))


def expected_auc(p: Floats) -> float:
    """Return the AUC that risks promise: the share of the pairs expected that they order, half of the equal ones."""
    _, place = np.unique(p, return_inverse=True)
    bad, good = np.bincount(place, p), np.bincount(place, 1 - p)
    itself = float((p * (1 - p)).sum())  # no row is a pair with itself
    n_pairs = float(p.sum() * (1 - p).sum()) - itself
    ordered = float(bad @ (np.cumsum(good) - good / 2)) - itself / 2
    return ordered / n_pairs if n_pairs > 0 else math.nan


def _figures(is_bad: Any, ranks: Floats, yes: Floats, no: Floats) -> tuple[float, float, float]:
    """Return base rate, AUC and log-loss of one draw."""
    n_rows, n_bad = len(ranks), int(is_bad.sum())
    n_pairs = n_bad * (n_rows - n_bad)
    auc = (ranks[is_bad].sum() - n_bad * (n_bad + 1) / 2) / n_pairs if n_pairs else math.nan
    return n_bad / n_rows, auc, float(np.where(is_bad, yes, no).mean())


def _summary(values: Floats, level: float) -> Promise:
    defined = values[~np.isnan(values)]
    if len(defined) <= len(values) / 2:
        return Promise(math.nan, math.nan, math.nan)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Promise(float(defined.mean()), float(low), float(high))
