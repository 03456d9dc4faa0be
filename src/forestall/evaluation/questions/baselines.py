"""What any model must beat: the base rate, a logistic regression, a rule, and the waiting time alone."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from forestall.evaluation.metrics.risk_metrics import Floats, bins

log = logging.getLogger(__name__)

NAMES = ("base_rate", "logistic", "rule", "wait")
MAX_LEVELS = 20
MAX_ROWS = 50_000
WAIT = "service_wait_s"
BREACHED = "service_wait_breached"
RESOLVED = "resolution_resolved"
_PRIOR_ROWS = 10.0
_N_WAITS = 20
_MAX_DEVIATIONS = 10.0


def baselines(
    train_X: pl.DataFrame, train_y: Any, train_weight: Any, test_X: pl.DataFrame, seed: int = 7
) -> dict[str, Floats]:
    """Return the risks that simple methods, fitted to the training rows, give the test rows.

    Parameters
    ----------
    train_X, test_X
        Feature columns: numbers, and names (strings). Gaps are null or NaN.
    train_y
        Labels of the training rows, 0 or 1.
    train_weight
        Weights of the training rows; None: each weighs the same.
    seed
        Chooses the rows that the logistic regression learns from, where there are more than 50,000.

    Returns
    -------
    dict
        Name to risks, shape (n_test,):

        - `base_rate`: the share of dissatisfied in training;
        - `logistic`: logistic regression on all numbers and on names of at most 20 levels;
        - `rule`: "standard breached or unresolved": the training's share where it holds, does
          not, is not known;
        - `wait`: the training's share by waiting time, rising.

        A method whose columns are not there, or that cannot be learnt from one class, is left out, and
        the log says so.
    """
    y = np.asarray(train_y, dtype=np.float64)
    w = np.ones(len(y)) if train_weight is None else np.asarray(train_weight, dtype=np.float64)
    train_X, test_X = _plain(train_X), _plain(test_X)
    base = float(w @ y / w.sum())
    risks = {"base_rate": np.full(len(test_X), base)}
    if not 0 < base < 1:
        log.info("baselines: only the base rate, as the training rows are of one class")
        return risks
    risks["logistic"] = _logistic(train_X, y, w, test_X, seed)
    for name, needed, fitted in (("rule", (BREACHED, RESOLVED), _rule), ("wait", (WAIT,), _wait)):
        missing = [
            column for column in needed if column not in train_X.columns or column not in test_X.columns
        ]
        if missing:
            log.info("baselines: %s is left out, as there is no %s", name, " and no ".join(missing))
        else:
            risks[name] = fitted(train_X, y, w, test_X)
    return risks


def _plain(X: pl.DataFrame) -> pl.DataFrame:
    """Return the columns as Float64 and String, with what is not finite as null."""
    numbers = [name for name, kind in X.schema.items() if kind.is_numeric() or kind == pl.Boolean]
    names = [name for name, kind in X.schema.items() if kind in (pl.String, pl.Categorical, pl.Enum)]
    finite = pl.col(numbers).cast(pl.Float64)
    return X.select(pl.when(finite.is_finite()).then(finite), pl.col(names).cast(pl.String).fill_null(""))


def _logistic(train_X: pl.DataFrame, y: Floats, w: Floats, test_X: pl.DataFrame, seed: int) -> Floats:
    if len(y) > MAX_ROWS:
        chosen = np.sort(np.random.default_rng(seed).choice(len(y), MAX_ROWS, replace=False))
        train_X, y, w = train_X[chosen], y[chosen], w[chosen]
    shared = [name for name in train_X.columns if name in test_X.columns]
    varied = [name for name in shared if train_X[name].n_unique() > 1 and train_X[name].count()]
    numbers = [name for name in varied if train_X.schema[name] == pl.Float64]
    names = [name for name in varied if name not in numbers and train_X[name].n_unique() <= MAX_LEVELS]
    if not varied or not (0 < w @ y < w.sum()):
        return np.full(len(test_X), float(w @ y / w.sum()))
    scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    # one odd value must not decide
    bounded = FunctionTransformer(np.clip, kw_args={"a_min": -_MAX_DEVIATIONS, "a_max": _MAX_DEVIATIONS})
    columns = ColumnTransformer([("numbers", scaled, numbers), ("names", levels, names)])
    model = make_pipeline(columns, bounded, LogisticRegression(max_iter=2000))
    model.fit(train_X, y, logisticregression__sample_weight=w / w.mean())
    return np.asarray(model.predict_proba(test_X)[:, 1], dtype=np.float64)


def _rule(train_X: pl.DataFrame, y: Floats, w: Floats, test_X: pl.DataFrame) -> Floats:
    def cell(X: pl.DataFrame) -> npt.NDArray[np.int64]:
        holds = (pl.col(BREACHED) > 0) | (pl.col(RESOLVED) <= 0)
        return X.select(holds.cast(pl.Int64).fill_null(2)).to_series().to_numpy()

    return _rates(cell(train_X), y, w, 3)[cell(test_X)]


def _wait(train_X: pl.DataFrame, y: Floats, w: Floats, test_X: pl.DataFrame) -> Floats:
    """Return shares by waiting time: of 20 bins, made rising; one more for no time known."""
    known = train_X[WAIT].is_not_null().to_numpy()
    base = float(w @ y / w.sum())
    risks = np.full(len(test_X), _rates((~known).astype(np.int64), y, w, 2)[1])
    asked = test_X[WAIT].is_not_null().to_numpy()
    if not known.any():
        return risks
    waits, labels, weight = train_X[WAIT].to_numpy()[known], y[known], w[known]
    places = bins(waits, _N_WAITS)
    totals = np.bincount(places, weight)
    filled = totals > 0
    middle = np.bincount(places, weight * waits)[filled] / totals[filled]
    rates = _rates(places, labels, weight, len(totals), base)[filled]
    rising = IsotonicRegression(out_of_bounds="clip").fit(middle, rates, sample_weight=totals[filled])
    risks[asked] = rising.predict(test_X[WAIT].to_numpy()[asked])
    return risks


def _rates(places: npt.NDArray[np.int64], y: Floats, w: Floats, n: int, base: float | None = None) -> Floats:
    """Return each place's share of dissatisfied, drawn to the base rate by ten rows: never quite 0 or 1."""
    base = float(w @ y / w.sum()) if base is None else base
    prior = _PRIOR_ROWS * w.mean()
    hits, totals = np.bincount(places, w * y, n), np.bincount(places, w, n)
    return np.asarray((hits + prior * base) / (totals + prior), dtype=np.float64)
