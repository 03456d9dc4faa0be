"""Baselines that a model is compared with: the base rate, a logistic regression, LightGBM on raw columns, two rules."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import polars as pl
from sklearn.isotonic import IsotonicRegression

from forestall.evaluation.metrics.binning import equal_count_bins
from forestall.evaluation.questions.logistic_baseline import logistic_baseline
from forestall.evaluation.questions.raw_baseline import raw_baseline
from forestall.model.fit_progress import tell_part
from forestall.statistics import Floats, Ints

log = logging.getLogger(__name__)

NAMES = ("base_rate", "logistic", "raw", "rule", "wait")
WAIT = "service_wait_s"
BREACHED = "service_wait_breached"
RESOLVED = "resolution_resolved"
_PRIOR_ROWS = 10.0
_WHAT = "baselines"
_N_WAITS = 20


def baselines(
    train_X: pl.DataFrame,
    train_y: Any,
    train_weight: Any,
    test_X: pl.DataFrame,
    seed: int = 7,
    *,
    time: Any = None,
    groups: Any = None,
    raw: tuple[pl.DataFrame, pl.DataFrame] | None = None,
) -> dict[str, Floats]:
    """Return the risks of the test rows by simple methods, fitted on the training rows.

    Parameters
    ----------
    train_X, test_X
        Feature columns: numbers and strings. Missing values are null or NaN.
    train_y, train_weight
        Labels of the training rows, 0 or 1, and their weights; None: all weigh the same.
    seed
        Seed of samples of many rows, and of LightGBM.
    time, groups
        When each training row's interaction started, in any unit, shape (n,), and its customer and interaction, shape
        (n, 2): the logistic regression chooses its penalty forward in time, or by customer if there is no time.
    raw
        The raw columns of the training and the test rows: see `training.raw_columns`.

    Returns
    -------
    dict
        Name to risks, shape (n_test,):

        - `base_rate`: the share of dissatisfied in training;
        - `logistic`: logistic regression on numbers and on strings of few values, its penalty by cross-validation;
        - `raw`: LightGBM with its own defaults on the raw columns;
        - `rule`: "standard breached or unresolved": the share in training where it holds, does not, and is unknown;
        - `wait`: the share of dissatisfied in training by waiting time, made non-decreasing.

        A method without its columns, or that cannot be learnt from one class, is left out, and the log says so.
    """
    y = np.asarray(train_y, dtype=np.float64)
    w = np.ones(len(y)) if train_weight is None else np.asarray(train_weight, dtype=np.float64)
    train_X, test_X = _plain(train_X), _plain(test_X)
    base = float(w @ y / w.sum())
    risks = {"base_rate": np.full(len(test_X), base)}
    if not 0 < base < 1:
        log.info("baselines: only the base rate, because the training rows are of one class")
        return risks
    n_slow = 1 + (raw is not None)
    tell_part(0, n_slow, _WHAT)
    risks["logistic"] = logistic_baseline(train_X, y, w, test_X, seed, time=time, groups=groups)
    tell_part(1, n_slow, _WHAT)
    if raw is not None:
        risks["raw"] = raw_baseline(_plain(raw[0]), y, w, _plain(raw[1]), seed, groups=groups)
        tell_part(2, n_slow, _WHAT)
    return risks | _rules(train_X, y, w, test_X)


def _rules(train_X: pl.DataFrame, y: Floats, w: Floats, test_X: pl.DataFrame) -> dict[str, Floats]:
    """Return the risks by the rules whose columns are there."""
    risks = {}
    for name, needed, fitted in (("rule", (BREACHED, RESOLVED), _rule), ("wait", (WAIT,), _wait)):
        missing = [
            column for column in needed if column not in train_X.columns or column not in test_X.columns
        ]
        if missing:
            log.info("baselines: %s is left out, because there is no %s", name, " and no ".join(missing))
        else:
            risks[name] = fitted(train_X, y, w, test_X)
    return risks


def _plain(X: pl.DataFrame) -> pl.DataFrame:
    """Return the columns as Float64 and String; numbers that are not finite become null."""
    numbers = [name for name, kind in X.schema.items() if kind.is_numeric() or kind == pl.Boolean]
    names = [name for name, kind in X.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    finite = pl.col(numbers).cast(pl.Float64)
    return X.select(pl.when(finite.is_finite()).then(finite), pl.col(names).cast(pl.String).fill_null(""))


def _rule(train_X: pl.DataFrame, y: Floats, w: Floats, test_X: pl.DataFrame) -> Floats:
    def cell(X: pl.DataFrame) -> Ints:
        holds = (pl.col(BREACHED) > 0) | (pl.col(RESOLVED) <= 0)
        return X.select(holds.cast(pl.Int64).fill_null(2)).to_series().to_numpy()

    return _rates(cell(train_X), y, w, 3)[cell(test_X)]


def _wait(train_X: pl.DataFrame, y: Floats, w: Floats, test_X: pl.DataFrame) -> Floats:
    """Return shares by waiting time: of 20 bins, made non-decreasing, and one of rows without a time."""
    known = train_X[WAIT].is_not_null().to_numpy()
    base = float(w @ y / w.sum())
    risks = np.full(len(test_X), _rates((~known).astype(np.int64), y, w, 2)[1])
    asked = test_X[WAIT].is_not_null().to_numpy()
    if not known.any():
        return risks
    waits, labels, weight = train_X[WAIT].to_numpy()[known], y[known], w[known]
    places = equal_count_bins(waits, _N_WAITS)
    totals = np.bincount(places, weight)
    filled = totals > 0
    middle = np.bincount(places, weight * waits)[filled] / totals[filled]
    rates = _rates(places, labels, weight, len(totals), base)[filled]
    rising = IsotonicRegression(out_of_bounds="clip").fit(middle, rates, sample_weight=totals[filled])
    risks[asked] = rising.predict(test_X[WAIT].to_numpy()[asked])
    return risks


def _rates(places: Ints, y: Floats, w: Floats, n: int, base: float | None = None) -> Floats:
    """Return the share of dissatisfied of each of `n` bins, smoothed by ten rows of the base rate, shape (n,)."""
    base = float(w @ y / w.sum()) if base is None else base
    prior = _PRIOR_ROWS * w.mean()
    hits, totals = np.bincount(places, w * y, n), np.bincount(places, w, n)
    return np.asarray((hits + prior * base) / (totals + prior), dtype=np.float64)
