"""The baseline `logistic`: a regularised logistic regression on the features, its strength by cross-validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from forestall.model.folds import Fold, forward_folds, random_folds
from forestall.model.training_sample import as_codes, read_groups
from forestall.statistics import Floats, Ints

STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Values of `C` that are tried: the inverse of the penalty's weight."""
MAX_LEVELS = 20
MAX_ROWS = 50_000
# the best `C` hardly depends on the number of rows, so fewer are enough to choose it
_MAX_FOLD_ROWS = 10_000
_N_FOLDS, _FOLD_SHARE = 3, 0.25
_USUAL = 0.1  # where no fold has both classes
_MAX_DEVIATIONS = 10.0
# for many more rows than columns Newton's method is several times faster than L-BFGS, and ends nearer to the optimum
_SOLVER: dict[str, Any] = {"solver": "newton-cholesky", "max_iter": 200}


def logistic_baseline(
    train_X: pl.DataFrame,
    y: Floats,
    w: Floats,
    test_X: pl.DataFrame,
    seed: int,
    *,
    time: Ints | None = None,
    groups: Any = None,
) -> Floats:
    """Return the risks of the test rows by a logistic regression on all numbers and on strings of at most 20 values.

    `C` has the least log-loss on folds that go forward in time (by customer if there is no time). Folds and
    fits are on samples of at most 10,000 and 50,000 rows.

    Parameters
    ----------
    train_X, test_X
        Columns of Float64 and String, all numbers finite or null.
    y, w
        Labels 0 or 1 of the training rows, and their weights, shape (n,).
    seed
        Seed of the samples.
    time, groups
        As for `RiskClassifier.fit`.
    """
    customer, interaction = read_groups(groups, len(y))
    rows = _some(interaction, MAX_ROWS, seed)
    train_X, y, w = train_X[rows], y[rows], w[rows]
    numbers, names = _varied_columns(train_X, test_X)
    if not (numbers or names) or not _has_both(y):
        return np.full(len(test_X), float(w @ y / w.sum()))
    scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    # a single extreme value must not dominate
    bounded = FunctionTransformer(np.clip, kw_args={"a_min": -_MAX_DEVIATIONS, "a_max": _MAX_DEVIATIONS})
    columns = make_pipeline(
        ColumnTransformer([("numbers", scaled, numbers), ("names", levels, names)]), bounded
    )
    # the last bits of a product depend on the number of threads; on so few rows several mostly wait for one another
    with threadpool_limits(limits=1, user_api="blas"):
        matrix, weight = columns.fit_transform(train_X), w / w.mean()
        few = _some(interaction[rows], _MAX_FOLD_ROWS, seed)
        when = None if time is None else time[rows][few]
        folds = _folds(y[few], when, customer[rows][few], interaction[rows][few], seed)
        strength = _strength(matrix[few], y[few], weight[few], folds)
        model = LogisticRegression(C=strength, tol=1e-6, **_SOLVER).fit(matrix, y, sample_weight=weight)
        return np.asarray(model.predict_proba(columns.transform(test_X))[:, 1], dtype=np.float64)


def _some(interaction: Ints, most: int, seed: int) -> Ints:
    """Return the places of all rows, or those of random interactions with `most` rows at most."""
    if len(interaction) <= most:
        return np.arange(len(interaction), dtype=np.int64)
    order = np.random.default_rng(seed).permutation(int(interaction.max()) + 1)
    until = np.cumsum(np.bincount(interaction)[order])
    is_in = np.zeros(len(order), dtype=bool)
    is_in[order[until <= most]] = True
    return np.flatnonzero(is_in[interaction])


def _varied_columns(train_X: pl.DataFrame, test_X: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Return the numbers and the strings that both frames have and that vary in training."""
    shared = [name for name in train_X.columns if name in test_X.columns]
    varied = [name for name in shared if train_X[name].n_unique() > 1 and train_X[name].count()]
    numbers = [name for name in varied if train_X.schema[name] == pl.Float64]
    names = [name for name in varied if name not in numbers and train_X[name].n_unique() <= MAX_LEVELS]
    return numbers, names


def _folds(y: Floats, time: Ints | None, customer: Ints, interaction: Ints, seed: int) -> list[Fold]:
    """Return the folds that have both classes on both sides."""
    if time is None:
        folds = random_folds(as_codes(customer), _N_FOLDS, np.random.default_rng(seed))
    else:
        folds = forward_folds(time, as_codes(interaction), _N_FOLDS, _FOLD_SHARE)
    return [fold for fold in folds if all(_has_both(y[side]) for side in fold)]


def _strength(matrix: Floats, y: Floats, weight: Floats, folds: list[Fold]) -> float:
    """Return the `C` with the least mean log-loss over the folds."""
    if not folds:
        return _USUAL
    path = LogisticRegressionCV(
        Cs=STRENGTHS,
        cv=folds,
        scoring="neg_log_loss",
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
        **_SOLVER,
    )
    return float(path.fit(matrix, y, sample_weight=weight).C_)


def _has_both(y: Floats) -> bool:
    return len(np.unique(y)) == 2
