"""Intervals of figures, by a bootstrap over customers, because the interactions of one customer are alike."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from forestall.evaluation.metrics.calibration import as_arrays
from forestall.evaluation.metrics.customers import customer_codes, customer_keys, group_codes, row_weights
from forestall.evaluation.metrics.resampled_metrics import customer_counts, resampled_metrics
from forestall.statistics import Floats, Ints

METRICS = ("auc", "average_precision", "log_loss", "brier", "base_rate", "capture_at_10")
"""The metrics that `bootstrap_intervals` knows."""

_IS_HIGHER_BETTER = {
    "log_loss": False,
    "brier": False,
    "auc": True,
    "average_precision": True,
    "capture_at_10": True,
}


class Gain(NamedTuple):
    """By how much new risks are better than old ones, above 0 if they are, with the ends of the interval."""

    mean: float
    low: float
    high: float


def paired_gain(
    y: Any,
    p_new: Any,
    p_old: Any,
    groups: Any = None,
    metric: str = "log_loss",
    n: int = 1000,
    seed: int = 7,
    sample_weight: Any = None,
    level: float = 0.95,
) -> Gain:
    """Return by how much new risks are better than old ones on the same rows, by a bootstrap over customers.

    Both risks are measured on each resample, so what makes a resample hard for both cancels out.

    Parameters
    ----------
    y
        Labels, shape (n_rows,). Or a frame in the form of `evaluate`: then `p_new` and `p_old` are names of
        its columns, and it also holds the customers and the weights.
    p_new, p_old
        Risks, shape (n_rows,).
    groups
        The customer of each row; a null is a customer of its own. None: each row is a customer.
    metric
        `log_loss`, `brier`, `auc`, `average_precision` or `capture_at_10`.
    n, seed
        Number and seed of the resamples.
    sample_weight
        Weights of the rows, above 0.
    level
        Of the interval.

    Returns
    -------
    Gain
        Mean (on the data as they are), low and high. NaN where it is not defined.

    Raises
    ------
    ValueError
        The metric is unknown, or a row weighs nothing.
    """
    if metric not in _IS_HIGHER_BETTER:
        raise ValueError(f"metric must be one of {', '.join(_IS_HIGHER_BETTER)}; it is {metric}")
    if isinstance(y, pl.DataFrame):
        frame = y.filter(pl.col(p_new).is_not_null(), pl.col(p_old).is_not_null())
        y, p_new, p_old = frame["label"], frame[p_new], frame[p_old]
        groups, sample_weight = customer_keys(frame), row_weights(frame)
    codes = group_codes(groups, len(y))
    _, _, w = as_arrays(y, p_new, sample_weight)
    if len(w) < len(y):
        raise ValueError("every row of a paired comparison must have a weight above 0")
    new, old = (
        resampled_metrics(y, p, w, codes, names=(metric,), n=n, seed=seed)[metric] for p in (p_new, p_old)
    )
    gain = new - old if _IS_HIGHER_BETTER[metric] else old - new
    return Gain(float(gain[0]), *_interval(gain[1:], codes, level))


def bootstrap_intervals(
    frame: pl.DataFrame, n: int = 500, seed: int = 7, risk: str = "risk", names: tuple[str, ...] = METRICS
) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of metrics, by a bootstrap over customers.

    Parameters
    ----------
    frame
        Rows in the form of `evaluate`: label, risk, customer_id, interaction_id and, if they differ, weight.
    n, seed
        Number and seed of the resamples.
    risk
        The column of risks.
    names
        Some of `METRICS`.

    Returns
    -------
    dict
        By name: low and high. NaN for one customer, or if most resamples do not define the metric.
    """
    codes = customer_codes(frame)
    found = resampled_metrics(
        frame["label"], frame[risk], row_weights(frame), codes, names=names, n=n, seed=seed
    )
    return {name: _interval(values[1:], codes) for name, values in found.items()}


def mean_interval(values: Floats, codes: Ints, *, n: int, seed: int) -> tuple[float, float]:
    """Return the 95 % interval of a mean, by a bootstrap over customers; NaN for one customer.

    Parameters
    ----------
    values
        Shape (n_rows,).
    codes
        The customer of each row, from 0.
    n, seed
        Number and seed of the resamples.
    """
    sums, sizes = np.bincount(codes, values), np.bincount(codes)
    means = [counts @ sums / (counts @ sizes) for counts in customer_counts(codes, n, seed)]
    return _interval(np.concatenate(means[1:]), codes)


def resampled_totals(columns: Floats, codes: Ints, *, n: int, rng: np.random.Generator) -> Floats:
    """Return the totals of columns on the data as they are (first) and on `n` resamples of the customers.

    Parameters
    ----------
    columns
        Shape (n_rows, n_columns).
    codes
        The customer of each row, from 0.
    n
        Number of resamples.
    rng
        Generator of the resamples.

    Returns
    -------
    array of shape (n + 1, n_columns)
    """
    sums = np.column_stack([np.bincount(codes, column) for column in columns.T])
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=n)
    return np.asarray(np.vstack([sums.sum(axis=0), counts @ sums]), dtype=np.float64)


def _interval(values: Floats, codes: Ints, level: float = 0.95) -> tuple[float, float]:
    """Return the ends of the interval; NaN for one customer, or if most resamples are NaN."""
    defined = values[~np.isnan(values)]
    if len(codes) == 0 or codes.max() < 1 or len(defined) <= len(values) / 2:
        return math.nan, math.nan
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
