"""The customer's past: of each moment, the earlier interactions of the same customer, as known by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.moments.timeline import NEVER, Ints, Timeline, is_known, whole

Bools = npt.NDArray[np.bool_]

MAX_EARLIER = 50  # the last so many earlier interactions: a bound for records and for customers who are firms
MONTH_US = 30 * 86_400_000_000


@dataclass(frozen=True)
class Earlier:
    """Earlier interactions of moments: those of moment m lie from `begin[m]` to `end[m]`, in the order of their starts.

    `facts` has the columns started_at, ended_at, rated_at (microseconds, `NEVER`: not yet), rating, resolved (1, 0),
    wait_s (until served, or until the moment), same_venue, same_channel; NaN where it is not known.
    """

    begin: Ints
    end: Ints
    facts: Mapping[str, npt.NDArray[Any]]


def earlier_places(customer: Ints, started_at: Ints, name: pl.Series) -> tuple[Ints, Ints, Ints]:
    """Return where each interaction's earlier ones lie in the order of customer and start.

    Of interactions that a customer started at once, as where only days are known, the names tell the order: the rows of
    a table have none.

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
    return np.minimum(begin, end), end, _untied(timeline, name)


def _untied(timeline: Timeline, name: pl.Series) -> Ints:
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


def ranges(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Return the places of all ranges, one range after another, and the range to which each belongs."""
    length = end - begin
    which = np.repeat(np.arange(len(length)), length)
    ends = np.cumsum(length)
    return np.arange(len(which)) - np.repeat(ends - length, length) + np.repeat(begin, length), which


class Known(NamedTuple):
    """What is known of earlier interactions at the moments that ask, an item each; ratings and waits are whole."""

    start: Ints
    rating: Ints  # hundredths, 0 where there is none
    has_rating: Bools
    has_ended: Bools
    wait: Ints  # microseconds, 0 where there is none
    has_wait: Bools
    is_told: Bools  # whether it was resolved or not
    is_open: Bools
    same_venue: Bools
    same_channel: Bools


def known_of(earlier: Earlier, as_of: Ints) -> Known:
    """Return what is known of earlier interactions at the moments `as_of`."""
    facts = earlier.facts
    when = np.repeat(as_of, earlier.end - earlier.begin)
    rating, wait_s, resolved = (facts[name] for name in ("rating", "wait_s", "resolved"))
    has_rating = is_known(facts["rated_at"], when) & ~np.isnan(rating)
    has_wait = ~np.isnan(wait_s)
    return Known(
        facts["started_at"],
        whole(np.where(has_rating, rating, 0) * 100),
        has_rating,
        is_known(facts["ended_at"], when),
        whole(np.where(has_wait, wait_s, 0) * 1e6),
        has_wait,
        ~np.isnan(resolved),
        resolved == 0,
        facts["same_venue"],
        facts["same_channel"],
    )


def past(
    earlier: Earlier, as_of: Ints, started_at: Ints, has_customer: Bools
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the customer's past at each moment, the columns `past:*`; NaN where the customer is not known."""
    begin, end = earlier.begin, earlier.end
    them = known_of(earlier, as_of)
    month_before = np.repeat(started_at, end - begin) - MONTH_US
    sums = _Sums(begin, end)
    n, n_rated, n_waits, n_told = end - begin, sums(them.has_rating), sums(them.has_wait), sums(them.is_told)
    last_rated, last = _last(them.has_rating, begin, end), np.where(n > 0, end - 1, -1)
    columns = {
        "n": n,
        "n_30d": sums(them.start >= month_before),
        "n_rated": n_rated,
        "rating_mean": _divide(sums(them.rating), n_rated) / 100,
        "rating_min": _minimum(np.where(them.has_rating, them.rating, NEVER), begin, end, n_rated > 0) / 100,
        "rating_last": _pick(them.rating / 100, last_rated),
        # what nobody told was not resolved either
        "n_unresolved": np.where((n > 0) & (n_told == 0), np.nan, sums(them.is_open)),
        "n_resolution": n_told,
        "last_unresolved": _pick(np.where(them.is_told, them.is_open, np.nan), last),
        "n_open": sums(~them.has_ended),
        "wait_mean_s": _divide(sums(them.wait), n_waits) / 1e6,
        "wait_last_s": _pick(np.where(them.has_wait, them.wait / 1e6, np.nan), last),
        "last_start": _pick(them.start.astype(np.float64), last),
        "first_start": _pick(them.start.astype(np.float64), np.where(n > 0, begin, -1)),
        "n_same_venue": sums(them.same_venue),
        "n_same_channel": sums(them.same_channel),
    }
    return {f"past:{name}": np.where(has_customer, values, np.nan) for name, values in columns.items()}


class _Sums:
    def __init__(self, begin: Ints, end: Ints) -> None:
        self.begin, self.end = begin, end

    def __call__(self, values: npt.NDArray[np.generic]) -> Ints:
        running = np.zeros(len(values) + 1, dtype=np.int64)
        np.cumsum(values, out=running[1:])
        return running[self.end] - running[self.begin]


def times_of(times: Iterable[int | None]) -> Ints:
    """Return microseconds, `NEVER` where there is no time."""
    return np.array([NEVER if time is None else time for time in times], dtype=np.int64)


def _divide(total: Ints, count: Ints) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)


def _last(is_it: npt.NDArray[np.bool_], begin: Ints, end: Ints) -> Ints:
    """Return the last place of each range at which it is so, or -1."""
    if not len(is_it):
        return np.full(len(begin), -1)
    last = np.maximum.accumulate(np.where(is_it, np.arange(len(is_it)), -1))[np.maximum(end - 1, 0)]
    return np.where((last >= begin) & (end > begin), last, -1)


def _pick(values: npt.NDArray[np.float64], place: Ints) -> npt.NDArray[np.float64]:
    if not len(values):
        return np.full(len(place), np.nan)
    return np.where(place >= 0, values[place], np.nan)


def _minimum(values: Ints, begin: Ints, end: Ints, is_any: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    smallest = np.full(len(begin), np.nan)
    rows = np.flatnonzero(end > begin)
    if len(rows):
        smallest[rows] = np.minimum.reduceat(values, begin[rows])
    return np.where(is_any, smallest, np.nan)
