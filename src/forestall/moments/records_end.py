"""Where the records end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.moments.timeline import Ints

_DAY_US = 86_400_000_000
# A gap at the end is suspicious if it is longer than this, and than so many times a usual long gap.
_LONG_DAYS = 7
_LONG_US = _LONG_DAYS * _DAY_US
_TIMES_USUAL, _USUAL = 20, 0.99
_FEW_SHARE = 0.001  # the share of interactions that cannot decide where the records end
_FEWEST = 50  # with fewer interactions no gap is unusual
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def end_of_records(tables: Tables) -> datetime | None:
    """Return the time of the last record, or None if there is none.

    Until then, an event that is not recorded did not happen. A few rows far after all others, such as an end in a year
    that was mistyped, do not count: they hold at most 0.1 % of the interactions (at least one), or all have the same
    time, and they follow a gap of more than 7 days that is also 20 times as long as a usual long gap.
    """
    n = tables.interactions.height
    return LastTimes.of(tables, n).end(n, lambda: distinct_times(tables))


@dataclass(frozen=True)
class LastTimes:
    """The last times of records: what decides where they end, for all but a few tables.

    Parameters
    ----------
    distinct
        The last two times, in microseconds, descending.
    by_interaction
        The `n_kept` latest of the interactions' last times, descending.
    n_kept
        How many are kept: one more than can be too few to decide where the records end.
    days
        The days that have a record, counted from 1970, each once, ascending.
    """

    distinct: Ints
    by_interaction: Ints
    n_kept: int
    days: Ints

    @classmethod
    def of(cls, tables: Tables, n: int) -> LastTimes:
        """Return the last times of tables, which may be a part of a company's records.

        Parameters
        ----------
        tables
            The records.
        n
            The number of all interactions, or a larger one.
        """
        n_kept = _n_few(n) + 1
        starts = tables.interactions["started_at"].dt.timestamp("us")
        # At least `n_kept` interactions have a last time from then on.
        since = starts.top_k(n_kept).min() if len(starts) > n_kept else None
        late, latest, days = [], [], []
        for ids, at in _times(tables):
            latest.append(at.max())
            days.append((at // _DAY_US).unique())
            rows = pl.DataFrame({"interaction_id": ids, "at": at})
            late.append(rows if since is None else rows.filter(pl.col("at") >= since))
        last = pl.concat(late).group_by("interaction_id").agg(pl.col("at").max())["at"]
        top = max((one for one in latest if one is not None), default=None)
        before = (at.filter(at < top).max() for _, at in _times(tables)) if top is not None else ()
        second = max((one for one in before if one is not None), default=None)
        distinct = np.array([one for one in (top, second) if one is not None], dtype=np.int64)
        by_interaction = last.top_k(n_kept).sort(descending=True).to_numpy()
        return cls(distinct, by_interaction, n_kept, pl.concat(days).unique().sort().to_numpy())

    def plus(self, other: LastTimes) -> LastTimes:
        """Return the last times of these and of other interactions' records."""
        n_kept = max(self.n_kept, other.n_kept)
        both = np.concatenate([self.by_interaction, other.by_interaction])
        distinct = np.unique(np.concatenate([self.distinct, other.distinct]))
        days = np.union1d(self.days, other.days)
        return LastTimes(distinct[::-1][:2], -np.sort(-both)[:n_kept], n_kept, days)

    def end(self, n: int, all_distinct: Callable[[], Ints]) -> datetime | None:
        """Return the time at which the records end; see `end_of_records`.

        Parameters
        ----------
        n
            The number of interactions.
        all_distinct
            Returns all times of the records, each once, ascending: 8 bytes for each. It is called only if the last ones
            may not count.
        """
        if not len(self.distinct):
            return None
        last = int(self.distinct[0])
        if n >= _FEWEST and self._is_isolated(last - _LONG_US, n) and self._may_end_earlier(n):
            last = self._before_gaps(all_distinct(), n)
        return _EPOCH + timedelta(microseconds=last)

    def _is_isolated(self, since: int, n: int) -> bool:
        """Return whether what is recorded since then is of too few interactions or times to decide the end."""
        n_interactions = int((self.by_interaction >= since).sum())
        return n_interactions <= _n_few(n) or int((self.distinct >= since).sum()) <= 1

    def _may_end_earlier(self, n: int) -> bool:
        """Return whether a long gap may be followed by isolated rows only, as far as days and last times tell."""
        after_gaps = self.days[1:][np.diff(self.days) >= _LONG_DAYS]
        # rows that are isolated from the end of a day on may be isolated within it
        return bool(len(after_gaps)) and self._is_isolated((int(after_gaps[-1]) + 1) * _DAY_US, n)

    def _before_gaps(self, distinct: Ints, n: int) -> int:
        """Return the last time before all gaps that are followed by isolated rows only."""
        last = int(distinct[-1])
        gaps = np.diff(distinct)
        if not len(gaps):
            return last
        usual = pl.Series(gaps).quantile(_USUAL, "nearest")
        for place in np.flatnonzero(gaps > max(_LONG_US, int(usual or 0) * _TIMES_USUAL))[::-1]:
            if not self._is_isolated(int(distinct[place + 1]), n):
                break
            last = int(distinct[place])
        return last


def distinct_times(tables: Tables) -> Ints:
    """Return the times of the records, each once, in microseconds, ascending."""
    return pl.concat([at.unique() for _, at in _times(tables)]).unique().sort().to_numpy()


def _times(tables: Tables) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Yield the interactions and times of each table, in microseconds."""
    rated = tables.feedback.drop_nulls("rated_at")
    for frame, column in ((tables.interactions, "started_at"), (tables.events, "at"), (rated, "rated_at")):
        yield frame["interaction_id"], frame[column].dt.timestamp("us").alias("at")


def _n_few(n: int) -> int:
    """Return how many of `n` interactions are too few to decide where the records end."""
    return int(max(1, n * _FEW_SHARE))
