"""The queue and the customer's past, as records state them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.moment_features.customer_past import MAX_EARLIER, EarlierInteractions, times_of
from forestall.moment_features.name_columns import is_there
from forestall.moment_features.nested_fields import Record, items_at, nested_items, nested_objects
from forestall.moment_features.queue import COLUMNS as QUEUE_FACTS
from forestall.moment_features.ratings_in_time import RatingsInTime
from forestall.moment_features.record_fields import read_fields
from forestall.moment_features.row_aggregates import Array, Bools, places_in_runs
from forestall.moment_features.state_columns import RATINGS
from forestall.moments.timeline import Ints, Timeline

_TIME = pl.Datetime("us", "UTC")
HISTORY_FIELDS = {
    "started_at": _TIME, "ended_at": _TIME, "rating": pl.Float64, "rated_at": _TIME, "resolved": pl.Boolean,
    "wait_s": pl.Float64, "venue": pl.String, "channel": pl.String,
}  # fmt: skip
RATING_FIELDS = {"rating": pl.Float64, "rated_at": _TIME}
QUEUE_FIELDS = dict.fromkeys(QUEUE_FACTS, pl.Float64)


@dataclass(frozen=True)
class RecordCircumstances:
    """The queue and the customer's past, as records state them at their own moments.

    Parameters
    ----------
    queues
        The facts of the queue, each of shape (n_records,); NaN where a record does not say.
    ratings
        The ratings of the interaction itself that a record states.
    earlier
        The earlier interactions of each record.
    has_past
        Whether the customer is known and the record has a history, shape (n_records,).
    has_ratings
        Whether the record has the ratings of the interaction itself, be it an empty list, shape (n_records,).
    started_at
        When each interaction started, microseconds, shape (n_records,).
    """

    queues: dict[str, Array]
    ratings: RatingsInTime
    earlier: EarlierInteractions
    has_past: Bools
    has_ratings: Bools
    started_at: Ints

    @classmethod
    def of(
        cls,
        records: Sequence[Record],
        own: Mapping[str, Any],
        started_at: Ints,
        scale: tuple[float, float] | None,
    ) -> RecordCircumstances:
        """Return the circumstances of records.

        Parameters
        ----------
        records
            The records.
        own
            Their fields that are columns of `interactions`.
        started_at
            When each started, microseconds.
        scale
            The lowest and highest rating; one off the scale counts as none.
        """
        earlier, has_history = _earlier(records, own, started_at)
        if scale is not None:
            rating = earlier.facts["rating"]
            rating[(rating < scale[0]) | (rating > scale[1])] = np.nan
        queues = read_fields(nested_objects(records, "queue"), QUEUE_FIELDS, None, "queue.")
        ratings, has_ratings = _ratings(records, scale)
        has_past = has_history & is_there(own["customer_id"])
        return cls(queues, ratings, earlier, has_past, has_ratings, started_at)

    def queue(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the facts of the queue, each of shape (n_moments,)."""
        del as_of  # a record states its own moment
        return {name: values[place] for name, values in self.queues.items()}

    def own_ratings(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the number of the interaction's known ratings (`n`) and the newest, each of shape (n_moments,)."""
        return self.ratings.own(place, as_of)

    def past(self, place: Ints, as_of: Ints) -> tuple[EarlierInteractions, Ints, Bools]:
        """Return the earlier interactions, when the moments' own started, and which customers are known."""
        del as_of  # a record states its own moment
        if np.array_equal(place, np.arange(len(self.started_at))):
            return self.earlier, self.started_at, self.has_past
        begin, end = self.earlier.begin[place], self.earlier.end[place]
        chosen, _ = places_in_runs(begin, end)
        until = np.cumsum(end - begin)
        facts = {name: values[chosen] for name, values in self.earlier.facts.items()}
        part = EarlierInteractions(until - (end - begin), until, facts)
        return part, self.started_at[place], self.has_past[place]


def _ratings(records: Sequence[Record], scale: tuple[float, float] | None) -> tuple[RatingsInTime, Bools]:
    """Return the ratings of the interactions themselves, and which records have the field, (n_records,).

    Of two at one time the first counts, as in tables.
    """
    items = nested_items(records, RATINGS)
    columns = read_fields(items.rows, RATING_FIELDS, items.owner, f"{RATINGS}.")
    low, high = scale or (-np.inf, np.inf)
    stated: dict[tuple[int, int], float] = {}
    for number, at, rating in zip(
        items.owner.tolist(), columns["rated_at"], columns["rating"].tolist(), strict=True
    ):
        if at is not None and low <= rating <= high:
            stated.setdefault((number, at), rating)
    place, rated_at = np.array([*stated], dtype=np.int64).reshape(-1, 2).T
    timeline = Timeline.of(place, rated_at, len(records))
    rating = np.array([*stated.values()], dtype=np.float64)[timeline.order]
    return RatingsInTime(timeline, rating), items.is_given


def _earlier(
    records: Sequence[Record], own: Mapping[str, Any], started_at: Ints
) -> tuple[EarlierInteractions, Bools]:
    """Return the last `MAX_EARLIER` interactions of each history, and which records have one, (n_records,)."""
    items = nested_items(records, "history")
    columns = read_fields(items.rows, HISTORY_FIELDS, items.owner, "history.")
    began = times_of(columns["started_at"])
    places = np.flatnonzero(began < started_at[items.owner])
    owner = items.owner[places]
    if len(places):
        order = np.lexsort((began[places], owner))  # stable: those of one time stay in their order
        places, owner = places[order], owner[order]
        end = np.searchsorted(owner, np.arange(len(records)), side="right")
        is_kept = np.arange(len(owner)) >= end[owner] - MAX_EARLIER
        places, owner = places[is_kept], owner[is_kept]
        begin, end = (
            np.searchsorted(owner, np.arange(len(records)), side=side) for side in ("left", "right")
        )
    else:
        begin = end = np.zeros(len(records), dtype=np.int64)
    facts = _facts(items_at(columns, places.tolist()), own, owner.tolist())
    return EarlierInteractions(begin, end, facts), items.is_given


def _facts(columns: Mapping[str, Any], own: Mapping[str, Any], owner: Sequence[int]) -> dict[str, Array]:
    """Return the facts of earlier interactions, whose records have the numbers `owner`."""
    same = {
        f"same_{name}": np.array(
            [
                one is not None and one == own[name][number]
                for one, number in zip(columns[name], owner, strict=True)
            ],
            dtype=bool,
        )
        for name in ("venue", "channel")
    }
    return {
        "started_at": np.array(columns["started_at"], dtype=np.int64),
        "ended_at": times_of(columns["ended_at"]),
        "rated_at": times_of(columns["rated_at"]),
        "rating": columns["rating"],
        "resolved": np.array(columns["resolved"], dtype=np.float64),
        "wait_s": columns["wait_s"],
        **same,
    }
