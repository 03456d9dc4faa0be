"""Which interactions a day's contacts go to, and how long before a complaint."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.evaluation.metrics.binning import Bools, evenly_spaced
from forestall.evaluation.metrics.bootstrap import bootstrap_intervals
from forestall.statistics import Floats

CAPACITY_SHARE = 0.1
"""The share of a day's interactions that can be contacted."""

OUTCOMES = {"complained_at": "complaint", "bad_at": "bad rating", "event_at": "labelled event"}
"""The outcomes that can be flagged, by the column with their time."""

_HOUR_S = 3600.0
_MAX_LEADS = 500


@dataclass(frozen=True)
class FlaggedOutcome:
    """How many interactions with an outcome were flagged before it happened.

    Parameters
    ----------
    outcome
        `complaint`, `bad rating` or, if the label is another event, `labelled event`.
    n
        Interactions with the outcome.
    share, share_low, share_high
        The share flagged before it, with its 95 % interval over customers.
    hour_share
        The share flagged at least an hour before it.
    lead_q25_s, lead_median_s, lead_q75_s
        Quartiles of the lead times, seconds; NaN if none was flagged before.
    lead_hours
        The lead times, hours, sorted; at most 500, at equal distances.
    bound_share, bound_hour_share
        The same shares for the true risk; NaN if it is not known.
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
    """Return which interactions get a contact, and when they are flagged: interaction_id and flagged_at.

    The interactions with a moment on a day (UTC) compete by their highest risk of the day; those flagged on an earlier
    day do not. The `capacity_share` of them with the highest risk are flagged, each at its first moment at or above
    the day's threshold: the lowest risk that still gets a contact. A fraction of a contact is kept for the next day.
    The threshold needs all moments of the day, so it is known for sure only at its end.

    Parameters
    ----------
    walk
        A row a moment: interaction_id, as_of, and the column `risk`, without gaps.
    risk
        The name of the column of risks.
    capacity_share
        The share of a day's interactions that can be contacted, from 0 to 1.
    """
    rows = walk.select("interaction_id", "as_of", day=pl.col("as_of").dt.date(), risk=risk).sort("as_of")
    if not rows.height:
        return rows.select("interaction_id", flagged_at="as_of")
    codes = rows["interaction_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    values, days = rows["risk"].to_numpy(), rows["day"].to_physical().to_numpy()
    is_flagged = np.zeros(int(codes.max()) + 1, dtype=bool)
    places: list[int] = []
    capacity = 0.0
    starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    for begin, end in zip(starts, [*starts[1:], len(days)], strict=True):
        today = np.arange(begin, end)
        capacity += capacity_share * len(np.unique(codes[today]))
        today = today[~is_flagged[codes[today]]]
        n_contacts = int(capacity + 1e-9)
        if not n_contacts or not len(today):
            continue
        candidates, group = np.unique(codes[today], return_inverse=True)
        highest = np.full(len(candidates), -np.inf)
        np.maximum.at(highest, group, values[today])
        chosen = np.argsort(-highest, kind="stable")[:n_contacts]
        threshold = highest[chosen].min()
        reached = today[(values[today] >= threshold) & np.isin(group, chosen)]
        _, first = np.unique(codes[reached], return_index=True)
        places += reached[first].tolist()
        is_flagged[candidates[chosen]] = True
        capacity -= len(chosen)
    return rows[places].select("interaction_id", flagged_at="as_of")


def flagged_outcome(
    walk: pl.DataFrame,
    column: str,
    flagged: pl.DataFrame,
    bound: pl.DataFrame | None,
    seed: int,
    n_resamples: int,
) -> FlaggedOutcome:
    """Return how many interactions with an outcome were flagged before it, and how long before.

    Parameters
    ----------
    walk
        See `earliness`.
    column
        The time of the outcome: a key of `OUTCOMES`.
    flagged, bound
        Results of `flag_daily` for the risk, and for the true risk (None if it is not known).
    seed, n_resamples
        Seed and number of the resamples behind the interval.
    """
    outcomes = (
        walk.filter(pl.col(column).is_not_null())
        .unique("interaction_id", keep="first", maintain_order=True)
        .select("interaction_id", "customer_id", happened_at=column)
    )
    lead = _lead_s(outcomes, flagged)
    is_before = np.nan_to_num(lead, nan=-1) > 0
    low, high = _share_interval(outcomes, is_before, seed, n_resamples)
    leads = np.sort(lead[is_before])
    q25, median, q75 = np.quantile(leads, [0.25, 0.5, 0.75]) if len(leads) else (math.nan,) * 3
    best = np.nan_to_num(_lead_s(outcomes, bound), nan=-1) if bound is not None else None
    return FlaggedOutcome(
        outcome=OUTCOMES[column],
        n=outcomes.height,
        share=float(is_before.mean()),
        share_low=low,
        share_high=high,
        hour_share=float((np.nan_to_num(lead, nan=-1) >= _HOUR_S).mean()),
        lead_q25_s=float(q25),
        lead_median_s=float(median),
        lead_q75_s=float(q75),
        lead_hours=(leads[evenly_spaced(len(leads), _MAX_LEADS)] / _HOUR_S).tolist(),
        bound_share=math.nan if best is None else float((best > 0).mean()),
        bound_hour_share=math.nan if best is None else float((best >= _HOUR_S).mean()),
    )


def _lead_s(outcomes: pl.DataFrame, flagged: pl.DataFrame) -> Floats:
    """Return the seconds from the flag to the outcome; NaN without a flag."""
    both = outcomes.join(flagged, on="interaction_id", how="left", maintain_order="left")
    lead = (both["happened_at"] - both["flagged_at"]).dt.total_microseconds().cast(pl.Float64) / 1e6
    return lead.to_numpy().astype(np.float64)


def _share_interval(
    outcomes: pl.DataFrame, is_before: Bools, seed: int, n_resamples: int
) -> tuple[float, float]:
    rows = outcomes.select("interaction_id", "customer_id").with_columns(
        label=pl.Series(is_before.astype(np.int64)), risk=pl.lit(0.5)
    )
    return bootstrap_intervals(rows, n_resamples, seed, names=("base_rate",))["base_rate"]
