"""Whose each row is, and how sure a mean is when the rows of one customer are alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from forestall.moments.contacted import HOLDOUT_WEIGHT
from forestall.statistics import Floats, Ints


def customer_keys(frame: pl.DataFrame) -> pl.Series:
    """Return the customer of each row; the interaction where the customer is not known.

    Parameters
    ----------
    frame
        Columns customer_id (may be null) and interaction_id.
    """
    known = pl.concat_str(pl.lit("c"), pl.col("customer_id"))
    return frame.select(pl.coalesce(known, pl.concat_str(pl.lit("i"), pl.col("interaction_id")))).to_series()


def row_weights(frame: pl.DataFrame) -> Floats:
    """Return the column `weight` as floats, shape (n_rows,); ones if the frame has no such column."""
    if "weight" not in frame.columns:
        return np.ones(len(frame))
    return frame["weight"].cast(pl.Float64).to_numpy()


def one_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows that count once each, without `weight`.

    If customers were contacted, a held-out one counts for as many as one over the probability of being held out: then
    `holdout_weight` is the `weight`.
    """
    if HOLDOUT_WEIGHT not in rows.columns:
        return rows.drop("weight", strict=False)
    return rows.with_columns(weight=HOLDOUT_WEIGHT)


def weights_of(rows: pl.DataFrame) -> Floats | None:
    """Return the column `weight` as floats, shape (n_rows,); None if the rows weigh the same."""
    return row_weights(rows) if "weight" in rows.columns else None


def group_codes(groups: Any, n_rows: int) -> Ints:
    """Return the group of each row as a whole number from 0, shape (n_rows,).

    Parameters
    ----------
    groups
        Keys, shape (n_rows,). A null is a group of its own. None: each row is a group.
    n_rows
        Number of rows.
    """
    if groups is None:
        return np.arange(n_rows, dtype=np.int64)
    names = groups if isinstance(groups, pl.Series) else pl.Series(groups)
    codes = names.rank("dense").cast(pl.Int64)
    known = codes.max()
    alone = pl.int_range(len(names), eager=True) + (known if isinstance(known, int) else 0) + 1
    return np.unique(codes.fill_null(alone).to_numpy(), return_inverse=True)[1].astype(np.int64)


def customer_codes(frame: pl.DataFrame) -> Ints:
    """Return the customer of each row as a whole number from 0, shape (n_rows,). See `customer_keys`."""
    return group_codes(customer_keys(frame), frame.height)


def clustered_mean(
    values: Floats, codes: Ints, weight: Floats | None = None, *, ddof: int = 1
) -> tuple[float, float]:
    """Return the mean of values and its standard error, where rows of one customer may be alike.

    The error is the cluster-robust one of a mean: it sums the deviations of each customer before squaring them
    (Liang and Zeger 1986).

    Parameters
    ----------
    values
        Shape (n_rows,), at least one row.
    codes
        The customer of each row, from 0: see `customer_codes`.
    weight
        Weights of the rows; None: all weigh the same.
    ddof
        The variance is multiplied by k / (k - ddof) for k customers.

    Returns
    -------
    mean, error
        The error is NaN for `ddof` customers or fewer.
    """
    w = np.ones(len(values)) if weight is None else weight
    total = float(w.sum())
    mean = float(values.mean()) if weight is None else float(w @ values / total)
    sums = np.bincount(codes, w * (values - mean))
    n_customers = len(sums)
    if n_customers <= ddof:
        return mean, math.nan
    return mean, math.sqrt(float((sums**2).sum()) * n_customers / (n_customers - ddof)) / total
