"""The points of the pictures: whom a risk catches, whether it is right, how it ranks, how it is spread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from sklearn.metrics import roc_curve

from forestall.evaluation.metrics.risk_metrics import N_BINS, Floats, bins, captured

Points = dict[str, list[float]]

_MOST_POINTS = 200
_N_BARS = 25


@dataclass(frozen=True)
class Curves:
    """Points of the pictures, as lists of numbers.

    Parameters
    ----------
    capture
        Share contacted (`share`), and for each risk the share of all dissatisfied reached.
    reliability
        By bin of equal counts: mean `risk`, `rate` of dissatisfied, rows `n`, and the bounds `low` and `high`
        between which the rate lies 19 times of 20 if the risks are exactly right.
    roc
        `false_alarms` and `caught`.
    spread
        By bin of the risk: its `start` and `stop`, and the shares of the `satisfied` and of the
        `dissatisfied` that are in it.
    """

    capture: Points = field(default_factory=dict)
    reliability: Points = field(default_factory=dict)
    roc: Points = field(default_factory=dict)
    spread: Points = field(default_factory=dict)


def curves(y: Floats, p: Floats, w: Floats, others: Mapping[str, Floats]) -> Curves:
    """Return the points of the pictures; none of the curves that one class does not define.

    Parameters
    ----------
    y, p, w
        Labels, risks and weights, shape (n,).
    others
        Baselines' risks by name, for the capture.
    """
    if not len(y):
        return Curves()
    rate = float(w @ y / w.sum())
    if not 0 < rate < 1:
        return Curves(reliability=reliability_points(y, p, w), spread=_spread(y, p, w))
    shares = np.linspace(0, 1, 101)
    capture = {"share": shares.tolist(), "risk": captured(y, p, shares, w).tolist()}
    capture |= {name: captured(y, other, shares, w).tolist() for name, other in others.items()}
    false_alarms, caught, _ = roc_curve(y, p, sample_weight=w)
    return Curves(
        capture=capture,
        reliability=reliability_points(y, p, w),
        roc=_thinned(false_alarms=false_alarms, caught=caught),
        spread=_spread(y, p, w),
    )


def reliability_points(
    y: Floats, p: Floats, w: Floats, n_bins: int = N_BINS, seed: int = 7, n_draws: int = 2000
) -> Points:
    """Return by bin of the risk what was said, what came true, and what chance allows.

    Parameters
    ----------
    y, p, w
        Labels, risks and weights, shape (n,).
    n_bins
        Bins of equal counts.
    seed, n_draws
        Of the band: labels are drawn from the risks themselves, so many times.

    Returns
    -------
    dict of lists
        `risk`, `rate`, `n`, and `low` and `high`, between which the rate of a perfect model lies 19 times of 20.
    """
    places = bins(p, n_bins)
    used = np.bincount(places, w) > 0
    weight = np.bincount(places, w)[used]
    risk, rate = (np.bincount(places, w * x)[used] / weight for x in (p, y))
    rows = np.maximum(np.round(weight**2 / np.bincount(places, w**2)[used]), 1).astype(np.int64)
    drawn = np.random.default_rng(seed).binomial(rows, np.clip(risk, 0, 1), size=(n_draws, len(rows))) / rows
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    counts = np.bincount(places)[used]
    names = ("risk", "rate", "n", "low", "high")
    return {
        name: values.tolist() for name, values in zip(names, (risk, rate, counts, low, high), strict=True)
    }


def _spread(y: Floats, p: Floats, w: Floats) -> Points:
    top = max(0.05, math.ceil(float(np.quantile(p, 0.999)) * 20) / 20)
    edges = np.linspace(0, min(top, 1.0), _N_BARS + 1)
    inside = np.clip(p, edges[0], edges[-1])
    result = {"start": edges[:-1].tolist(), "stop": edges[1:].tolist()}
    for name, of in (("satisfied", y == 0), ("dissatisfied", y == 1)):
        counts, _ = np.histogram(inside[of], edges, weights=w[of])
        result[name] = (counts / max(float(w[of].sum()), 1e-300)).tolist()
    return result


def _thinned(**columns: Floats) -> Points:
    length = len(next(iter(columns.values())))
    kept = np.unique(np.linspace(0, length - 1, min(length, _MOST_POINTS)).round().astype(np.int64))
    return {name: values[kept].tolist() for name, values in columns.items()}
