"""Columns of the state of a moment: the leaves of terms, each of which knows its source.

A moment is an interaction at one time, `as_of`. Its state is computed from the interaction itself (`Own`), its events
so far (`EventColumn`), the same customer's earlier interactions (`EarlierColumn`), the queue (`Queue`) and the facts
learnt from all interactions (`FactColumn`). Only the columns that some feature reads are computed. Times are
microseconds since 1970, UTC; amounts and ratings are hundredths; all are whole numbers where they are added up.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from forestall.features.operations import Kind
from forestall.features.row_aggregates import (
    COUNT,
    FIRST,
    LAST,
    SMALLEST,
    SUM,
    Aggregate,
    AggregateGroups,
    WantedAggregate,
)
from forestall.features.standards import Standards
from forestall.features.terms import Term, leaves

ANY_KIND, ANY_TEXT = "any", "text"  # all events, and those that have a text
Actor = Literal["", "customer", "staff", "manager", "system"]  # "" is anybody; a manager is staff too
EarlierFlag = Literal[
    "", "is_recent", "is_rated", "has_wait", "is_settled", "is_unresolved", "is_open", "same_venue", "same_channel"
]  # fmt: skip
EarlierValue = Literal["started_at", "rating", "wait", "is_settled", "is_unresolved", "has_wait"]
QueueFact = Literal["n_waiting", "n_served_first", "mean_wait_s"]
HISTORY, QUEUE = "history", "queue"  # the fields of a record that hold the earlier interactions and the queue


class StateColumn(Term):
    """A column of the state."""

    kind = Kind.NUMBER

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name in a frame; no two columns have the same."""

    def __repr__(self) -> str:
        return self.name

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return the columns of `interactions`, `history` and `queue` that a record needs for it.

        `started_at` and the events are left out: without them a moment is not scored at all.
        """
        del standards
        return frozenset()


@dataclass(frozen=True, repr=False)
class AsOf(StateColumn):
    """The time of the moment."""

    name = "as_of"


@dataclass(frozen=True, repr=False)
class Own(StateColumn):
    """A column of the interaction; a time is in microseconds.

    Parameters
    ----------
    column
        Its name in `interactions`.
    holds
        The type of its values.
    """

    column: str
    holds: Kind = Kind.NUMBER

    @property
    def kind(self) -> Kind:  # type: ignore[override]
        """The type of its value."""
        return self.holds

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"own {self.column}"

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return the column itself."""
        return frozenset({self.column} - {"started_at"})


@dataclass(frozen=True, repr=False)
class StandardTime(StateColumn):
    """The standard of the venue, the channel or the company, seconds."""

    name = "standard_s"

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return the columns that have standards of their own."""
        tables = {"venue": standards.venues, "channel": standards.channels}
        return frozenset(column for column, own in tables.items() if own)


class AggregateColumn(StateColumn):
    """A value of the rows (events, or earlier interactions) that meet a condition."""

    aggregate: Aggregate

    @property
    @abstractmethod
    def condition(self) -> Hashable:
        """What the rows must meet."""

    @property
    @abstractmethod
    def values(self) -> str:
        """The column of the rows that is aggregated."""


@dataclass(frozen=True, repr=False)
class EventColumn(AggregateColumn):
    """A value of the interaction's events up to the moment, of one kind and, where one is given, one actor.

    Parameters
    ----------
    event_kind
        The kind of event; `ANY_KIND` is all events.
    actor
        Who caused the events; "" is anybody, and `staff` includes managers.
    """

    event_kind: str
    actor: Actor = ""
    values = "at"

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"{type(self).__name__.lower()} {self.event_kind} {self.actor}".rstrip()

    @property
    def condition(self) -> tuple[str, str]:
        """The kind and the actor."""
        return self.event_kind, self.actor


class Count(EventColumn):
    """How many there were."""

    aggregate = COUNT


class First(EventColumn):
    """When the first was; null where there was none."""

    aggregate = FIRST


class Last(EventColumn):
    """When the last was; null where there was none."""

    aggregate = LAST


class Amount(EventColumn):
    """The sum of their values, in hundredths."""

    aggregate = SUM
    values = "cents"


class Since(EventColumn):
    """The sum of their times since the start of the interaction, microseconds."""

    aggregate = SUM
    values = "since"


@dataclass(frozen=True, repr=False)
class Words(AggregateColumn):
    """A count over the texts of staff or of the customer up to the moment.

    Parameters
    ----------
    actor
        Whose texts.
    what
        `n_texts`, `n_in_language` (texts in the customer's language), `n_with_language` (texts whose language, and the
        customer's, are known), or a column of `features.words.COUNTS`.
    """

    actor: Actor
    what: str
    aggregate = SUM

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"words {self.actor} {self.what}"

    @property
    def condition(self) -> tuple[str, str]:
        """Any text, and the actor."""
        return ANY_TEXT, self.actor

    @property
    def values(self) -> str:
        """The column of counts."""
        return self.what

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return `locale` where the customer's language counts."""
        return frozenset({"locale"} if self.what.endswith("language") else ())


@dataclass(frozen=True, repr=False)
class EarlierColumn(AggregateColumn):
    """A value of the customer's last 50 earlier interactions; null where the customer is not known.

    Parameters
    ----------
    value
        The value that is aggregated.
    where
        A flag: only the earlier interactions count for which it holds; "" is all.
    """

    value: EarlierValue
    where: EarlierFlag = ""

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"earlier {type(self).__name__.removeprefix('Earlier').lower()} {self.value} {self.where}".rstrip()

    @property
    def condition(self) -> str:
        """The flag."""
        return self.where

    @property
    def values(self) -> str:
        """The column of the value."""
        return self.value

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return `history`, the customer, and the venue or channel that is compared."""
        compared = {self.where.removeprefix("same_")} if self.where.startswith("same_") else set()
        return frozenset({HISTORY, "customer_id", *compared})


class EarlierCount(EarlierColumn):
    """How many there are."""

    aggregate = COUNT

    def __init__(self, where: EarlierFlag = "") -> None:
        super().__init__("started_at", where)


class EarlierSum(EarlierColumn):
    """The sum of a value."""

    aggregate = SUM


class EarlierSmallest(EarlierColumn):
    """The smallest value; null where there is none."""

    aggregate = SMALLEST


class EarlierFirst(EarlierColumn):
    """The value of the first; null where there is none."""

    aggregate = FIRST


class EarlierLast(EarlierColumn):
    """The value of the last; null where there is none."""

    aggregate = LAST


@dataclass(frozen=True, repr=False)
class Queue(StateColumn):
    """A fact of the queue at the interaction's venue and channel."""

    fact: QueueFact

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"queue {self.fact}"

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return `queue`, and what tells whose queue it is."""
        return frozenset({QUEUE, "venue", "channel"})


@dataclass(frozen=True, repr=False)
class Recorded(StateColumn):
    """Whether the company has recorded this kind of event at all by the moment."""

    event_kind: str
    kind = Kind.TRUTH

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"recorded {self.event_kind}"


@dataclass(frozen=True, repr=False)
class Usual(StateColumn):
    """What is usual at the interaction's venue, channel, …; null where the interaction has none.

    Parameters
    ----------
    dimension
        A column of `features.fact_means.DIMENSIONS`, or `all`: the whole company.
    fact
        A key of `features.fact_means.MEANS`.
    """

    dimension: str
    fact: str

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"usual {self.dimension} {self.fact}"

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return the column of the dimension."""
        if self.dimension == "queue":
            return frozenset({"venue", "channel"})
        return frozenset({self.dimension} - {"all"})


FactColumn = Recorded | Usual


class StateColumns:
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
    def earlier(self) -> AggregateGroups:
        """Columns of the customer's earlier interactions, by flag."""
        return groups_of(one for one in self.all if isinstance(one, EarlierColumn))

    @cached_property
    def queue(self) -> list[Queue]:
        """Columns of the queue."""
        return [one for one in self.all if isinstance(one, Queue)]

    @cached_property
    def facts(self) -> list[FactColumn]:
        """Columns of learnt facts."""
        return [one for one in self.all if isinstance(one, FactColumn)]

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
