"""The formulas that several rooms share: the logistic function and its inverse, and the log-loss.

Each is written once, here, below every room that needs it. The decision record `docs/decisions/statistics.md` says why
`expit` and `logit` are not those of `scipy.special`: they differ from them in the last bits, and scores must not move.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SMALLEST_RISK = 1e-15


def expit(log_odds: Floats | float) -> Floats:
    """Return the probability 1 / (1 + exp(-log_odds)), in the shape of the input. It does not overflow.

    Examples
    --------
    >>> float(expit(0.0))
    0.5
    """
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(log_odds, dtype=np.float64))))


def logit(risk: Floats | float) -> Floats:
    """Return the log-odds ln(p / (1 - p)) of probabilities strictly between 0 and 1, in the shape of the input.

    Examples
    --------
    >>> float(logit(0.5))
    0.0
    """
    risk = np.asarray(risk, dtype=np.float64)
    return np.asarray(np.log(risk) - np.log1p(-risk))


def clip_risk(risk: Floats) -> Floats:
    """Return risks moved away from 0 and 1 by 1e-15, so that their log-loss is finite."""
    return np.clip(risk, _SMALLEST_RISK, 1 - _SMALLEST_RISK)


def log_losses(label: Floats | bool, risk: Floats) -> Floats:
    """Return the log-loss of each row, in the shape of the broadcast inputs.

    Parameters
    ----------
    label
        0 or 1.
    risk
        Probabilities of the label 1, strictly between 0 and 1 (see `clip_risk`).

    Examples
    --------
    >>> log_losses(np.array([1.0, 0.0]), np.array([0.5, 0.5])).round(4).tolist()
    [0.6931, 0.6931]
    """
    return np.asarray(-np.where(np.asarray(label) > 0.5, np.log(risk), np.log1p(-risk)))


def log_losses_of_log_odds(label: Floats, log_odds: Floats) -> Floats:
    """Return the log-loss of each row from its log-odds; NaN where the log-odds are NaN or infinite.

    It is more exact than `log_losses` of `expit` where the log-odds are large.

    Parameters
    ----------
    label
        0 or 1, shape (n,).
    log_odds
        Shape (n,), or (k, n) for k models.
    """
    known = np.nan_to_num(log_odds)
    return np.where(np.isfinite(log_odds), np.logaddexp(0, known) - label * known, np.nan)
