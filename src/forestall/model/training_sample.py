"""What is learnt from, and what folds of it tell: how many rounds, and log-odds of rows not learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import polars as pl
from joblib import Parallel, delayed

from forestall.model.boosting import Boosting, best_rounds
from forestall.model.encoding import crossfit_matrix, later_matrix
from forestall.model.folds import Fold, customer_folds, forward_folds, random_folds
from forestall.model.matrix import Coded, is_frame
from forestall.statistics import Floats, Ints

# rounds where the rows are too few for any fold
_FEW_ROUNDS = 50
CROSSFIT = 5


@dataclass(frozen=True)
class Sample:
    """Rows to learn from.

    Attributes
    ----------
    coded
        Their features.
    y, weight
        (n,) labels 0 or 1, and weights above 0.
    customer, interaction
        (n,) whole numbers from 0.
    time
        (n,) whole numbers, the order of the rows; None: unknown.
    """

    coded: Coded
    y: Floats
    weight: Floats
    customer: Ints
    interaction: Ints
    time: Ints | None = None


@dataclass(frozen=True)
class Forward:
    """What the folds tell.

    Attributes
    ----------
    rounds
        The right number of rounds for all rows.
    raw
        (n,) log-odds of rows that were not learnt from; NaN for the rows that only were.
    block
        (n,) the fold that a row was tried in, in the order of time.
    n_folds
        How many folds there were.
    """

    rounds: int
    raw: Floats
    block: Ints
    n_folds: int


def go_forward(
    sample: Sample, learn: Boosting, n_folds: int, share: float, rng: np.random.Generator, n_jobs: int
) -> Forward:
    """Return what folds tell that go forward in time, or by customer where there is no time.

    Parameters
    ----------
    n_folds, share
        How many folds, and each one's share of the interactions.
    n_jobs
        How many folds are tried at once, each on one thread.
    """
    folds = (
        random_folds(sample.customer, n_folds, rng)
        if sample.time is None
        else forward_folds(sample.time, sample.interaction, n_folds, share)
    )
    folds = [fold for fold in folds if has_both(sample.y[fold[0]]) and has_both(sample.y[fold[1]])]
    raw, block = np.full(len(sample.y), np.nan), np.zeros(len(sample.y), dtype=np.int64)
    if not folds:
        return Forward(min(_FEW_ROUNDS, learn.max_rounds), raw, block, 0)
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
    # more rows bear more rounds: by the square root, as measured
    known = float(np.mean([len(rows) for rows, _ in folds])) / len(sample.y)
    return Forward(round(rounds / np.sqrt(known)), raw, block, len(folds))


def _try_fold(
    sample: Sample, fold: Fold, learn: Boosting, rng: np.random.Generator
) -> tuple[lgb.Booster, Floats, Floats]:
    """Return a fold's booster, its curve of log-loss on the later rows, and their matrix."""
    rows, later = fold
    y, weight = sample.y[rows], sample.weight[rows]
    parts = customer_folds(sample.customer, CROSSFIT, rng)[rows]
    matrix = crossfit_matrix(sample.coded, rows, y, weight, parts)
    later_x = later_matrix(sample.coded, later, rows, y, weight)
    booster, curve = learn.curve(matrix, y, weight, (later_x, sample.y[later], sample.weight[later]))
    return booster, curve, later_x


def has_both(y: Floats) -> bool:
    """Return whether labels of both kinds are there."""
    return len(y) > 0 and bool(y.min() < y.max())


def ranks(keys: Any) -> Ints:
    """Return each key as a whole number from 0."""
    return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def read_groups(groups: Any, n: int) -> tuple[Ints, Ints]:
    """Return each row's customer and interaction as whole numbers; a missing customer is one of its own.

    Parameters
    ----------
    groups
        None (each row is its own), (n,) customers, or (n, 2) customers and interactions.

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
    if is_frame(groups):
        return [_keys(groups[name].to_list()) for name in groups.columns]
    table = np.asarray(groups.to_numpy() if hasattr(groups, "to_numpy") else groups)
    if table.ndim not in (1, 2):
        return []
    return [_keys(column.tolist()) for column in (table[None, :] if table.ndim == 1 else table.T)]


def _keys(cells: list[Any]) -> pl.Series:
    """Return cells as text where they are no numbers; None, NaN and the like as null."""
    cells = [None if pd.isna(cell) else cell for cell in cells]
    if any(isinstance(cell, str) for cell in cells):
        cells = [None if cell is None else str(cell) for cell in cells]
    return pl.Series(cells)


def read_times(time: Any, n: int) -> Ints | None:
    """Return the order of the rows as whole numbers; None for None.

    Raises
    ------
    ValueError
        There is not a time for each row.
    """
    if time is None:
        return None
    if isinstance(getattr(time, "dtype", None), pd.DatetimeTZDtype):
        time = pd.Series(time).dt.tz_convert(None)
    series = pl.Series(time)
    if len(series) != n or series.null_count():
        raise ValueError(f"time must hold a time for each of {n} rows, without gaps")
    if not (series.dtype.is_numeric() or series.dtype.is_temporal()):
        raise ValueError(f"time must hold whole numbers or times; it holds {series.dtype}")
    return np.asarray(series.rank("dense").to_numpy(), dtype=np.int64)
