"""The columns of the state that terms read, by the source that computes them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property

from forestall.moment_features.earlier_columns import EarlierColumn
from forestall.moment_features.event_attributes import Attribute
from forestall.moment_features.event_columns import EventColumn, Words
from forestall.moment_features.last_kind import LastKind
from forestall.moment_features.open_clock_terms import CalendarNumber
from forestall.moment_features.row_aggregates import AggregateGroups, WantedAggregate
from forestall.moment_features.state_columns import (
    AggregateColumn,
    FactColumn,
    Own,
    OwnRating,
    Queue,
    StandardTime,
    StateColumn,
)
from forestall.moment_features.terms import Term, leaves
from forestall.moment_features.text_columns import TextColumn


class ColumnsBySource:
    """The columns that terms read, by source; each list is in the order met and without duplicates."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.all = [leaf for leaf in leaves(terms) if isinstance(leaf, StateColumn)]

    @cached_property
    def own(self) -> list[Own]:
        """Columns of the interaction."""
        return [one for one in self.all if isinstance(one, Own)]

    @cached_property
    def events(self) -> AggregateGroups:
        """Columns of its events, by kind and actor."""
        return groups_of(one for one in self.all if isinstance(one, EventColumn | Words))

    @cached_property
    def last_kinds(self) -> list[LastKind]:
        """Columns of the kind of its last event."""
        return [one for one in self.all if isinstance(one, LastKind)]

    @cached_property
    def attributes(self) -> list[Attribute]:
        """Columns of attributes of its events."""
        return [one for one in self.all if isinstance(one, Attribute)]

    @cached_property
    def texts(self) -> list[TextColumn]:
        """Columns of the learnt scores of its texts."""
        return [one for one in self.all if isinstance(one, TextColumn)]

    @cached_property
    def earlier(self) -> AggregateGroups:
        """Columns of the customer's earlier interactions, by flag."""
        return groups_of(one for one in self.all if isinstance(one, EarlierColumn))

    @cached_property
    def queue(self) -> list[Queue]:
        """Columns of the queue."""
        return [one for one in self.all if isinstance(one, Queue)]

    @cached_property
    def own_ratings(self) -> list[OwnRating]:
        """Columns of the interaction's own earlier ratings."""
        return [one for one in self.all if isinstance(one, OwnRating)]

    @cached_property
    def facts(self) -> list[FactColumn]:
        """Columns of learnt facts."""
        return [one for one in self.all if isinstance(one, FactColumn)]

    @cached_property
    def calendars(self) -> list[CalendarNumber]:
        """Columns of the interaction's calendar."""
        return [one for one in self.all if isinstance(one, CalendarNumber)]

    @cached_property
    def has_standard(self) -> bool:
        """Whether the standard is read."""
        return StandardTime() in self.all


def groups_of(columns: Iterable[AggregateColumn]) -> AggregateGroups:
    """Return aggregates by the condition that their rows must meet."""
    groups: dict[Hashable, list[WantedAggregate]] = {}
    for one in columns:
        groups.setdefault(one.condition, []).append(WantedAggregate(one.name, one.aggregate, one.values))
    return groups
