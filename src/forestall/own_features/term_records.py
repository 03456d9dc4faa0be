"""Terms as plain values that JSON can hold, and back: a packaged model has its own features as data, not as code.

Terms make a graph. Its record is a list in which each term stands after its parts and names them by their places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from forestall.moment_features.earlier_columns import (
    EarlierCount,
    EarlierFirst,
    EarlierLast,
    EarlierSmallest,
    EarlierSum,
)
from forestall.moment_features.event_attributes import Attribute
from forestall.moment_features.event_columns import Amount, Count, First, Last, Since, Words
from forestall.moment_features.last_kind import LastKind
from forestall.moment_features.operations import OPERATIONS, Kind
from forestall.moment_features.state_columns import (
    AsOf,
    Own,
    Queue,
    Recorded,
    StandardTime,
    StateColumn,
    Usual,
)
from forestall.moment_features.term_graph import TermGraph
from forestall.moment_features.terms import Applied, Divisor, Literal, Term

COLUMNS: dict[str, type[StateColumn]] = {
    one.__name__: one
    for one in (
        *(AsOf, Own, StandardTime, Queue, Recorded, Usual, LastKind, Attribute),
        *(Count, First, Last, Amount, Since, Words),
        *(EarlierCount, EarlierSum, EarlierSmallest, EarlierFirst, EarlierLast),
    )
}
"""The columns of the state that a company's own features may read, by the names of their classes."""
LARGEST_WHOLE = 2**53
_NUMBERS_OF_ARGUMENTS = {
    **dict.fromkeys(("+", "-", "*", "/", "/ constant", "//", "%", "at least"), (2, 2)),
    **dict.fromkeys((">", ">=", "<", "<=", "equals"), (2, 2)),
    **dict.fromkeys(("negative", "log", "is known", "not", "as number"), (1, 1)),
    "choice": (2, 3),
}
_WITH_A_WHOLE_NUMBER = {"//": 1, "%": 1, "at least": -LARGEST_WHOLE}  # the smallest that each may have


def records_of(terms: Mapping[str, Term]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return the record of terms, and by name the place of each wanted one.

    Raises
    ------
    TypeError
        A term is none of those that own features may use.
    """
    graph = TermGraph(terms)
    records = [_record(term, parts) for term, parts in zip(graph.terms, graph.parts, strict=True)]
    return records, graph.wanted


def _record(term: Term, parts: tuple[int, ...]) -> dict[str, Any]:
    if type(term) is Applied:
        return {"operation": term.operation, "of": list(parts)}
    if type(term) is Divisor:
        return {"divisor": term.value}
    if type(term) is Literal:
        return {"value": _constant(term.value)}
    name = type(term).__name__
    if not isinstance(term, StateColumn) or COLUMNS.get(name) is not type(term):
        raise TypeError(f"must be made of terms of forestall.feature_terms, {name} is none of them")
    values = {one.name: getattr(term, one.name) for one in fields(term)}  # type: ignore[arg-type]
    return {"state": name} | {key: list(one) if type(one) is tuple else one for key, one in values.items()}


def terms_of(records: Sequence[Mapping[str, Any]]) -> list[Term]:
    """Return the terms of a record.

    Raises
    ------
    TypeError, ValueError, KeyError
        It is not what `records_of` writes.
    """
    terms: list[Term] = []
    for record in records:
        terms.append(_term(dict(record), terms))
    return terms


def _term(record: dict[str, Any], before: Sequence[Term]) -> Term:
    if record.keys() == {"operation", "of"}:
        places = record["of"]
        if not all(type(one) is int and 0 <= one < len(before) for one in places):
            raise ValueError("a term names a part that does not stand before it")
        return _applied(record["operation"], tuple(before[one] for one in places))
    if record.keys() == {"divisor"}:
        return Divisor(_constant(record["divisor"]))  # type: ignore[arg-type]  # which checks it
    if record.keys() == {"value"}:
        return Literal(_constant(record["value"]))
    column = COLUMNS[record.pop("state")]
    known = {one.name for one in fields(column)}  # type: ignore[arg-type]
    if record.keys() != known:
        raise ValueError(f"{column.__name__} must have {', '.join(sorted(known))}")
    values = {name: tuple(one) if type(one) is list else one for name, one in record.items()}
    if "holds" in values:
        values["holds"] = Kind(str(values["holds"]))
    if column is EarlierCount:
        del values["value"]  # it counts by one value only
    make: Callable[..., StateColumn] = column
    return make(**values)


def _constant(value: Any) -> float | int | bool | str:
    if type(value) not in (bool, int, float, str):
        raise TypeError(f"a constant must be a number, a text, true or false, not {type(value).__name__}")
    is_number = isinstance(value, int | float)
    if is_number and not abs(value) <= LARGEST_WHOLE:
        raise ValueError(f"a constant must be between -2^53 and 2^53, {value!r} is not")
    constant: float | int | bool | str = value
    return constant


def _applied(operation: Any, arguments: tuple[Term, ...]) -> Applied:
    if operation not in OPERATIONS:
        raise ValueError("a term has an operation that is not known; it may come from a later version")
    least, most = _NUMBERS_OF_ARGUMENTS.get(operation, (1, len(arguments)))
    if not least <= len(arguments) <= most:
        raise ValueError(f"{operation!r} has {len(arguments)} arguments")
    if operation in _WITH_A_WHOLE_NUMBER:
        by = arguments[1]
        if type(by) is not Literal or type(by.value) is not int or by.value < _WITH_A_WHOLE_NUMBER[operation]:
            raise TypeError(f"{operation!r} takes a whole number")
    if (operation == "/ constant") != (type(arguments[-1]) is Divisor):
        raise TypeError(f"{operation!r} has a divisor of another kind")
    values = arguments[1:] if operation == "choice" else arguments
    if operation in ("coalesce", "choice", "equals") and len({one.kind for one in values}) > 1:
        raise TypeError(f"the values of {operation!r} are of several types")
    if operation == "choice" and arguments[0].kind is not Kind.TRUTH:
        raise TypeError("the condition of a choice is no truth value")
    return Applied(operation, arguments)
