"""Nested fields of records: events, history and queue, as values or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from forestall.errors import RecordError
from forestall.moment_features.record_fields import are_typed, cells_of, is_missing
from forestall.moment_features.row_aggregates import Bools
from forestall.moments.timeline import Ints

Record = Mapping[str, Any]


class Items(NamedTuple):
    """The items of a list field of all records, one after another.

    Parameters
    ----------
    rows
        The items, shape (n_items,).
    owner
        The number of each item's record, shape (n_items,).
    is_given
        Whether each record has the field, shape (n_records,).
    """

    rows: list[Record]
    owner: Ints
    is_given: Bools


def nested_items(records: Sequence[Record], name: str) -> Items:
    """Return the items of a list field of records.

    Raises
    ------
    InputError
        The field of a record is not a list of objects.
    """
    lists = cells_of(records, name)
    if not are_typed(records) and not set(map(type, lists)) <= {list, type(None)}:
        lists = _checked(records, name)
    rows = list(chain.from_iterable(filter(None, lists)))
    if not are_typed(rows) and not are_objects(rows):
        lists = _checked(records, name)
    is_given = np.array([own is not None for own in lists], dtype=bool)
    if len(records) == 1:
        return Items(rows, np.zeros(len(rows), dtype=np.int64), is_given)
    length = np.array([len(own or ()) for own in lists], dtype=np.int64)
    return Items(rows, np.repeat(np.arange(len(records)), length), is_given)


def _checked(records: Sequence[Record], name: str) -> list[Sequence[Any] | None]:
    """Return a list field of each record, None where it is missing, after a check of one record after another."""
    lists: list[Sequence[Any] | None] = []
    for number, record in enumerate(records):
        value = _value(record, number, name)
        if value is not None and not (isinstance(value, list | tuple) and are_objects(value)):
            raise RecordError(number, f"{name} must be a list of objects")
        lists.append(value)
    return lists


def nested_objects(records: Sequence[Record], name: str) -> list[Record]:
    """Return an object field of records; an empty one where a record has none.

    Raises
    ------
    InputError
        The field of a record is not an object.
    """
    values = cells_of(records, name)
    if are_typed(records):
        given = next((value for value in values if value is not None), None)
        nothing = {} if given is None else type(given)()
        return [nothing if value is None else value for value in values]
    if set(map(type, values)) <= {dict, type(None)}:  # as JSON has them
        return [one or {} for one in values]
    objects: list[Record] = []
    for number, record in enumerate(records):
        value = _value(record, number, name)
        if value is not None and not isinstance(value, Mapping):
            raise RecordError(number, f"{name} must be an object")
        objects.append(value or {})
    return objects


def are_objects(items: Sequence[Any]) -> bool:
    """Return whether all items are objects; the check of plain ones, as JSON has them, is quick."""
    return set(map(type, items)) <= {dict} or all(isinstance(item, Mapping) for item in items)


def items_at(columns: Mapping[str, Any], places: list[int]) -> dict[str, Any]:
    """Return the columns of items, lists or arrays, at places."""
    return {
        name: values[places] if isinstance(values, np.ndarray) else [values[place] for place in places]
        for name, values in columns.items()
    }


def _value(record: Record, number: int, name: str) -> Any:
    """Return a nested field, read from JSON where it is a string; None where it is missing."""
    value = record.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else None
        except (ValueError, RecursionError):
            raise RecordError(number, f"{name} must be valid JSON") from None
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return None if not isinstance(value, list | tuple | Mapping) and is_missing(value) else value
