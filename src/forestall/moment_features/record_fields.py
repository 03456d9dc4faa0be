"""The fields of records, a column at a time: each value in its type, or an error that names record and field."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from forestall.data.casting import FALSE_WORDS, TRUE_WORDS
from forestall.errors import InputError
from forestall.moment_features.iso_times import read_iso_times
from forestall.moment_features.row_aggregates import Bools
from forestall.moments.timeline import Ints

_UNREADABLE = (TypeError, ValueError, OverflowError, KeyError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLAIN_NUMBERS: frozenset[type] = frozenset({float, int, type(None)})
_TEXTS = {str, type(None)}
_MANY_TIMES = 250  # fewer are read one by one, which is quicker
_MANY_ROWS = 20  # fewer are read cell by cell
_LONGEST_KEPT = 32  # characters of texts in a cache, whose size would be the callers' choice otherwise
_DAY_LETTERS = 10  # a text of up to so many letters has no time of day
_WORDS: dict[str, bool | None] = {
    "": None, **dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False),
}  # fmt: skip
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
        The type of each field: `pl.Datetime` (read as microseconds since 1970, UTC; a day as its end), `MOMENT`,
        `pl.Float64`, `NUMBER_IF_ANY`, `pl.String` or `pl.Boolean`.
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
        reader = _READERS[type(dtype) if isinstance(dtype, pl.Datetime) else dtype]
        try:
            values = _values(reader, cells)
        except _UNREADABLE:
            place = next(place for place, cell in enumerate(cells) if not _is_readable(reader, cell))
            number = place if owner is None else owner[place]
            raise InputError(f"record {number}: {within}{name} must be {reader.wanted}") from None
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


def _values(reader: _Reader, cells: list[Any]) -> list[Any]:
    types = set(map(type, cells))
    if types <= reader.plain:
        return cells
    if types <= _TEXTS and reader.is_of_names:
        read = ((cell, reader.read(cell)) for cell in set(cells) if cell is not None)
        changed = {cell: value for cell, value in read if value != cell}
        return [changed.get(cell, cell) for cell in cells] if changed else cells
    if types <= _TEXTS and reader.is_of_times and len(cells) >= _MANY_TIMES:
        return _many_times(reader, cells)
    return [None if cell is None else reader.read(cell) for cell in cells]


def _many_times(reader: _Reader, cells: list[Any]) -> list[Any]:
    texts = [cell for cell in cells if cell is not None]
    times, is_read = read_iso_times(texts)
    values: list[int | None] = times.tolist()
    for place in np.flatnonzero(~is_read).tolist():
        values[place] = reader.read(texts[place])
    if len(texts) == len(cells):
        return values
    rest = iter(values)
    return [None if cell is None else next(rest) for cell in cells]


def _is_readable(reader: _Reader, cell: Any) -> bool:
    try:
        reader.read(cell)
    except _UNREADABLE:
        return False
    return True


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
    return is_missing(value) or (isinstance(value, str) and not value.strip())


def _time(value: Any, of_day: time = time.max) -> int | None:
    """Return microseconds since 1970, UTC; of a day without a time its end, as tables have it."""
    if type(value) is str and len(value) > _DAY_LETTERS:
        try:  # nearly all are of this form
            return (datetime.fromisoformat(value) - _EPOCH) // _MICROSECOND
        except _UNREADABLE:
            pass  # blanks around it, or no offset
    if is_blank(value):
        return None
    if isinstance(value, str):
        text = value.strip()
        value = datetime.fromisoformat(text.removesuffix("z") + "Z" if text.endswith("z") else text)
        value = value.date() if len(text) <= _DAY_LETTERS else value
    elif isinstance(value, np.datetime64):
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
    """Return which values are infinite numbers, also as text (`inf`, `1e999`); shape (n,)."""
    if set(map(type, values)) <= _PLAIN_NUMBERS:
        return np.isinf(np.array(values, dtype=np.float64))
    return np.array([isinstance(value, float | str) and _is_infinite(value) for value in values], dtype=bool)


def _is_infinite(value: float | str) -> bool:
    try:
        return math.isinf(float(value))
    except ValueError:  # a text that is no number is refused where it is read
        return False


def _number(value: Any) -> float:
    if is_blank(value):
        return math.nan
    # bytes are no text, and Python alone reads 1_000
    if isinstance(value, bytes) or (isinstance(value, str) and "_" in value):
        raise TypeError
    return float(value)


def _number_if_any(value: Any) -> float:
    if not isinstance(value, str):
        return _number(value)
    return _kept_number_in(value) if len(value) <= _LONGEST_KEPT else _number_in(value)


def _number_in(text: str) -> float:
    number = numbers_in(pl.Series([text], dtype=pl.String))[0]
    return math.nan if number is None else float(number)


_kept_number_in = lru_cache(maxsize=4096)(_number_in)


def numbers_in(texts: pl.Series) -> pl.Series:
    """Return texts as numbers, null where a text is no number."""
    return texts.str.strip_chars().cast(pl.Float64, strict=False)


def as_name(value: Any) -> str | None:
    """Return a text as tables have it: a blank one is none, whole numbers have no `.0`, and true is 1.

    Raises
    ------
    TypeError
        The value is a list or an object.
    """
    if type(value) is str and value.isascii():
        return value if value.strip() else None
    if is_missing(value):
        return None
    if isinstance(value, list | dict):
        raise TypeError
    if isinstance(value, bool | np.bool_) or (
        isinstance(value, float | np.floating) and _is_whole_number(value)
    ):
        value = int(value)
    # half a character, which no text of UTF-8 has, becomes a question mark
    text = str(value).encode("utf-8", "replace").decode()
    return text if text.strip() else None


def _is_whole_number(value: Any) -> bool:
    return float(value).is_integer() and abs(float(value)) < 2**53


def _truth(value: Any) -> bool | None:
    if is_missing(value):
        return None
    if isinstance(value, str):
        return _WORDS[value.strip().lower()]
    if value not in (0, 1):
        raise ValueError
    return bool(value)


class _Reader(NamedTuple):
    """How a cell is read.

    Parameters
    ----------
    read
        Returns the value of a cell; raises one of `_UNREADABLE` where it has none.
    wanted
        What the cell must be, for messages.
    plain
        Types of cells that are taken as they are.
    is_of_names
        Whether the cells are names, which repeat: each different one is read once.
    is_of_times
        Whether they are times, of which many are read at once.
    """

    read: Callable[[Any], Any]
    wanted: str
    plain: frozenset[type] = frozenset({type(None)})
    is_of_names: bool = False
    is_of_times: bool = False


_READERS: dict[Any, _Reader] = {
    pl.Datetime: _Reader(_time, "a time", is_of_times=True),
    MOMENT: _Reader(_moment, "a time", is_of_times=True),
    pl.Float64: _Reader(_number, "a number", _PLAIN_NUMBERS),
    NUMBER_IF_ANY: _Reader(_number_if_any, "a number", _PLAIN_NUMBERS),
    pl.String: _Reader(as_name, "a string", is_of_names=True),
    pl.Boolean: _Reader(_truth, "true or false", frozenset({bool, type(None)})),
}
_NUMBERS = (pl.Float64, NUMBER_IF_ANY)
