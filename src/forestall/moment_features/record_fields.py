"""The fields of records, a column at a time: each value in its type, or an error that names record and field."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from forestall.data.schemas import FROM_DAY_START
from forestall.data.text_values import as_utf8, name_of, text_of
from forestall.errors import RecordError
from forestall.moment_features.record_texts import (
    Read,
    flags_in,
    moments_in,
    numbers_if_any,
    numbers_in,
    times_in,
)
from forestall.moment_features.row_aggregates import Bools
from forestall.moments.timeline import Ints

_UNREADABLE = (TypeError, ValueError, OverflowError, KeyError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLAIN_NUMBERS: frozenset[type] = frozenset({float, int, type(None)})
_TEXTS = {str, type(None)}
_MANY_ROWS = 20  # fewer are read cell by cell
NUMBER_IF_ANY = "number, if any"  # the type of a number that counts as missing where a text is none
MOMENT = "moment"  # the type of a time that is the beginning of a day where it has no time of day


def read_fields(
    rows: Sequence[Any],
    types: Mapping[str, Any],
    owner: Sequence[int] | Ints | None = None,
    within: str = "",
) -> dict[str, Any]:
    """Return the fields of rows by column: lists with None for a missing value, but numbers as an array with NaN.

    Parameters
    ----------
    rows
        Records, or objects nested in them: mappings, or all of one msgspec type. A field that a row does not have is
        missing.
    types
        The type of each field: `pl.Datetime` (read as microseconds since 1970, UTC; a day as its end, or as its
        beginning in a field of `FROM_DAY_START`), `MOMENT`, `pl.Float64`, `NUMBER_IF_ANY`, `pl.String` or `pl.Boolean`.
    owner
        The number of each row's record, for messages; by default the row's own.
    within
        The field that the rows are nested in, for messages.

    Raises
    ------
    InputError
        A value is not of its type; the value itself is not repeated.
    """
    columns: dict[str, Any] = {}
    for (name, dtype), cells in zip(types.items(), _columns(rows, types), strict=True):
        reader = _reader_of(name, dtype)
        try:
            values = _values(reader, cells)
        except _UnreadableError as error:
            number = error.place if owner is None else owner[error.place]
            raise RecordError(int(number), f"{within}{name} must be {reader.wanted}") from None
        columns[name] = _finite(values) if dtype in _NUMBERS else values
    return columns


def cells_of(rows: Sequence[Any], name: str) -> list[Any]:
    """Return the cells of one field of rows, None where a row does not have it."""
    return list(map(attrgetter(name), rows)) if are_typed(rows) else [row.get(name) for row in rows]


def are_typed(rows: Sequence[Any]) -> bool:
    """Return whether rows are objects of one msgspec type, whose attributes are their fields, rather than mappings."""
    return len(rows) > 0 and hasattr(type(rows[0]), "__struct_fields__")


def _columns(rows: Sequence[Any], names: Collection[str]) -> Iterator[list[Any]]:
    """Yield for each name the cells of rows, None where a row does not have it."""
    keys = list(rows[0]) if len(rows) >= _MANY_ROWS and not are_typed(rows) else []
    if keys and set(map(type, rows)) == {dict} and list(chain.from_iterable(rows)) == keys * len(rows):
        # rows with the same keys in the same order, as programs write them, are cut out of one list
        cells: list[Any] = list(chain.from_iterable(map(dict.values, rows)))
        nothing = [None] * len(rows)
        places = {key: place for place, key in enumerate(keys)}
        for name in names:
            yield cells[places[name] :: len(keys)] if name in places else nothing
    else:
        for name in names:
            yield cells_of(rows, name)


class _UnreadableError(Exception):
    """The cell at a place cannot be read."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place


def _values(reader: _Reader, cells: list[Any]) -> list[Any]:
    types = set(map(type, cells))
    if types <= reader.plain:
        return cells
    if types <= _TEXTS and reader.of_texts is None:  # names, which repeat: each different one is read once
        read = ((cell, reader.read(cell)) for cell in set(cells) if cell is not None)
        changed = {cell: value for cell, value in read if value != cell}
        return [changed.get(cell, cell) for cell in cells] if changed else cells
    places = [place for place, cell in enumerate(cells) if isinstance(cell, str)] if reader.of_texts else []
    values = [None] * len(cells) if types <= _TEXTS else _of_objects(reader, cells)
    if places and reader.of_texts is not None:
        found, unreadable = reader.of_texts(
            cells if len(places) == len(cells) else [cells[one] for one in places]
        )
        if unreadable is not None:
            raise _UnreadableError(places[unreadable])
        if len(places) == len(cells):
            return found
        for place, value in zip(places, found, strict=True):
            values[place] = value
    return values


def _of_objects(reader: _Reader, cells: list[Any]) -> list[Any]:
    """Return the values of cells that are no texts; None for those that `of_texts` reads."""
    values: list[Any] = []
    for place, cell in enumerate(cells):
        if cell is None or (isinstance(cell, str) and reader.of_texts is not None):
            values.append(None)
            continue
        try:
            values.append(reader.read(cell))
        except _UNREADABLE:
            raise _UnreadableError(place) from None
    return values


def _finite(values: Sequence[float | None]) -> Any:
    """Return numbers as an array, NaN for what is missing or infinite."""
    numbers = np.array(values, dtype=np.float64)
    numbers[np.isinf(numbers)] = np.nan
    return numbers


def is_missing(value: Any) -> bool:
    """Return whether a value stands for none: None, NaN, or what pandas has for them."""
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in {"NaTType", "NAType"}
    )


def is_blank(value: Any) -> bool:
    """Return whether a value is missing, or a text that says nothing."""
    return is_missing(value) or (isinstance(value, str) and name_of(value) is None)


def _time(value: Any, of_day: time = time.max) -> int | None:
    """Return microseconds since 1970, UTC; of a day without a time its end, as tables have it."""
    if is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else int(value.astype("datetime64[us]").astype(np.int64))
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            raise TypeError
        value = datetime.combine(value, of_day, UTC)
    since: timedelta = (value.replace(tzinfo=UTC) if value.tzinfo is None else value) - _EPOCH
    return since // _MICROSECOND


def _moment(value: Any) -> int | None:
    return _time(value, time.min)


def are_infinite(values: Sequence[Any]) -> Bools:
    """Return which values are infinite numbers; shape (n,). No text is one."""
    if set(map(type, values)) <= _PLAIN_NUMBERS:
        return np.isinf(np.array(values, dtype=np.float64))
    return np.array([isinstance(value, float) and math.isinf(value) for value in values], dtype=bool)


def _number(value: Any) -> float:
    if is_missing(value):
        return math.nan
    if isinstance(value, bytes):
        raise TypeError
    return float(value)


def as_name(value: Any) -> str | None:
    """Return a name as tables have it: without blanks at its ends, whole numbers have no `.0`, and true is 1.

    Raises
    ------
    TypeError
        The value is a list or an object.
    """
    if isinstance(value, str):
        return name_of(as_utf8(value))
    if is_missing(value):
        return None
    if isinstance(value, list | dict):
        raise TypeError
    return name_of(text_of(value.item() if isinstance(value, np.number | np.bool_) else value))


def _truth(value: Any) -> bool | None:
    if is_missing(value):
        return None
    if value not in (0, 1):
        raise ValueError
    return bool(value)


class _Reader(NamedTuple):
    """How a cell is read.

    Parameters
    ----------
    read
        Returns the value of a cell that is no text; raises one of `_UNREADABLE` where it has none.
    of_texts
        Returns the values of texts; None if `read` does.
    wanted
        What the cell must be, for messages.
    plain
        Types of cells that are taken as they are.
    """

    read: Callable[[Any], Any]
    of_texts: Callable[[list[str]], Read] | None
    wanted: str
    plain: frozenset[type] = frozenset({type(None)})


_READERS: dict[Any, _Reader] = {
    pl.Datetime: _Reader(_time, times_in, "a time, such as 2026-11-02T09:00:00Z"),
    MOMENT: _Reader(_moment, moments_in, "a time, such as 2026-11-02T09:00:00Z"),
    pl.Float64: _Reader(_number, numbers_in, "a number", _PLAIN_NUMBERS),
    NUMBER_IF_ANY: _Reader(_number, numbers_if_any, "a number", _PLAIN_NUMBERS),
    pl.String: _Reader(as_name, None, "a string"),
    pl.Boolean: _Reader(_truth, flags_in, "true or false", frozenset({bool, type(None)})),
}
_NUMBERS = (pl.Float64, NUMBER_IF_ANY)


def _reader_of(name: str, dtype: Any) -> _Reader:
    if isinstance(dtype, pl.Datetime):
        return _READERS[MOMENT if name in FROM_DAY_START else pl.Datetime]
    return _READERS[dtype]
