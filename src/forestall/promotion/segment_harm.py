"""Whom a new risk would serve worse than the old one: by segment, corrected for looking many times."""

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
    """By how much the new risk is better than the old one for one group.

    Parameters
    ----------
    column, name
        What divides, and the group's value.
    n, n_dissatisfied
        Interactions, and those of them that ended dissatisfied.
    gain, low, high
        Difference of the mean log-loss, above 0 where the new is better, with its 95 % interval over customers.
    p, p_adjusted
        The chance of so low a gain if nothing were lost but a trifle; and corrected for all groups looked at
        (Benjamini and Hochberg).
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
    trifle: float = 0.0,
) -> list[SegmentGain]:
    """Return the gain of each group that is large enough, the surest harm first.

    Parameters
    ----------
    frame
        Rows in the form of `evaluate`, both risks in every row.
    columns
        By which the rows are divided; a null is a group too.
    new, old
        The columns of the two risks.
    min_n, min_dissatisfied
        The fewest interactions of a group, and dissatisfied among them.
    trifle
        A loss that is no harm.
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
                found.append(_gain(column, str(name), n, bad, group, trifle))
    if not found:
        return []
    adjusted = adjusted_p_values([one.p for one in found])
    judged = [replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True)]
    return sorted(judged, key=lambda one: (one.p, one.column, one.name))


def _gain(column: str, name: str, n: int, bad: int, rows: pl.DataFrame, trifle: float) -> SegmentGain:
    """Return a group's gain; its error takes the rows of one customer as one."""
    codes = group_codes(rows["customer_key"], rows.height)
    mean, error = clustered_mean(rows["gain"].to_numpy(), codes, rows["w"].to_numpy())
    error = math.inf if math.isnan(error) else error
    p = float(norm.cdf((mean + trifle) / error)) if error > 0 else float(mean >= -trifle)
    return SegmentGain(column, name, n, bad, mean, mean - _Z * error, mean + _Z * error, p)
