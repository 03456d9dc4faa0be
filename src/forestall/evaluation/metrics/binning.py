"""Bins of equal counts, and histograms of risks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from forestall.statistics import Floats, Ints

Bools = npt.NDArray[np.bool_]
Points = dict[str, list[float]]
"""The points of a chart: lists of numbers by name."""

N_BINS = 15


def equal_count_bins(values: Floats, n_bins: int = N_BINS) -> Ints:
    """Return the bin of each value, from 0, shape (n,).

    The counts of the bins are as nearly equal as they can be with equal values in one bin.
    """
    if not len(values):
        return np.empty(0, dtype=np.int64)
    edges = np.unique(np.quantile(values, np.arange(1, n_bins) / n_bins, method="lower"))
    return np.searchsorted(edges, values, side="left").astype(np.int64)


def risk_histogram(
    risk: Floats,
    groups: Mapping[str, Bools],
    n_bins: int,
    *,
    weight: Floats | None = None,
    top_step: float | None = 0.05,
) -> Points:
    """Return the histogram of the risks of each group, on the same bins of equal width.

    The bins reach from 0 to the 99.9 % quantile of all risks, but at least to 0.05. Higher risks count in the last bin.

    Parameters
    ----------
    risk
        Shape (n,), at least one.
    groups
        By name, the rows of a group, shape (n,).
    n_bins
        Number of bins.
    weight
        Weights of the rows; None: all weigh the same.
    top_step
        The upper end is rounded up to a multiple of this; None: it is not rounded.

    Returns
    -------
    dict of lists
        `start` and `stop` of each bin, and for each group the share of its weight in each bin.
    """
    top = float(np.quantile(risk, 0.999))
    if top_step is not None:
        n_steps = round(1 / top_step)
        top = math.ceil(top * n_steps) / n_steps
    edges = np.linspace(0, min(1.0, max(0.05, top)), n_bins + 1)
    inside = np.clip(risk, edges[0], edges[-1])
    w = np.ones(len(risk)) if weight is None else weight
    points: Points = {"start": edges[:-1].tolist(), "stop": edges[1:].tolist()}
    for name, rows in groups.items():
        counts, _ = np.histogram(inside[rows], edges, weights=w[rows])
        points[name] = (counts / max(float(w[rows].sum()), 1e-300)).tolist()
    return points


def evenly_spaced(n: int, at_most: int) -> Ints:
    """Return at most so many places of `n` rows, at equal distances, the first and the last among them."""
    places = np.linspace(0, max(n - 1, 0), min(n, at_most)).round()
    return np.unique(places.astype(np.int64))
