"""Calibration of the log-odds: none, a shift of their level, sigmoid, isotonic or Venn-Abers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from sklearn.isotonic import IsotonicRegression

from forestall.model.level_drift import expected_shift
from forestall.statistics import Floats, Ints, expit, log_losses, logit

CalibratorName = Literal["none", "level", "sigmoid", "isotonic", "venn_abers"]
# the simplest first: from `sigmoid` on, a later one is chosen only if it is clearly better
CALIBRATORS: tuple[CalibratorName, ...] = ("none", "level", "sigmoid", "venn_abers", "isotonic")
_FIRST, _STEPS = ("none", "level"), ("venn_abers", "isotonic")
# a step function needs more rows than two parameters
_MIN_ROWS_FOR_STEPS = 1000
_SMALLEST = 1e-6
# a row that weighs more than so many of the lightest ones counts as so many
_MOST_TIMES = 100


@dataclass(frozen=True)
class Calibrator:
    """A non-decreasing function from log-odds to a risk strictly between 0 and 1.

    Attributes
    ----------
    kind
        The kind of function.
    slope, intercept
        For `sigmoid`: the risk is `expit(slope * log_odds + intercept)`. For `level` the slope is 1, for `none` also
        the intercept is 0.
    grid, risk
        For `isotonic` and `venn_abers`: log-odds and the risk at each, shape (k,), interpolated linearly.
    """

    kind: CalibratorName = "none"
    slope: float = 1.0
    intercept: float = 0.0
    grid: Floats = field(default_factory=lambda: np.empty(0))
    risk: Floats = field(default_factory=lambda: np.empty(0))

    def __call__(self, raw: Floats) -> Floats:
        """Return the calibrated risks of log-odds, in the shape of the input."""
        is_table = len(self.grid) > 0
        risk = np.interp(raw, self.grid, self.risk) if is_table else expit(self.slope * raw + self.intercept)
        return np.clip(risk, _SMALLEST, 1 - _SMALLEST)

    def describe(self) -> str:
        """Return its kind, and what it does to the log-odds where that is one number."""
        if self.kind != "level":
            return f"calibrator {self.kind}"
        return f"calibrator level, which adds {self.intercept:+.2f} to them, the drift of the base rate in these folds"

    def as_dict(self) -> dict[str, Any]:
        """Return the calibrator as a dict for JSON."""
        return {
            "kind": self.kind,
            "slope": self.slope,
            "intercept": self.intercept,
            "grid": self.grid.tolist(),
            "risk": self.risk.tolist(),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Calibrator:
        """Return the calibrator from the result of `as_dict`."""
        grid, risk = (np.array(content[key], dtype=np.float64) for key in ("grid", "risk"))
        return cls(content["kind"], content["slope"], content["intercept"], grid, risk)


def fit_calibrator(
    kind: CalibratorName, raw: Floats, y: Floats, weight: Floats | None = None, block: Ints | None = None
) -> Calibrator:
    """Return a fitted calibrator of one kind.

    Parameters
    ----------
    kind
        One of `CALIBRATORS`.
    raw
        Log-odds of rows that the booster has not learnt from, one moment per interaction, shape (n,).
    y
        Labels 0 or 1, both present, shape (n,).
    weight
        Weights above 0 of the rows, shape (n,); None: all weigh the same.
    block
        For `level`: the block in time of each row, shape (n,); None: all are in one.
    """
    if kind == "none":
        return Calibrator()
    if kind == "venn_abers":
        return _venn_abers(*(raw, y) if weight is None else _repeated(raw, y, weight))
    counts = np.ones(len(y)) if weight is None else _as_counts(weight)
    if kind == "level":
        block = np.zeros(len(y), dtype=np.int64) if block is None else block
        return Calibrator("level", intercept=expected_shift(raw, y, counts, block))
    return (_sigmoid if kind == "sigmoid" else _isotonic)(raw, y, counts)


def choose_calibrator(
    raw: Floats, y: Floats, block: Ints, is_in_time: bool, weight: Floats | None = None
) -> tuple[Calibrator, dict[str, float]]:
    """Return the calibrator with the lowest held-out log-loss, and the log-loss of each candidate.

    The log-loss of a block is that of calibrators fitted on the earlier blocks (without a time: on all other blocks).
    A candidate replaces a simpler one only if its gain is more than one standard error of the gain. `level`, which
    needs a time, is its own judge: its shift is near 0 where the blocks show no drift.

    Parameters
    ----------
    raw, y
        Log-odds of rows that the booster has not learnt from, one moment per interaction, and their labels; shape (n,).
    block
        The block of each row, from 0, shape (n,).
    is_in_time
        Whether a block with a higher number came later.
    weight
        Weights above 0 of the rows, shape (n,); None: all weigh the same.
    """
    splits = _splits(y, block, is_in_time)
    w = None if weight is None else np.concatenate([weight[later] for _, later in splits] or [np.empty(0)])
    losses = {kind: _held_out(kind, raw, y, splits, weight, block) for kind in _candidates(y, is_in_time)}
    chosen: CalibratorName = "level" if is_in_time else "none"
    for kind in [kind for kind in losses if kind not in _FIRST]:
        gain = losses[chosen] - losses[kind]
        if len(gain) > 1 and _mean(gain, w) > _error_of_mean(gain, w):
            chosen = kind
    means = {str(kind): float(_mean(loss, w)) for kind, loss in losses.items() if len(loss)}
    return fit_calibrator(chosen, raw, y, weight, block), means


def _candidates(y: Floats, is_in_time: bool) -> list[CalibratorName]:
    left_out = set() if len(y) >= _MIN_ROWS_FOR_STEPS else set(_STEPS)
    left_out |= set() if is_in_time else {"level"}
    return [kind for kind in CALIBRATORS if kind not in left_out]


def _splits(y: Floats, block: Ints, is_in_time: bool) -> list[tuple[Any, Any]]:
    """Return the rows to fit on and the held-out rows of each block that can be tried, as flags."""
    pairs = [
        (block < k if is_in_time else block != k, block == k) for k in range(int(block.max(initial=-1)) + 1)
    ]
    return [(fit, later) for fit, later in pairs if later.any() and 0 < y[fit].sum() < fit.sum()]


def _held_out(
    kind: CalibratorName,
    raw: Floats,
    y: Floats,
    splits: Sequence[tuple[Any, Any]],
    weight: Floats | None,
    block: Ints,
) -> Floats:
    """Return the log-loss of the held-out rows of all splits, one split after another."""
    parts = []
    for fit, later in splits:
        known = None if weight is None else weight[fit]
        calibrator = fit_calibrator(kind, raw[fit], y[fit], known, block[fit])
        parts.append(log_losses(y[later], calibrator(raw[later])))
    return np.concatenate(parts) if parts else np.empty(0)


def _mean(values: Floats, weight: Floats | None) -> Any:
    return values.mean() if weight is None else np.average(values, weights=weight)


def _error_of_mean(values: Floats, weight: Floats | None) -> Any:
    """Return the standard error of the mean of independent values."""
    if weight is None:
        return values.std(ddof=1) / np.sqrt(len(values))
    return np.sqrt((weight**2 * (values - _mean(values, weight)) ** 2).sum()) / weight.sum()


def _as_counts(weight: Floats) -> Floats:
    """Return weights that add up to the number of equal weights with the same precision (Kish 1965)."""
    return np.asarray(weight * (weight.sum() / (weight**2).sum()))


def _repeated(raw: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the rows as often as they weigh, for a fit that knows no weights."""
    times = np.rint(np.minimum(weight / weight.min(), _MOST_TIMES)).astype(np.int64)
    return np.repeat(raw, times), np.repeat(y, times)


def _sigmoid(raw: Floats, y: Floats, weight: Floats) -> Calibrator:
    """Return the sigmoid of Platt (1999), whose targets keep the slope finite if the classes are separable.

    It is fitted by Newton's method. Solvers of scipy and scikit-learn end up to 1e-8 away, which would move the scores:
    see `docs/decisions/statistics.md`.
    """
    n_positive = (weight * y).sum()
    n_negative = weight.sum() - n_positive
    target = np.where(y > 0.5, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    design = np.column_stack([raw, np.ones_like(raw)])
    weights = np.array([1.0, 0.0])
    for _ in range(100):
        risk = expit(design @ weights)
        curvature = np.maximum(risk * (1 - risk), 1e-9)
        hessian = design.T @ (design * (weight * curvature)[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (weight * (target - risk)))
        step *= min(1.0, 2 / max(np.abs(step).max(), 1e-300))
        weights += step
        if np.abs(step).max() < 1e-10:
            break
    if weights[0] <= 0:
        # log-odds in the wrong order are not informative, so the risk is the base rate
        return Calibrator("sigmoid", 0.0, float(logit(np.average(target, weights=weight))))
    return Calibrator("sigmoid", float(weights[0]), float(weights[1]))


def _isotonic(raw: Floats, y: Floats, weight: Floats) -> Calibrator:
    """Return the isotonic regression, each of its steps with rows of the base rate added, one of them dissatisfied.

    Without them a step of satisfied rows would have a risk of 0, and no risk is 0.
    """
    fitted = IsotonicRegression(out_of_bounds="clip").fit(raw, y, sample_weight=weight)
    steps, step = np.unique(fitted.predict(raw), return_inverse=True)
    n, more = np.bincount(step, weight), 1 / np.average(y, weights=weight)
    # a step of few rows moves further, so that the steps are put in order again
    again = IsotonicRegression(out_of_bounds="clip")
    again.fit(steps, (np.bincount(step, weight * y) + 1) / (n + more), sample_weight=n + more)
    risk = again.predict(fitted.y_thresholds_)
    return Calibrator("isotonic", grid=fitted.X_thresholds_, risk=risk)


def _venn_abers(raw: Floats, y: Floats) -> Calibrator:
    # the package switches the warnings of numpy off for the whole process when it is imported; errstate restores them.
    # It divides by the width of empty steps and expects the NaN
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        from venn_abers.venn_abers import calc_p0p1, calc_probs  # noqa: PLC0415 - see above

        risk = expit(raw)
        p0, p1, known = calc_p0p1(np.column_stack([1 - risk, risk]), y)
        merged, _ = calc_probs(p0, p1, known, np.column_stack([1 - known, known]))
    values = merged[:, 1]
    # of equal neighbours only the first and the last are needed
    is_needed = np.ones(len(values), dtype=bool)
    is_needed[1:-1] = (values[1:-1] != values[:-2]) | (values[1:-1] != values[2:])
    return Calibrator("venn_abers", grid=logit(known[is_needed]), risk=values[is_needed])
