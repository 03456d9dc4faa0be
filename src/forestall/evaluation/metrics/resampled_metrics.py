"""Metrics on resamples of the customers, fast: sorted or summed once, then weighed anew for each resample."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from forestall.evaluation.metrics.risk_metrics import SHARES
from forestall.statistics import Floats, Ints, clip_risk, log_losses

_BLOCK = 100


def resampled_metrics(
    y: Any, p: Any, w: Floats, codes: Ints, *, names: tuple[str, ...], n: int, seed: int
) -> dict[str, Floats]:
    """Return metrics on the data as they are (first) and on `n` resamples of the customers.

    Parameters
    ----------
    y, p, w
        Labels, risks and weights, shape (n_rows,).
    codes
        The customer of each row, from 0.
    names
        `log_loss`, `brier`, `base_rate`, `auc`, `average_precision`, `capture_at_10`.
    n, seed
        Number and seed of the resamples.

    Returns
    -------
    dict
        By name, shape (n + 1,); NaN where a resample does not define the metric.
    """
    y, p = np.asarray(y, dtype=np.float64), np.asarray(p, dtype=np.float64)
    means, ranks = _MeanMetrics(y, p, w, codes), _RankMetrics(y, p, w, codes)
    rank_names = tuple(name for name in names if name not in _MeanMetrics.NAMES)
    blocks: list[dict[str, Floats]] = []
    for counts in customer_counts(codes, n, seed):
        block = {name: means.measure(name, counts) for name in names if name in _MeanMetrics.NAMES}
        if rank_names:
            rows = np.array([ranks.measure(rank_names, one) for one in counts])
            block |= {name: rows[:, place] for place, name in enumerate(rank_names)}
        blocks.append(block)
    return {name: np.concatenate([block[name] for block in blocks]) for name in names}


def customer_counts(codes: Ints, n: int, seed: int) -> Iterator[Floats]:
    """Yield how often each customer is in a resample, in blocks of shape (n_resamples, n_customers).

    The first block has one row: the data as they are.
    """
    n_customers = int(codes.max()) + 1 if len(codes) else 0
    yield np.ones((1, n_customers))
    rng = np.random.default_rng(seed)
    for start in range(0, n, _BLOCK):
        size = min(_BLOCK, n - start)
        drawn = rng.integers(0, max(n_customers, 1), size=(size, n_customers))
        places = drawn + np.arange(size)[:, None] * n_customers
        counts = np.bincount(places.ravel(), minlength=size * n_customers)
        yield counts.reshape(size, n_customers).astype(np.float64)


class _MeanMetrics:
    """Metrics that are means over rows: summed once per customer."""

    NAMES = ("log_loss", "brier", "base_rate")

    def __init__(self, y: Floats, p: Floats, w: Floats, codes: Ints) -> None:
        by_row = {"log_loss": log_losses(y, clip_risk(p)), "brier": (p - y) ** 2, "base_rate": y}
        self._sums = {name: np.bincount(codes, w * values) for name, values in by_row.items()}
        self._weight = np.bincount(codes, w)

    def measure(self, name: str, counts: Floats) -> Floats:
        """Return the metric on each resample of a block, shape (n_resamples,)."""
        weight = counts @ self._weight
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(counts @ self._sums[name] / weight, dtype=np.float64)


class _RankMetrics:
    """Metrics of the order of the risks: the rows are sorted once."""

    def __init__(self, y: Floats, p: Floats, w: Floats, codes: Ints) -> None:
        order = np.argsort(-p, kind="stable")
        falling = p[order]
        self._y, self._w, self._codes = y[order], w[order], codes[order]
        is_end = np.append(falling[1:] != falling[:-1], True) if len(p) else np.empty(0, dtype=bool)
        self._ends = np.flatnonzero(is_end)

    def measure(self, names: tuple[str, ...], counts: Floats) -> list[float]:
        """Return the metrics on one resample; rows of equal risk count as one step."""
        w = self._w * counts[self._codes]
        caught = np.cumsum(w * self._y)[self._ends]
        reached = np.cumsum(w)[self._ends]
        if not len(caught) or caught[-1] <= 0:
            return [math.nan] * len(names)
        return [_rank_metric(name, caught, reached) for name in names]


def _rank_metric(name: str, caught: Floats, reached: Floats) -> float:
    """Return a metric from the cumulative weight of the dissatisfied and of all rows, the riskiest first."""
    if name == "capture_at_10":
        return _caught_at(SHARES[2] * reached[-1], caught, reached) / float(caught[-1])
    gained = _steps(caught)
    if name == "average_precision":
        return float(np.sum(gained * caught / np.where(reached > 0, reached, 1)) / caught[-1])
    missed = reached - caught
    if missed[-1] <= 0:
        return math.nan
    # each pair in the right order counts, and half of each pair of equal risks
    below = missed[-1] - missed + _steps(missed) / 2
    return float(np.sum(gained * below) / (caught[-1] * missed[-1]))


def _caught_at(weight: float, caught: Floats, reached: Floats) -> float:
    """Return the caught weight when so much weight is reached: linear between two steps, as `np.interp`."""
    place = int(np.searchsorted(reached, weight, side="right"))
    x, y = (float(one[place - 1]) if place else 0.0 for one in (reached, caught))
    slope = (float(caught[place]) - y) / (float(reached[place]) - x)
    return slope * (weight - x) + y


def _steps(values: Floats) -> Floats:
    """Return by how much cumulative values rise at each step, the first from 0: `np.diff` without a copy."""
    steps = np.empty_like(values)
    steps[0] = values[0]
    np.subtract(values[1:], values[:-1], out=steps[1:])
    return steps
