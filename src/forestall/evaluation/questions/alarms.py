"""Whom a day's contacts go to, and how long before a complaint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.evaluation.metrics.bootstrap import bootstrap_intervals
from forestall.evaluation.metrics.risk_metrics import Floats

CAPACITY_SHARE = 0.1
"""The share of a day's interactions that can be contacted."""

OUTCOMES = {"complained_at": "complaint", "bad_at": "bad rating", "event_at": "labelled event"}
_HOUR_S = 3600.0
_MOST_LEADS = 500


@dataclass(frozen=True)
class Foreseen:
    """How many of an outcome were flagged before it came.

    Parameters
    ----------
    outcome
        `complaint`, `bad rating` or, with a label by another event, `labelled event`.
    n
        How many came.
    share, share_low, share_high
        The share flagged before, with its 95 % interval over customers.
    hour_share
        The share flagged at least an hour before.
    lead_q25_s, lead_median_s, lead_q75_s
        Quartiles of the lead time of those flagged before, seconds.
    lead_hours
        Lead times of those flagged before, hours, sorted; at most 500, at equal distances.
    bound_share, bound_hour_share
        What the true risk reaches in the same way; NaN where it is not known.
    """

    outcome: str
    n: int
    share: float
    share_low: float
    share_high: float
    hour_share: float
    lead_q25_s: float
    lead_median_s: float
    lead_q75_s: float
    lead_hours: list[float]
    bound_share: float
    bound_hour_share: float


def flag_daily(walk: pl.DataFrame, risk: str, capacity_share: float) -> pl.DataFrame:
    """Return whom the day's contacts go to, and when: interaction_id and flagged_at.

    On each day (UTC) those seen on it compete by their highest risk of the day; who was flagged on an earlier
    day is out. The `capacity_share` of them with the highest are flagged, each at its first moment at or above
    the lowest risk that still got a contact. What is left of a contact is kept for the next day. The bar is that
    of the whole day, so it is known for sure only in its evening.
    """
    rows = walk.select("interaction_id", "as_of", day=pl.col("as_of").dt.date(), risk=risk).sort("as_of")
    if not rows.height:
        return rows.select("interaction_id", flagged_at="as_of")
    codes = rows["interaction_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    values, days = rows["risk"].to_numpy(), rows["day"].to_physical().to_numpy()
    is_out = np.zeros(int(codes.max()) + 1, dtype=bool)
    places: list[int] = []
    left = 0.0
    starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    for begin, end in zip(starts, [*starts[1:], len(days)], strict=True):
        here = np.arange(begin, end)
        seen = np.unique(codes[here])
        left += capacity_share * len(seen)
        here = here[~is_out[codes[here]]]
        n = int(left + 1e-9)
        if not n or not len(here):
            continue
        who, group = np.unique(codes[here], return_inverse=True)
        highest = np.full(len(who), -np.inf)
        np.maximum.at(highest, group, values[here])
        chosen = np.argsort(-highest, kind="stable")[:n]
        bar = highest[chosen].min()
        passed = here[(values[here] >= bar) & np.isin(group, chosen)]
        _, first = np.unique(codes[passed], return_index=True)
        places += passed[first].tolist()
        is_out[who[chosen]] = True
        left -= len(chosen)
    return rows[places].select("interaction_id", flagged_at="as_of")


def foreseen(
    walk: pl.DataFrame, column: str, flagged: pl.DataFrame, bound: Any, seed: int, n_resamples: int
) -> Foreseen:
    """Return how many of an outcome were flagged before it came, and how long before.

    Parameters
    ----------
    walk
        See `earliness`.
    column
        When the outcome came: a key of `OUTCOMES`.
    flagged, bound
        What `flag_daily` returned for the risk, and for the true one (None where that is not known).
    seed, n_resamples
        Of the interval.
    """
    came = (
        walk.filter(pl.col(column).is_not_null())
        .unique("interaction_id", keep="first", maintain_order=True)
        .select("interaction_id", "customer_id", came_at=column)
    )
    lead = _lead_s(came, flagged)
    before = np.nan_to_num(lead, nan=-1) > 0
    low, high = _share_interval(came, before, seed, n_resamples)
    leads = np.sort(lead[before])
    q25, median, q75 = np.quantile(leads, [0.25, 0.5, 0.75]) if len(leads) else (math.nan,) * 3
    best = np.nan_to_num(_lead_s(came, bound), nan=-1) if bound is not None else np.full(len(lead), math.nan)
    kept = np.unique(
        np.linspace(0, max(len(leads) - 1, 0), min(len(leads), _MOST_LEADS)).round().astype(np.int64)
    )
    return Foreseen(
        outcome=OUTCOMES[column],
        n=came.height,
        share=float(before.mean()),
        share_low=low,
        share_high=high,
        hour_share=float((np.nan_to_num(lead, nan=-1) >= _HOUR_S).mean()),
        lead_q25_s=float(q25),
        lead_median_s=float(median),
        lead_q75_s=float(q75),
        lead_hours=(leads[kept] / _HOUR_S).tolist(),
        bound_share=float((best > 0).mean()) if bound is not None else math.nan,
        bound_hour_share=float((best >= _HOUR_S).mean()) if bound is not None else math.nan,
    )


def _lead_s(came: pl.DataFrame, flagged: pl.DataFrame) -> Floats:
    """Return the seconds from the flag to what came; NaN without a flag."""
    both = came.join(flagged, on="interaction_id", how="left", maintain_order="left")
    lead = (both["came_at"] - both["flagged_at"]).dt.total_microseconds().cast(pl.Float64) / 1e6
    return lead.to_numpy().astype(np.float64)


def _share_interval(came: pl.DataFrame, before: Any, seed: int, n_resamples: int) -> tuple[float, float]:
    rows = came.select("interaction_id", "customer_id").with_columns(
        label=pl.Series(before.astype(np.int64)), risk=pl.lit(0.5)
    )
    return bootstrap_intervals(rows, n_resamples, seed, names=("base_rate",))["base_rate"]
