"""Columns of the state that are computed from the events of an interaction up to the moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from forestall.moment_features.row_aggregates import COUNT, FIRST, LAST, SUM
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import AggregateColumn

# all events, and those that have a text: no kinds of events, which are words
ANY_KIND, ANY_TEXT = "*", "* with text"
Actor = Literal["", "customer", "staff", "manager", "system"]
"""Who causes an event; "" is anybody, and a manager is staff too."""


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
        customer's, are known), or a column of `moment_features.word_matches.COUNTS`.
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
