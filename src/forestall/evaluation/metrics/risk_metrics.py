"""The metrics of risks: how well they rank, whether they are right, and how many dissatisfied they reach."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from forestall.evaluation.metrics.calibration import as_arrays, calibration_error, perfect_calibration_errors
from forestall.statistics import Floats, clip_risk, log_losses

SHARES = (0.01, 0.05, 0.10, 0.20)
"""The shares of riskiest rows of which lift and capture are given."""


def risk_metrics(y: Any, p: Any, sample_weight: Any = None, seed: int = 7) -> dict[str, float]:
    """Return the metrics of risks against the observed labels.

    Parameters
    ----------
    y
        Labels, 1 for dissatisfied and 0 for not, shape (n,).
    p
        Risks, shape (n,).
    sample_weight
        Weights of the rows, shape (n,); None: all weigh the same.
    seed
        Seed of the draws behind `calibration_error_perfect`.

    Returns
    -------
    dict
        `n`, `n_dissatisfied`, `base_rate`, `mean_risk`, `auc`, `average_precision`, `log_loss`, `brier`,
        `calibration_error` (see there), `calibration_error_perfect` and `calibration_error_perfect_high`
        (the mean and the 95 % bound of the error that exact risks would show by chance),
        `lift_at_01` … `lift_at_20` and `capture_at_01` … `capture_at_20` (of the riskiest 1, 5, 10, 20 %: how
        many times the base rate, and the share of all dissatisfied).
        NaN where a metric is not defined: no rows, or one class only.
    """
    y, p, w = as_arrays(y, p, sample_weight)
    total = w.sum()
    result = {
        "n": float(len(y)),
        "n_dissatisfied": float(y.sum()),
        "base_rate": _ratio(w @ y, total),
        "mean_risk": _ratio(w @ p, total),
    }
    has_both = 0 < result["base_rate"] < 1
    result |= {
        "auc": float(roc_auc_score(y, p, sample_weight=w)) if has_both else math.nan,
        "average_precision": float(average_precision_score(y, p, sample_weight=w)) if has_both else math.nan,
        "log_loss": _ratio(float(w @ log_losses(y, clip_risk(p))), total),
        "brier": float(brier_score_loss(y, p, sample_weight=w, pos_label=1)) if total else math.nan,
        "calibration_error": calibration_error(y, p, w),
    }
    perfect = perfect_calibration_errors(p, w, seed=seed)
    result["calibration_error_perfect"] = float(perfect.mean()) if len(y) else math.nan
    result["calibration_error_perfect_high"] = float(np.quantile(perfect, 0.95)) if len(y) else math.nan
    lifts = [captured(y, p, np.array([share]), w)[0] / share for share in SHARES]
    names = [f"{round(share * 100):02d}" for share in SHARES]
    result |= {f"lift_at_{name}": lift for name, lift in zip(names, lifts, strict=True)}
    return result | {
        f"capture_at_{name}": lift * share for name, lift, share in zip(names, lifts, SHARES, strict=True)
    }


def captured(y: Any, p: Any, shares: Floats, sample_weight: Any = None) -> Floats:
    """Return the share of all dissatisfied among the riskiest `shares` of the rows, shape of `shares`.

    Rows of equal risk count in proportion, so their order does not matter. NaN if nobody is dissatisfied.

    Parameters
    ----------
    y, p
        Labels and risks, shape (n,).
    shares
        Shares of the rows, from 0 to 1.
    sample_weight
        Weights of the rows; None: all weigh the same.
    """
    y, p, w = as_arrays(y, p, sample_weight)
    if not (w @ y):
        return np.full(len(shares), math.nan)
    _, level = np.unique(-p, return_inverse=True)
    reached = np.concatenate([[0.0], np.cumsum(np.bincount(level, w))]) / w.sum()
    caught = np.concatenate([[0.0], np.cumsum(np.bincount(level, w * y))]) / (w @ y)
    return np.asarray(np.interp(shares, reached, caught), dtype=np.float64)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan
