"""How much of the error of a model is noise of the labels, which no model could avoid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.evaluation.metrics.bootstrap import resampled_totals
from forestall.evaluation.questions.groups import MIN_ROWS
from forestall.statistics import Floats

MATCHED_BY = (
    "channel",
    "service_wait_breached",
    "resolution_resolved",
    "quality_defect_n",
    "resolution_reopened_n",
)
"""The columns in which two services must be equal to count as the same."""


@dataclass(frozen=True)
class Noise:
    """How much of the error of the model is noise of the labels.

    Parameters
    ----------
    n_pairs
        Pairs of successive ratings of the same service by one customer.
    differ, differ_low, differ_high
        The share of the pairs with one dissatisfied rating and one other, with its 95 % interval over customers.
    unexplained
        The share of the variance of the label that repeats leave unexplained: half of `differ` over that variance.
    of_model
        The share of the variance that the model leaves unexplained: its Brier score over the variance.
    share, share_low, share_high
        `unexplained` over `of_model`: the part of the error that is noise. Real differences between two services that
        count as the same are taken for noise, so a share of 1 or more sets the model no limit. Lasting habits of a
        customer are in both ratings and count as no noise.
    true_share
        The part that is noise according to the true risk; NaN if it is not known.
    """

    n_pairs: int
    differ: float
    differ_low: float
    differ_high: float
    unexplained: float
    of_model: float
    share: float
    share_low: float
    share_high: float
    true_share: float


def noise(
    labelled: pl.DataFrame, scored: pl.DataFrame, seed: int = 7, n_resamples: int = 500
) -> Noise | None:
    """Return how much of the error is noise, from repeated services and, if it is known, from the true risk.

    Parameters
    ----------
    labelled
        All labelled interactions at their last moment: customer_id, as_of, label, and the columns of `MATCHED_BY`
        that the data have.
    scored
        Rows that the model has not learnt from: label, risk and, if it is known, true_risk.
    seed, n_resamples
        Seed and number of the resamples behind the interval.

    Returns
    -------
    Noise or None
        None for fewer than 100 pairs, or labels of one class.
    """
    pairs = _repeated_services(labelled)
    rows = scored.filter(pl.col("risk").is_not_null())
    if pairs.height < MIN_ROWS or rows["label"].n_unique() < 2:
        return None
    y, p = rows["label"].cast(pl.Float64).to_numpy(), rows["risk"].to_numpy()
    variance = float(y.mean() * (1 - y.mean()))
    of_model = float(((y - p) ** 2).mean()) / variance
    draws = _resampled_shares(pairs, seed, n_resamples)
    differ, unexplained = draws[0]
    ends = np.nanquantile(draws[1:], [0.025, 0.975], axis=0)
    true_share = math.nan
    if "true_risk" in rows.columns and not rows["true_risk"].has_nulls():
        t = rows["true_risk"].to_numpy()
        true_share = float((t * (1 - t)).mean()) / variance / of_model
    low, middle, high = (float(one) / of_model for one in (ends[0, 1], unexplained, ends[1, 1]))
    return Noise(
        n_pairs=pairs.height,
        differ=float(differ),
        differ_low=float(ends[0, 0]),
        differ_high=float(ends[1, 0]),
        unexplained=float(unexplained),
        of_model=of_model,
        share=middle,
        share_low=low,
        share_high=high,
        true_share=true_share,
    )


def _repeated_services(labelled: pl.DataFrame) -> pl.DataFrame:
    """Return pairs of successive ratings of the same service by one customer: customer_id, label and label before."""
    matched = [name for name in MATCHED_BY if name in labelled.columns]
    before = pl.col("label").shift().over("customer_id", *matched, order_by="as_of")
    return (
        labelled.filter(pl.col("customer_id").is_not_null())
        .with_columns(before=before)
        .filter(pl.col("before").is_not_null())
        .select("customer_id", "label", "before")
    )


def _resampled_shares(pairs: pl.DataFrame, seed: int, n: int) -> Floats:
    """Return the share of pairs that differ, and half of it over the variance, shape (n + 1, 2); first of the data."""
    # customers are numbered in the order of their first pair
    first_pair = pairs.with_row_index("row").select(pl.col("row").min().over("customer_id")).to_series()
    codes = first_pair.rank("dense").cast(pl.Int64).to_numpy() - 1
    columns = pairs.select(
        n_pairs=pl.lit(1.0),
        differ=(pl.col("label") != pl.col("before")).cast(pl.Float64),
        n_bad=(pl.col("label") + pl.col("before")).cast(pl.Float64),
    ).to_numpy()
    totals = resampled_totals(columns, codes, n=n, rng=np.random.default_rng(seed))
    n_pairs, differ, n_bad = totals.T
    rate = n_bad / (2 * n_pairs)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.column_stack([differ / n_pairs, differ / n_pairs / 2 / (rate * (1 - rate))])
