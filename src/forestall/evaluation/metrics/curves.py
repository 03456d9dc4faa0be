"""The points of the charts of an evaluation: capture, reliability, ROC and the histogram of the risks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from sklearn.metrics import roc_curve

from forestall.evaluation.metrics.binning import Points, evenly_spaced, risk_histogram
from forestall.evaluation.metrics.calibration import reliability_points
from forestall.evaluation.metrics.risk_metrics import captured
from forestall.statistics import Floats

_MAX_POINTS = 200
_N_BARS = 25


@dataclass(frozen=True)
class Curves:
    """The points of the charts, as lists of numbers.

    Parameters
    ----------
    capture
        The share of the interactions contacted (`share`), and for each risk the share of all dissatisfied reached.
    reliability
        See `reliability_points`.
    roc
        `false_alarms` and `caught`.
    spread
        By bin of the risk: its `start` and `stop`, and the shares of the `satisfied` and of the
        `dissatisfied` in it.
    """

    capture: Points = field(default_factory=dict)
    reliability: Points = field(default_factory=dict)
    roc: Points = field(default_factory=dict)
    spread: Points = field(default_factory=dict)


def curves(y: Floats, p: Floats, w: Floats, others: Mapping[str, Floats]) -> Curves:
    """Return the points of the charts. With one class only, capture and ROC are empty; without rows, all are.

    Parameters
    ----------
    y, p, w
        Labels, risks and weights, shape (n,).
    others
        The risks of the baselines by name, shape (n,), for the capture.
    """
    if not len(y):
        return Curves()
    reliability = reliability_points(y, p, w)
    spread = risk_histogram(p, {"satisfied": y == 0, "dissatisfied": y == 1}, _N_BARS, weight=w)
    if not 0 < float(w @ y / w.sum()) < 1:
        return Curves(reliability=reliability, spread=spread)
    shares = np.linspace(0, 1, 101)
    capture = {"share": shares.tolist(), "risk": captured(y, p, shares, w).tolist()}
    capture |= {name: captured(y, other, shares, w).tolist() for name, other in others.items()}
    false_alarms, caught, _ = roc_curve(y, p, sample_weight=w)
    kept = evenly_spaced(len(caught), _MAX_POINTS)
    roc = {"false_alarms": false_alarms[kept].tolist(), "caught": caught[kept].tolist()}
    return Curves(capture, reliability, roc, spread)
