"""The state of moments: where each of its columns is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.customer_past import EarlierInteractions, customer_past, customer_past_in_lists
from forestall.moment_features.event_attributes import attributes_so_far
from forestall.moment_features.events import Events
from forestall.moment_features.events_so_far import events_so_far, events_so_far_in_lists
from forestall.moment_features.feature_plan import State
from forestall.moment_features.interaction_lists import STANDARD, InteractionLists
from forestall.moment_features.last_kind import last_kinds
from forestall.moment_features.learnt_facts import Facts
from forestall.moment_features.name_columns import Names, listed, take
from forestall.moment_features.operations import Kind
from forestall.moment_features.row_aggregates import Array, Bools
from forestall.moment_features.state_columns import AsOf, Own, StandardTime
from forestall.moment_features.text_columns import texts_so_far
from forestall.moments.timeline import Ints

TIMES = ("started_at", "promised_at", "purchased_at")
ONE_BY_ONE = 8
"""Of up to so many moments, aggregates of events and earlier interactions are quicker in Python than in NumPy."""


class Circumstances(Protocol):
    """What surrounds an interaction at a moment: the queue, the customer's past and earlier ratings."""

    def queue(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the facts of the queue, each of shape (n_moments,)."""

    def own_ratings(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the number of the interaction's known ratings (`n`) and the newest, each of shape (n_moments,)."""

    def past(self, place: Ints, as_of: Ints) -> tuple[EarlierInteractions, Ints, Bools]:
        """Return the earlier interactions, when the moments' own started, and which customers are known."""


@dataclass(frozen=True)
class Sources:
    """Everything that the state of moments is computed from.

    Parameters
    ----------
    interactions
        The interactions, their times in microseconds, with their queue and standard.
    events
        Their events.
    facts
        Learnt facts.
    circumstances
        The queue, the customers' past and the interactions' own earlier ratings.
    """

    interactions: pl.DataFrame | InteractionLists
    events: Events
    facts: Facts
    circumstances: Circumstances

    @property
    def frame(self) -> pl.DataFrame:
        """The interactions as a frame."""
        interactions = self.interactions
        return interactions if isinstance(interactions, pl.DataFrame) else interactions.frame

    def state(self, place: Ints, as_of: Ints, columns: ColumnsBySource) -> State:
        """Return columns of the state of moments by name, and `as_of`.

        Parameters
        ----------
        place
            The interactions' places, shape (n_moments,).
        as_of
            Microseconds, shape (n_moments,).
        columns
            The columns wanted.
        """
        return {
            **self._of_interactions(self.frame, place, as_of, columns),
            **events_so_far(self.events, place, as_of, columns.events),
            **(customer_past(*self._past(place, as_of), columns.earlier) if columns.earlier else {}),
        }

    def state_of_some(self, place: Ints, as_of: Ints, columns: ColumnsBySource) -> Mapping[str, Any]:
        """Return what `state` does, of some hundreds of moments: no frame is made of interactions in lists."""
        return {
            **self._of_interactions(self.interactions, place, as_of, columns),
            **events_so_far(self.events, place, as_of, columns.events),
            **(customer_past(*self._past(place, as_of), columns.earlier) if columns.earlier else {}),
        }

    def state_in_lists(self, place: Ints, as_of: Ints, columns: ColumnsBySource) -> dict[str, Sequence[Any]]:
        """Return what `state` does, of a few moments, as lists with None for null."""
        is_one_by_one = len(place) <= ONE_BY_ONE
        events = events_so_far_in_lists if is_one_by_one else events_so_far
        past = customer_past_in_lists if is_one_by_one else customer_past
        state: State = {
            **self._of_interactions(self.interactions, place, as_of, columns),
            **events(self.events, place, as_of, columns.events),
            **(past(*self._past(place, as_of), columns.earlier) if columns.earlier else {}),
        }
        return {
            name: values if isinstance(values, list) else listed(values) for name, values in state.items()
        }

    def _past(self, place: Ints, as_of: Ints) -> tuple[EarlierInteractions, Ints, Ints, Bools]:
        earlier, started_at, has_customer = self.circumstances.past(place, as_of)
        return earlier, as_of, started_at, has_customer

    def _of_interactions(
        self,
        interactions: pl.DataFrame | InteractionLists,
        place: Ints,
        as_of: Ints,
        columns: ColumnsBySource,
    ) -> dict[str, Names | Array]:
        """Return the columns of the interactions, last kinds, learnt facts and the queue."""
        state: dict[str, Names | Array] = {AsOf.name: as_of}
        for own in columns.own:
            state[own.name] = _typed(take(interactions[own.column], place), own)
        if columns.has_standard:
            state[StandardTime.name] = take(interactions[STANDARD], place)
        for calendar in columns.calendars:
            venue, channel = (take(interactions[name], place) for name in ("venue", "channel"))
            state[calendar.name] = calendar.calendars.numbers(venue, channel)
        if columns.last_kinds:
            state |= last_kinds(self.events, place, as_of, columns.last_kinds)
        if columns.attributes:
            state |= attributes_so_far(self.events, place, as_of, columns.attributes)
        if columns.texts:
            state |= texts_so_far(self.events, place, as_of, columns.texts)
        state |= self.facts.state(interactions, place, as_of, columns.facts)
        if columns.queue:
            queue: Mapping[str, Array] = self.circumstances.queue(place, as_of)
            state |= {one.name: queue[one.fact] for one in columns.queue}
        if columns.own_ratings:
            ratings = self.circumstances.own_ratings(place, as_of)
            state |= {one.name: ratings[one.fact] for one in columns.own_ratings}
        return state


def _typed(values: Names, column: Own) -> Names:
    """Return the values of a column in its type; a list, of a record, has it already."""
    if not isinstance(values, pl.Series) or (column.column in TIMES):
        return values
    return values.cast({Kind.NUMBER: pl.Float64, Kind.TRUTH: pl.Boolean, Kind.TEXT: pl.String}[column.holds])
