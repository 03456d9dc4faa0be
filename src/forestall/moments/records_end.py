"""Where the records end."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from forestall.data import Tables

# A gap at the end is suspicious if it is longer than this, and than so many times a usual long gap.
_LONG = timedelta(days=7)
_TIMES_USUAL, _USUAL = 20, 0.99
_FEW_SHARE = 0.001  # the share of interactions that cannot decide where the records end
_FEWEST = 50  # with fewer interactions no gap is unusual


def end_of_records(tables: Tables) -> datetime | None:
    """Return the time of the last record, or None if there is none.

    Until then, an event that is not recorded did not happen. A few rows far after all others, such as an end in a year
    that was mistyped, do not count: they hold at most 0.1 % of the interactions (at least one), or all have the same
    time, and they follow a gap of more than 7 days that is also 20 times as long as a usual long gap.
    """
    times = pl.concat(
        [
            tables.interactions.select("interaction_id", at="started_at"),
            tables.events.select("interaction_id", "at"),
            tables.feedback.select("interaction_id", at="rated_at").drop_nulls(),
        ]
    )
    last = times["at"].max()
    if not isinstance(last, datetime):
        return None
    n = tables.interactions.height
    if n < _FEWEST or not _is_isolated(times.filter(pl.col("at") >= last - _LONG), n):
        return last
    return _before_gaps(times, last, n)


def _is_isolated(rows: pl.DataFrame, n: int) -> bool:
    """Return whether rows are of too few interactions or times to decide where the records end."""
    return rows["interaction_id"].n_unique() <= max(1, n * _FEW_SHARE) or rows["at"].n_unique() <= 1


def _before_gaps(times: pl.DataFrame, last: datetime, n: int) -> datetime:
    """Return the last time before all gaps that are followed by isolated rows only."""
    distinct = times.select(pl.col("at").unique().sort())
    gaps = distinct.with_columns(gap=pl.col("at").diff(), before=pl.col("at").shift(1))
    usual = gaps["gap"].quantile(_USUAL, "nearest")
    if not isinstance(usual, timedelta):
        return last
    long = gaps.filter(pl.col("gap") > max(_LONG, usual * _TIMES_USUAL)).sort("at", descending=True)
    for at, _, before in long.iter_rows():
        if not _is_isolated(times.filter(pl.col("at") >= at), n):
            break
        last = before
    return last
