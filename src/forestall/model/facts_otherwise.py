"""The facts that a what-if question may change, and how a record changes with each.

A change is made in the record, not in a feature: whatever follows from the fact follows from the changed record. A
shorter wait changes the wait's ratio to the standard, whether the standard is broken and the time in all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from forestall.errors import UsageError, must_be, nearest
from forestall.model.spec import Spec
from forestall.moment_features.catalogue import CONTEXT
from forestall.moment_features.event_columns import First
from forestall.moment_features.family import Family
from forestall.moment_features.operations import Kind
from forestall.moment_features.shared_terms import (
    ATTENDED,
    ENDED,
    RAISED,
    RESPONDED,
    SETTLED,
    START,
    WAIT_END,
)
from forestall.moment_features.terms import Term, smallest


@dataclass(frozen=True)
class Interval:
    """Seconds from `begin` until `until`, or until the moment where that has not come.

    Events in between move in proportion. What comes after, the moment too, comes earlier or later by the difference.
    """

    begin: Term
    until: Term


@dataclass(frozen=True)
class TimeOfFirst:
    """Seconds from the start until the first event of a kind, which moves alone; without one, it is added."""

    kind: str
    actor: str


@dataclass(frozen=True)
class NumberOf:
    """The number of events of some kinds: the first of each kind stay, the others are left out."""

    kinds: tuple[str, ...]


@dataclass(frozen=True)
class ColumnOf:
    """A column of the interaction: a text, a truth value or a number from `low` on."""

    column: str
    kind: Kind
    low: float = 0.0


@dataclass(frozen=True)
class SecondsAhead:
    """A time in a column of the interaction, as seconds after its start."""

    column: str


_LARGEST = 1e9  # 30 years in seconds
Fact = Interval | TimeOfFirst | NumberOf | ColumnOf | SecondsAhead

_COUNTED = {
    "service_hold_n": ("hold_started", "hold_ended"),
    "service_self_service_n": ("attempted",),
    "quality_defect_n": ("defect",),
    "quality_return_n": ("returned",),
    "quality_refund_n": ("refunded",),
    "quality_complaint_n": ("complained",),
    "greeting_greeted": ("greeted",),
    "resolution_resolved": ("resolved",),
    "resolution_delivered": ("delivered",),
    "resolution_reopened_n": ("reopened",),
    "resolution_transfer_n": ("transferred",),
    "resolution_escalation_n": ("escalated",),
    "resolution_informed_n": ("informed",),
}
_TEXTS = {
    "service_staff": "staff",
    "quality_product": "product",
    "quality_product_category": "product_category",
    "expectation_venue": "venue",
    "expectation_channel": "channel",
    "expectation_locale": "locale",
}
# the order in which several changes are made: earlier times first
FACTS: dict[str, Fact] = {
    "service_wait_s": Interval(START, WAIT_END),
    "service_human_wait_s": Interval(First("human_requested"), smallest(ATTENDED, ENDED)),
    "resolution_response_s": Interval(RAISED, smallest(RESPONDED, ENDED)),
    "resolution_resolve_s": Interval(RAISED, SETTLED),
    "greeting_greet_s": TimeOfFirst("greeted", "staff"),
    **{name: NumberOf(kinds) for name, kinds in _COUNTED.items()},
    "service_promise_s": SecondsAhead("promised_at"),
    "quality_price": ColumnOf("price", Kind.NUMBER),
    "quality_is_commodity": ColumnOf("is_commodity", Kind.TRUTH),
    **{name: ColumnOf(column, Kind.TEXT) for name, column in _TEXTS.items()},
}


def facts_of(spec: Spec, families: Iterable[Family]) -> dict[str, Fact]:
    """Return the facts that may be changed for a model, by the names of its features."""
    own = {
        f"{CONTEXT}_{column}": ColumnOf(column, kind, -_LARGEST)
        for columns, kind in ((spec.context.categorical, Kind.TEXT), (spec.context.numeric, Kind.NUMBER))
        for column in columns
    }
    features = {family.column(feature) for family in families for feature in family.features}
    return {name: fact for name, fact in {**FACTS, **own}.items() if name in features}


def read_change(name: str, value: object, facts: dict[str, Fact], features: Iterable[str]) -> float | str:
    """Return the value of a change: a number, or a text for a fact that is a category.

    Parameters
    ----------
    name, value
        The feature and its value, as the caller gave them.
    facts
        See `facts_of`.
    features
        The names of all features of the model.

    Raises
    ------
    UsageError
        The fact is unknown or can't be changed, or the value is not possible.
    """
    if name not in facts:
        if name in set(features):
            raise UsageError(
                f"{name} can't be changed by itself, because it follows from other facts; {_possible(facts)}"
            )
        raise UsageError(f"there is no feature with the name that was given; {nearest(name, facts)}")
    fact = facts[name]
    if isinstance(fact, ColumnOf) and fact.kind is Kind.TEXT:
        if not isinstance(value, str) or not value.strip():
            raise UsageError(must_be(name, "a text"))
        return value
    number, low = _number(value), fact.low if isinstance(fact, ColumnOf) else 0.0
    if number is None or not low <= number <= _LARGEST:
        raise UsageError(must_be(name, f"a number between {low:,.0f} and {_LARGEST:,.0f}"))
    if isinstance(fact, NumberOf) and number != int(number):
        raise UsageError(must_be(name, "a whole number", number))
    if isinstance(fact, ColumnOf) and fact.kind is Kind.TRUTH and number not in (0, 1):
        raise UsageError(must_be(name, "0 or 1", number))
    return number


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(number) else number


def _possible(facts: Iterable[str]) -> str:
    return f"these can be: {', '.join(facts)}"
