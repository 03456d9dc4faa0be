"""The customer's past: the same customer's earlier interactions, as known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.moment_features.row_aggregates import (
    AggregateGroups,
    Array,
    Bools,
    Runs,
    aggregates_of_one,
    aggregates_of_runs,
)
from forestall.moments.timeline import NEVER, Ints, Timeline, is_known, whole

MAX_EARLIER = (
    50  # only the last 50 earlier interactions: a limit for records, and for customers that are companies
)
MONTH_US = 30 * 86_400_000_000


@dataclass(frozen=True)
class EarlierInteractions:
    """Earlier interactions of moments: those of moment m are the rows from `begin[m]` to `end[m]`, by their start.

    Parameters
    ----------
    begin, end
        Shape (n_moments,).
    facts
        Columns of shape (n_rows,): started_at, ended_at, rated_at (microseconds, `NEVER`: not yet), rating, resolved
        (1, 0), wait_s (until served, or until the moment), same_venue, same_channel; NaN where not known.
    """

    begin: Ints
    end: Ints
    facts: Mapping[str, Array]

    def known_at(self, as_of: Ints, started_at: Ints) -> dict[str, Array]:
        """Return what is known of them at their moments, as flags and whole numbers, each of shape (n_rows,).

        Parameters
        ----------
        as_of, started_at
            The moments, and when their own interactions started, microseconds, shape (n_moments,).
        """
        length = self.end - self.begin
        when, facts = np.repeat(as_of, length), self.facts
        start, rating, wait_s, resolved = (
            facts[name] for name in ("started_at", "rating", "wait_s", "resolved")
        )
        is_rated, has_wait = is_known(facts["rated_at"], when) & ~np.isnan(rating), ~np.isnan(wait_s)
        return {
            "started_at": start,
            "is_recent": start >= np.repeat(started_at, length) - MONTH_US,
            "rating": whole(np.where(is_rated, rating, 0) * 100),
            "is_rated": is_rated,
            "wait": whole(np.where(has_wait, wait_s, 0) * 1e6),
            "has_wait": has_wait,
            "is_settled": ~np.isnan(resolved),
            "is_unresolved": resolved == 0,
            "is_open": ~is_known(facts["ended_at"], when),
            "same_venue": facts["same_venue"],
            "same_channel": facts["same_channel"],
        }


def earlier_places(customer: Ints, started_at: Ints, name: pl.Series) -> tuple[Ints, Ints, Ints]:
    """Return the places of each interaction's earlier ones in the order of customer and start.

    Interactions that a customer started at one time, as where only days are known, are ordered by their names: the rows
    of a table have no order.

    Returns
    -------
    begin, end, order
        The interactions `order[begin[i]:end[i]]` are the last `MAX_EARLIER` that the customer of interaction i
        started before it; none for customer -1.
    """
    n_customers = int(customer.max(initial=-1)) + 1
    timeline = Timeline.of(customer, started_at, n_customers)
    # Strictly earlier: known a microsecond before the start.
    end = timeline.known(customer, started_at - 1)
    begin = np.maximum(timeline.begin(customer), end - MAX_EARLIER)
    return np.minimum(begin, end), end, _ordered_by_name(timeline, name)


def _ordered_by_name(timeline: Timeline, name: pl.Series) -> Ints:
    """Return the places in the order of owner and time, those of one time by their names."""
    order, owner = timeline.order, timeline.owners()
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (owner[1:] != owner[:-1]) | (timeline.at[1:] != timeline.at[:-1])
    is_tied = ~is_new | ~np.append(is_new[1:], True)
    if not is_tied.any():
        return order
    tied = order[is_tied]
    rank = name.gather(tied).rank("ordinal").to_numpy()
    order = order.copy()
    order[is_tied] = tied[np.lexsort((rank, np.cumsum(is_new)[is_tied]))]
    return order


def customer_past(
    earlier: EarlierInteractions, as_of: Ints, started_at: Ints, has_customer: Bools, groups: AggregateGroups
) -> dict[str, Array]:
    """Return aggregates of the earlier interactions of the customers.

    Parameters
    ----------
    earlier
        The earlier interactions.
    as_of, started_at
        The moments, and when their own interactions started, microseconds, shape (n_moments,).
    has_customer
        Whether the customer of each moment is known, shape (n_moments,).
    groups
        The aggregates wanted, by the flag that must hold; "" is all.

    Returns
    -------
    dict of arrays
        By name, each of shape (n_moments,); NaN is null, also where the customer is not known.
    """
    known = earlier.known_at(as_of, started_at)

    def runs_of(flag: str) -> Runs:
        meets = known[flag] if flag else np.ones(len(known["started_at"]), dtype=bool)
        return Runs.where(meets, earlier.begin, earlier.end)

    columns = aggregates_of_runs(groups, runs_of, known)
    return {name: np.where(has_customer, values, np.nan) for name, values in columns.items()}


def customer_past_in_lists(
    earlier: EarlierInteractions, as_of: Ints, started_at: Ints, has_customer: Bools, groups: AggregateGroups
) -> dict[str, list[Any]]:
    """Return what `customer_past` does, of a few moments, as lists with None for null."""
    known = {name: values.tolist() for name, values in earlier.known_at(as_of, started_at).items()}
    names = [name for wanted in groups.values() for name, _, _ in wanted]
    unknown = dict.fromkeys(names)
    moments = zip(earlier.begin.tolist(), earlier.end.tolist(), has_customer.tolist(), strict=True)
    rows = [_past_of_one(known, begin, end, groups) if has else unknown for begin, end, has in moments]
    return {name: [row[name] for row in rows] for name in names}


def _past_of_one(
    known: Mapping[str, list[Any]], begin: int, end: int, groups: AggregateGroups
) -> dict[str, Any]:
    def rows_of(flag: str) -> list[int]:
        return [row for row in range(begin, end) if known[flag][row]] if flag else list(range(begin, end))

    values = aggregates_of_one(groups, rows_of, known)
    return {name: None if value is None else float(value) for name, value in values.items()}


def times_of(times: Iterable[int | None]) -> Ints:
    """Return microseconds, `NEVER` where there is no time."""
    return np.array([NEVER if time is None else time for time in times], dtype=np.int64)
