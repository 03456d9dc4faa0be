"""How good a risk is, in figures: does it rank, is it right, whom does it catch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

Floats = npt.NDArray[np.float64]

N_BINS = 15
SHARES = (0.01, 0.05, 0.10, 0.20)
N_DRAWS = 2000
_SMALLEST = 1e-15


def risk_metrics(y: Any, p: Any, sample_weight: Any = None, seed: int = 7) -> dict[str, float]:
    """Return the metrics of risks against what became of the interactions.

    Parameters
    ----------
    y
        Labels, 1 for dissatisfied and 0 for not, shape (n,).
    p
        Risks, shape (n,).
    sample_weight
        Weights of the rows, shape (n,); else each weighs the same.
    seed
        Of the draws behind `calibration_error_perfect`.

    Returns
    -------
    dict
        `n`, `n_dissatisfied`, `base_rate`, `mean_risk`, `auc`, `average_precision`, `log_loss`, `brier`,
        `calibration_error` (see there), `calibration_error_perfect` and `calibration_error_perfect_high`
        (what risks that are exactly right would show by chance: its mean and 95 % bound),
        `lift_at_01` … `lift_at_20` and `capture_at_01` … `capture_at_20` (of the riskiest 1, 5, 10, 20 %: how
        many times the base rate, and the share of all dissatisfied).
        NaN where a metric is not defined: no rows, or one class only.
    """
    y, p, w = as_arrays(y, p, sample_weight)
    n = len(y)
    total = w.sum()
    result = {
        "n": float(n),
        "n_dissatisfied": float(y.sum()),
        "base_rate": _share(w @ y, total),
        "mean_risk": _share(w @ p, total),
    }
    both = 0 < result["base_rate"] < 1
    result |= {
        "auc": float(roc_auc_score(y, p, sample_weight=w)) if both else math.nan,
        "average_precision": float(average_precision_score(y, p, sample_weight=w)) if both else math.nan,
        "log_loss": float(log_loss(y, clipped(p), sample_weight=w, labels=[0, 1])) if total else math.nan,
        "brier": float(brier_score_loss(y, p, sample_weight=w, pos_label=1)) if total else math.nan,
        "calibration_error": calibration_error(y, p, w),
    }
    perfect = perfect_calibration_errors(p, w, seed=seed)
    result["calibration_error_perfect"] = float(perfect.mean()) if n else math.nan
    result["calibration_error_perfect_high"] = float(np.quantile(perfect, 0.95)) if n else math.nan
    for share in SHARES:
        caught = captured(y, p, np.array([share]), w)[0]
        result[f"lift_at_{round(share * 100):02d}"] = caught / share
    for share in SHARES:
        result[f"capture_at_{round(share * 100):02d}"] = result[f"lift_at_{round(share * 100):02d}"] * share
    return result


def as_arrays(y: Any, p: Any, sample_weight: Any = None) -> tuple[Floats, Floats, Floats]:
    """Return labels, risks and weights as arrays of one length; rows of weight 0 are left out."""
    y = np.asarray(y, dtype=np.float64)
    p = np.asarray(p, dtype=np.float64)
    w = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    if not len(y) == len(p) == len(w):
        raise ValueError(
            f"y, p and sample_weight must be of one length; they are {len(y)}, {len(p)}, {len(w)}"
        )
    has_weight = w > 0
    return y[has_weight], p[has_weight], w[has_weight]


def clipped(p: Floats) -> Floats:
    """Return risks away from 0 and 1, where the log-loss would be infinite."""
    return np.clip(p, _SMALLEST, 1 - _SMALLEST)


def bins(p: Floats, n_bins: int = N_BINS) -> npt.NDArray[np.int64]:
    """Return the bin of each risk: bins of as nearly equal counts as equal risks in one bin allow."""
    if not len(p):
        return np.empty(0, dtype=np.int64)
    edges = np.unique(np.quantile(p, np.arange(1, n_bins) / n_bins, method="lower"))
    return np.searchsorted(edges, p, side="left").astype(np.int64)


def calibration_error(y: Any, p: Any, sample_weight: Any = None) -> float:
    """Return the expected calibration error in 15 bins of equal counts.

    It is the mean over bins, by weight, of the distance between a bin's mean risk and its share of the
    dissatisfied. `y` may also hold true risks: then it is the distance from those.
    """
    y, p, w = as_arrays(y, p, sample_weight)
    if not len(y):
        return math.nan
    return float(np.abs(np.bincount(bins(p), w * (p - y))).sum() / w.sum())


def perfect_calibration_errors(p: Any, sample_weight: Any = None, seed: int = 7, n: int = N_DRAWS) -> Floats:
    """Return `n` calibration errors of risks that are exactly right, labels drawn by them.

    Each bin's count of dissatisfied is drawn as a binomial of its mean risk, with as many rows as its
    weights are worth. Rows are taken as independent: moments of one interaction are not, and err more.
    """
    _, p, w = as_arrays(p, p, sample_weight)
    if not len(p):
        return np.zeros(n)
    places = bins(p)
    weight = np.bincount(places, w)
    weight, squares, risk = (
        x[weight > 0] for x in (weight, np.bincount(places, w**2), np.bincount(places, w * p))
    )
    rows = np.maximum(np.round(weight**2 / squares), 1).astype(np.int64)
    mean = np.clip(risk / weight, 0, 1)
    drawn = np.random.default_rng(seed).binomial(rows, mean, size=(n, len(rows))) / rows
    return np.asarray(np.abs(drawn - mean) @ weight / weight.sum(), dtype=np.float64)


def captured(y: Any, p: Any, shares: Floats, sample_weight: Any = None) -> Floats:
    """Return the share of all dissatisfied among the riskiest `shares` of the rows, each from 0 to 1.

    Rows of equal risk count in proportion, so their order does not matter. NaN where nobody is dissatisfied.
    """
    y, p, w = as_arrays(y, p, sample_weight)
    if not (w @ y):
        return np.full(len(shares), math.nan)
    _, level = np.unique(-p, return_inverse=True)
    reached = np.concatenate([[0.0], np.cumsum(np.bincount(level, w))]) / w.sum()
    caught = np.concatenate([[0.0], np.cumsum(np.bincount(level, w * y))]) / (w @ y)
    return np.asarray(np.interp(shares, reached, caught), dtype=np.float64)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan
