"""The segments for which a new risk has a higher log-loss than the old one, corrected for multiple testing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl
from scipy.stats import norm

from forestall.evaluation.metrics.customers import clustered_mean, customer_keys, group_codes, row_weights
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.evaluation.questions.groups import UNKNOWN
from forestall.statistics import clip_risk, log_losses

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class SegmentGain:
    """The gain of the new risk over the old one in one segment.

    Parameters
    ----------
    column, name
        The column that defines the segments, and the value of this one.
    n, n_dissatisfied
        The number of interactions, and of dissatisfied ones among them.
    gain, low, high
        The mean log-loss of the old risk minus that of the new risk, with its 95 % interval, clustered by customer.
    p, p_adjusted
        The one-sided p-value of the hypothesis that the loss is at most `tolerance`, and the same adjusted for the
        number of segments (Benjamini and Hochberg).
    """

    column: str
    name: str
    n: int
    n_dissatisfied: int
    gain: float
    low: float
    high: float
    p: float
    p_adjusted: float = math.nan


def segment_gains(
    frame: pl.DataFrame,
    columns: Iterable[str],
    *,
    new: str = "risk",
    old: str = "risk_champion",
    min_n: int = 200,
    min_dissatisfied: int = 20,
    tolerance: float = 0.0,
) -> list[SegmentGain]:
    """Return the gain of each segment that is large enough, the smallest p-value first.

    Parameters
    ----------
    frame
        Rows in the form of `evaluation.evaluate`, with both risks in every row.
    columns
        The columns that define the segments; missing values are a segment too.
    new, old
        The columns of the two risks.
    min_n, min_dissatisfied
        The fewest interactions of a segment, and the fewest dissatisfied ones.
    tolerance
        A loss of the mean log-loss that is negligible.
    """
    y = frame["label"].cast(pl.Float64).to_numpy()
    loss_old, loss_new = (log_losses(y, clip_risk(frame[name].to_numpy())) for name in (old, new))
    rows = frame.select("interaction_id", "label", *columns).with_columns(
        gain=pl.Series(loss_old - loss_new),
        w=pl.Series(row_weights(frame)),
        customer_key=customer_keys(frame),
    )
    found = []
    for column in columns:
        values = pl.col(column).cast(pl.String).fill_null(UNKNOWN)
        for (name,), group in rows.group_by(values, maintain_order=True):
            counts = group.unique("interaction_id")
            n, bad = counts.height, int(counts["label"].sum())
            if n >= min_n and bad >= min_dissatisfied:
                found.append(_gain(column, str(name), n, bad, group, tolerance))
    if not found:
        return []
    adjusted = adjusted_p_values([one.p for one in found])
    gains = [replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True)]
    return sorted(gains, key=lambda one: (one.p, one.column, one.name))


def _gain(column: str, name: str, n: int, bad: int, rows: pl.DataFrame, tolerance: float) -> SegmentGain:
    """Return the gain of a segment, with its standard error clustered by customer."""
    codes = group_codes(rows["customer_key"], rows.height)
    mean, error = clustered_mean(rows["gain"].to_numpy(), codes, rows["w"].to_numpy())
    error = math.inf if math.isnan(error) else error
    p = float(norm.cdf((mean + tolerance) / error)) if error > 0 else float(mean >= -tolerance)
    return SegmentGain(column, name, n, bad, mean, mean - _Z * error, mean + _Z * error, p)
