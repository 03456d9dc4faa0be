"""The rows of a training, and the results of its folds: the number of rounds, and log-odds of held-out rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from joblib import Parallel, delayed

from forestall.data.frames import is_frame, to_polars, to_series
from forestall.model.boosting import Boosting, best_rounds
from forestall.model.encoding import crossfit_matrix, later_matrix
from forestall.model.folds import Fold, customer_folds, forward_folds, random_folds
from forestall.model.matrix import Coded
from forestall.statistics import Floats, Ints

# number of rounds if there are too few rows for any fold
_FEW_ROUNDS = 50
CROSSFIT = 5
"""Number of folds in which the categories of training rows are encoded."""


@dataclass(frozen=True)
class Sample:
    """Rows to learn from.

    Attributes
    ----------
    coded
        Their features.
    y, weight
        Labels 0 or 1, and weights above 0, shape (n,).
    customer, interaction
        Whole numbers from 0, shape (n,).
    time
        Whole numbers that order the rows, shape (n,); None: unknown.
    """

    coded: Coded
    y: Floats
    weight: Floats
    customer: Ints
    interaction: Ints
    time: Ints | None = None


@dataclass(frozen=True)
class FoldResults:
    """The results of the folds.

    Attributes
    ----------
    rounds
        The best number of rounds for a training on all rows.
    raw
        Log-odds of held-out rows, shape (n,); NaN for rows that no fold held out.
    block
        The fold that held a row out, in the order of time, shape (n,).
    n_folds
        Number of folds.
    """

    rounds: int
    raw: Floats
    block: Ints
    n_folds: int


def run_folds(
    sample: Sample, learn: Boosting, n_folds: int, share: float, rng: np.random.Generator, n_jobs: int
) -> FoldResults:
    """Return the results of folds that go forward in time, or are drawn by customer if there is no time.

    Parameters
    ----------
    sample
        The rows.
    learn
        The settings of the training.
    n_folds, share
        Number of folds, and the share of the interactions in each.
    rng
        Generator of the folds and encodings.
    n_jobs
        Number of folds at once, each on one thread.
    """
    folds = (
        random_folds(sample.customer, n_folds, rng)
        if sample.time is None
        else forward_folds(sample.time, sample.interaction, n_folds, share)
    )
    folds = [
        fold for fold in folds if has_both_classes(sample.y[fold[0]]) and has_both_classes(sample.y[fold[1]])
    ]
    raw, block = np.full(len(sample.y), np.nan), np.zeros(len(sample.y), dtype=np.int64)
    if not folds:
        return FoldResults(min(_FEW_ROUNDS, learn.max_rounds), raw, block, 0)
    one = Boosting({**learn.params, "num_threads": 1}, learn.max_rounds)
    tried = Parallel(n_jobs=n_jobs, prefer="threads")(
        delayed(_try_fold)(sample, fold, one, child)
        for fold, child in zip(folds, rng.spawn(len(folds)), strict=True)
    )
    weights = [float(sample.weight[later].sum()) for _, later in folds]
    rounds = best_rounds([curve for _, curve, _ in tried], weights)
    for k, ((_, later), (booster, _, matrix)) in enumerate(zip(folds, tried, strict=True)):
        raw[later] = booster.predict(matrix, raw_score=True, num_iteration=rounds, num_threads=1)
        block[later] = k
    # more rows allow more rounds: by measurement, in proportion to the square root
    known = float(np.mean([len(rows) for rows, _ in folds])) / len(sample.y)
    return FoldResults(round(rounds / np.sqrt(known)), raw, block, len(folds))


def _try_fold(
    sample: Sample, fold: Fold, learn: Boosting, rng: np.random.Generator
) -> tuple[lgb.Booster, Floats, Floats]:
    """Return the booster of a fold, its log-loss on the later rows by round, and their matrix."""
    rows, later = fold
    y, weight = sample.y[rows], sample.weight[rows]
    parts = customer_folds(sample.customer, CROSSFIT, rng)[rows]
    matrix = crossfit_matrix(sample.coded, rows, y, weight, parts)
    later_x = later_matrix(sample.coded, later, rows, y, weight)
    booster, curve = learn.curve(matrix, y, weight, (later_x, sample.y[later], sample.weight[later]))
    return booster, curve, later_x


def has_both_classes(y: Floats) -> bool:
    """Return whether both labels occur."""
    return len(y) > 0 and bool(y.min() < y.max())


def as_codes(keys: Any) -> Ints:
    """Return keys as whole numbers from 0, in the order of the keys, shape (n,)."""
    return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def read_groups(groups: Any, n: int) -> tuple[Ints, Ints]:
    """Return customer and interaction of each row as whole numbers, shape (n,) each.

    An interaction with a missing customer is a customer of its own.

    Parameters
    ----------
    groups
        None (each row is a customer), customers of shape (n,), or customers and interactions of shape (n, 2).
    n
        Number of rows.

    Raises
    ------
    ValueError
        The shape is another, or an interaction is missing.
    """
    rows = np.arange(n, dtype=np.int64)
    if groups is None:
        return rows, rows
    keys = [column.rank("dense").cast(pl.Int64) for column in _key_columns(groups)]
    if len(keys) not in (1, 2) or len(keys[0]) != n:
        raise ValueError(f"groups must hold a customer, or customer and interaction, for each of {n} rows")
    if len(keys) == 2 and keys[1].null_count():
        raise ValueError("groups must name each row's interaction in its second column; some are missing")
    interaction = keys[1].to_numpy().astype(np.int64) if len(keys) == 2 else rows
    is_missing = keys[0].is_null().to_numpy()
    return np.where(is_missing, -1 - interaction, keys[0].fill_null(0).to_numpy()), interaction


def _key_columns(groups: Any) -> list[pl.Series]:
    """Return the columns of keys: text if they are no numbers, null where one is missing."""
    if is_frame(groups):
        columns = to_polars(groups, "groups").get_columns()
    else:
        table = np.asarray(groups.to_numpy() if hasattr(groups, "to_numpy") else groups)
        if table.ndim not in (1, 2):
            return []
        columns = [to_series(keys.tolist()) for keys in (table[None, :] if table.ndim == 1 else table.T)]
    return [column.fill_nan(None) if column.dtype.is_float() else column for column in columns]


def read_times(time: Any, n: int) -> Ints | None:
    """Return the times as whole numbers in their order, shape (n,); None for None.

    Raises
    ------
    ValueError
        A time is missing, or the values are neither numbers nor times.
    """
    if time is None:
        return None
    series = to_series(time, "time")
    if len(series) != n or series.null_count():
        raise ValueError(f"time must hold a time for each of {n} rows, and none may be missing")
    if not (series.dtype.is_numeric() or series.dtype.is_temporal()):
        raise ValueError(f"time must hold whole numbers or times; it holds {series.dtype}")
    return np.asarray(series.rank("dense").to_numpy(), dtype=np.int64)
