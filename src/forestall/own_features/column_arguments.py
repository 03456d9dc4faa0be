"""The arguments of the columns of the state that own features read: kinds of events, actors, columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from forestall.data.schemas import column_types, find_word_fault
from forestall.errors import FeatureError, must_be
from forestall.moment_features.earlier_columns import EarlierColumn, EarlierFlag, EarlierValue
from forestall.moment_features.event_attributes import Attribute, What
from forestall.moment_features.event_columns import ANY_KIND, Actor, EventColumn, Words
from forestall.moment_features.last_kind import LastKind
from forestall.moment_features.learnt_facts import ALL, DIMENSIONS, MEANS
from forestall.moment_features.operations import Kind
from forestall.moment_features.state_columns import (
    HISTORY,
    QUEUE,
    RATINGS,
    Own,
    Queue,
    QueueFact,
    Recorded,
    StateColumn,
    Usual,
)
from forestall.moment_features.word_matches import COUNTS

LONGEST_TEXT = 300
_WORDS = ("n_texts", "n_in_language", "n_with_language", *COUNTS)
_ONE_OF: dict[type[StateColumn], dict[str, tuple[str, ...]]] = {
    EventColumn: {"actor": get_args(Actor)},
    Words: {"actor": get_args(Actor), "what": _WORDS},
    EarlierColumn: {"value": get_args(EarlierValue), "where": get_args(EarlierFlag)},
    Queue: {"fact": get_args(QueueFact)},
    Usual: {"dimension": (*DIMENSIONS, ALL), "fact": tuple(MEANS)},
    Attribute: {"what": get_args(What)},
}
_TYPES: Mapping[str, Kind] = {
    name: {"String": Kind.TEXT, "Boolean": Kind.TRUTH}.get(str(dtype), Kind.NUMBER)
    for name, dtype in column_types("interactions").items()
}
_FIELDS = {HISTORY, QUEUE, RATINGS, "as_of", "events"}


def is_text(value: object) -> bool:
    """Return whether a value is a line of text."""
    return type(value) is str and bool(value.strip()) and len(value) <= LONGEST_TEXT and value.isprintable()


def check_arguments(whose: str, leaf: object) -> None:
    """Check the arguments of a column of the state.

    Parameters
    ----------
    whose
        How an error calls the feature.
    leaf
        The column; a constant has no arguments.

    Raises
    ------
    FeatureError
        An argument is not one that the column can have.
    """
    fault = _fault(leaf)
    if fault is not None:
        what, required, value = fault
        raise FeatureError(f"{whose}: {must_be(f'{what} of {type(leaf).__name__}', required, value)}")


def _fault(leaf: object) -> tuple[str, str, Any] | None:
    """Return what is wrong with a column: which argument, what it must be, what it is."""
    for column, arguments in _ONE_OF.items():
        for name, known in arguments.items() if isinstance(leaf, column) else ():
            if getattr(leaf, name) not in known:
                return name, f"one of {', '.join(repr(one) for one in known)}", getattr(leaf, name)
    if isinstance(leaf, Own):
        return _fault_of_own(leaf)
    if isinstance(leaf, Attribute):
        return _fault_of_attribute(leaf)
    for kind in kinds_of(leaf):
        fault = find_word_fault(kind)
        if fault:
            return "the kind", f"a kind of event: it {fault}", kind
    return None


def kinds_of(leaf: object) -> list[Any]:
    """Return the kinds of events that a column names."""
    if isinstance(leaf, EventColumn | Recorded):
        return [] if leaf.event_kind == ANY_KIND and isinstance(leaf, EventColumn) else [leaf.event_kind]
    return list(leaf.among) if isinstance(leaf, LastKind) else []


def _fault_of_own(leaf: Own) -> tuple[str, str, Any] | None:
    if not is_text(leaf.column) or leaf.column in _FIELDS:
        return "the column", "a column of the interactions", leaf.column
    if leaf.column == "staff":
        return "the column", "another than staff: `privacy: {staff: true}` makes who serves a feature", None
    holds = _TYPES.get(leaf.column, Kind.TEXT if leaf.holds is Kind.TEXT else Kind.NUMBER)
    if leaf.holds is not holds:
        return f"the column {leaf.column}", f"read as a {holds}", leaf.holds
    return None


def _fault_of_attribute(leaf: Attribute) -> tuple[str, str, Any] | None:
    if not is_text(leaf.column) or not (leaf.without == "" or is_text(leaf.without)):
        return "the column", "a column of the events", leaf.column
    if leaf.holds is Kind.TRUTH or (leaf.holds is Kind.TEXT and leaf.what != "last"):
        return f"the column {leaf.column}", "read as numbers, or as texts with what 'last'", leaf.holds
    return None
