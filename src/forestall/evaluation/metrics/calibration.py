"""Calibration: how far risks are from the observed rates, and how far exact risks would be by chance."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from forestall.evaluation.metrics.binning import N_BINS, Bools, Points, equal_count_bins
from forestall.statistics import Floats, Ints

N_DRAWS = 2000


def as_arrays(y: Any, p: Any, sample_weight: Any = None) -> tuple[Floats, Floats, Floats]:
    """Return labels, risks and weights as arrays, without the rows of weight 0.

    Raises
    ------
    ValueError
        They are not of one length.
    """
    y = np.asarray(y, dtype=np.float64)
    p = np.asarray(p, dtype=np.float64)
    w = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if not len(y) == len(p) == len(w):
        raise ValueError(
            f"y, p and sample_weight must be of one length; they are {len(y)}, {len(p)}, {len(w)}"
        )
    has_weight = w > 0
    return y[has_weight], p[has_weight], w[has_weight]


def calibration_error(y: Any, p: Any, sample_weight: Any = None) -> float:
    """Return the expected calibration error in 15 bins of equal counts; NaN without rows.

    It is the weighted mean over the bins of the distance between the mean risk of a bin and its share of dissatisfied.

    Parameters
    ----------
    y
        Labels, or true risks: then it is the distance from those. Shape (n,).
    p
        Risks, shape (n,).
    sample_weight
        Weights of the rows; None: all weigh the same.
    """
    y, p, w = as_arrays(y, p, sample_weight)
    if not len(y):
        return math.nan
    return float(np.abs(np.bincount(equal_count_bins(p), w * (p - y))).sum() / w.sum())


def perfect_calibration_errors(p: Any, sample_weight: Any = None, seed: int = 7, n: int = N_DRAWS) -> Floats:
    """Return the calibration errors that exact risks would show, shape (n,): labels are drawn from the risks.

    Rows count as independent. Moments of one interaction are not, so their errors are larger.

    Parameters
    ----------
    p
        Risks, shape (n_rows,).
    sample_weight
        Weights of the rows; None: all weigh the same.
    seed, n
        Seed and number of the draws.
    """
    _, p, w = as_arrays(p, p, sample_weight)
    if not len(p):
        return np.zeros(n)
    found = _binned(p, w, N_BINS)
    rates = _drawn_rates(found, n, seed)
    return np.asarray(np.abs(rates - np.clip(found.risk, 0, 1)) @ found.weight / found.weight.sum())


def reliability_points(
    y: Floats, p: Floats, w: Floats, n_bins: int = N_BINS, seed: int = 7, n_draws: int = N_DRAWS
) -> Points:
    """Return the points of a reliability diagram: by bin of the risk the expected rate, the observed rate and its band.

    Parameters
    ----------
    y, p, w
        Labels, risks and weights, shape (n,).
    n_bins
        Bins of equal counts.
    seed, n_draws
        Seed and number of the draws behind the band.

    Returns
    -------
    dict of lists
        By bin: mean `risk`, observed `rate` of dissatisfied, number of rows `n`, and `low` and `high`, between which
        95 % of the rates of exact risks lie.
    """
    found = _binned(p, w, n_bins)
    rate = np.bincount(found.place, w * y)[found.is_used] / found.weight
    low, high = np.quantile(_drawn_rates(found, n_draws, seed), [0.025, 0.975], axis=0)
    counts = np.bincount(found.place)[found.is_used]
    columns = {"risk": found.risk, "rate": rate, "n": counts, "low": low, "high": high}
    return {name: values.tolist() for name, values in columns.items()}


class _Binned(NamedTuple):
    """Risks in bins: the bin of each row, which bins are used, and of these their weight, mean risk and rows.

    `rows` is how many equal rows the weighted rows of a bin are worth: (sum w)² / sum w².
    """

    place: Ints
    is_used: Bools
    weight: Floats
    risk: Floats
    rows: Ints


def _binned(p: Floats, w: Floats, n_bins: int) -> _Binned:
    place = equal_count_bins(p, n_bins)
    weight: Floats = np.bincount(place, w).astype(np.float64)
    is_used = weight > 0
    weight = weight[is_used]
    rows = np.maximum(np.round(weight**2 / np.bincount(place, w**2)[is_used]), 1).astype(np.int64)
    return _Binned(place, is_used, weight, np.bincount(place, w * p)[is_used] / weight, rows)


def _drawn_rates(found: _Binned, n: int, seed: int) -> Floats:
    """Return rates of dissatisfied by bin, drawn from its mean risk, shape (n, n_used_bins)."""
    risk = np.clip(found.risk, 0, 1)
    drawn = np.random.default_rng(seed).binomial(found.rows, risk, size=(n, len(found.rows)))
    return np.asarray(drawn / found.rows, dtype=np.float64)
