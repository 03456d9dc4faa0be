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

from forestall.moment_features.operations import Kind
from forestall.moment_features.row_aggregates import (
    Aggregate,
)
from forestall.moment_features.standards import Standards
from forestall.moment_features.terms import Term

QueueFact = Literal["n_waiting", "n_served_first", "mean_wait_s"]
RatingFact = Literal["n", "newest"]
HISTORY, QUEUE = "history", "queue"  # the fields of a record that hold the earlier interactions and the queue
RATINGS = "earlier_ratings"  # the field of a record that holds ratings of the interaction itself


@dataclass(frozen=True)
class EventField:
    """A further column of `events`; it is no text, because `interactions` may have a column of any name."""

    column: str

    def __str__(self) -> str:
        return f"events.{self.column}"


Input = str | EventField
"""What a feature reads: a column of `interactions`, a field of a record, or a further column of `events`."""


def of_interactions(inputs: Iterable[Input]) -> list[str]:
    """Return those of what is read that are columns of `interactions`, in alphabetical order."""
    fields = (HISTORY, QUEUE, RATINGS)
    return sorted(one for one in inputs if isinstance(one, str) and one not in fields)


class StateColumn(Term):
    """A column of the state."""

    kind = Kind.NUMBER
    needs_clock = False
    """Whether it says nothing without a clock, because it comes from what happened before in other interactions."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name in a frame; no two columns have the same."""

    def __repr__(self) -> str:
        return self.name

    def read_from(self, standards: Standards) -> frozenset[Input]:
        """Return the columns and fields of a record that it is computed from.

        These are columns of `interactions`, further columns of `events`, `history`, `queue` and `earlier_ratings`.
        `started_at` and the events themselves are left out: without them a moment is not scored at all.
        """
        del standards
        return frozenset()


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


@dataclass(frozen=True, repr=False)
class Queue(StateColumn):
    """A fact of the queue at the interaction's venue and channel."""

    fact: QueueFact
    needs_clock = True

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"queue {self.fact}"

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return `queue`, and what tells whose queue it is."""
        return frozenset({QUEUE, "venue", "channel"})


@dataclass(frozen=True, repr=False)
class OwnRating(StateColumn):
    """A fact of the ratings of the interaction itself that are known at the moment: their number, or the newest.

    The label is the newest rating of all, and moments of training lie before it: what they know are earlier ones. An
    empty list in a record says that there is none. A record without the field does not say, so it is lost.
    """

    fact: RatingFact

    @cached_property
    def name(self) -> str:
        """Its name in a frame."""
        return f"own rating {self.fact}"

    def read_from(self, standards: Standards) -> frozenset[str]:
        """Return `earlier_ratings`."""
        del standards
        return frozenset({RATINGS})


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
        A column of `moment_features.fact_means.DIMENSIONS`, or `all`: the whole company.
    fact
        A key of `moment_features.fact_means.MEANS`.
    """

    dimension: str
    fact: str
    needs_clock = True

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
