"""The fields of records, a column at a time: each value as its type, or an error that names record and field."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from forestall.data.casting import FALSE_WORDS, TRUE_WORDS
from forestall.errors import InputError

_UNREADABLE = (TypeError, ValueError, OverflowError, KeyError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_NUMBER = math.nan
_DAY_LETTERS = 10  # a text of no more has no time of day
_WORDS: dict[str, bool | None] = {
    "": None, **dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False),
}  # fmt: skip
MOMENT = "moment"  # the type of a time that is a day's beginning, where it has no time of day


def read_fields(
    rows: Sequence[Mapping[str, Any]],
    types: Mapping[str, Any],
    owner: Sequence[int] | None = None,
    within: str = "",
) -> dict[str, Any]:
    """Return the fields of rows by column: lists with None for what is missing, but numbers as an array, NaN there.

    Parameters
    ----------
    rows
        Records, or what is nested in them. A field that is not there is missing.
    types
        The type of each field: `pl.Datetime` (read as microseconds since 1970, UTC; a day as its end), `MOMENT`,
        `pl.Float64`, `pl.String` or `pl.Boolean`.
    owner
        The number of each row's record, for messages; by default the row's own.
    within
        What the rows are nested in, for messages.

    Raises
    ------
    InputError
        A value is not of its type; the value itself is not repeated.
    """
    columns = {}
    for name, dtype in types.items():
        cells = [row.get(name) for row in rows]
        read_all, read_one, wanted = _READERS[type(dtype) if isinstance(dtype, pl.Datetime) else dtype]
        try:
            columns[name] = read_all(cells)
        except _UNREADABLE:
            for place, cell in enumerate(cells):
                if not _is_read(read_one, cell):
                    number = place if owner is None else owner[place]
                    raise InputError(f"record {number}: {within}{name} must be {wanted}") from None
            raise
    return columns


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


def _is_read(read: Callable[[Any], Any], cell: Any) -> bool:
    try:
        read(cell)
    except _UNREADABLE:
        return False
    return True


def _times(cells: list[Any]) -> list[int | None]:
    parse = datetime.fromisoformat
    try:
        return [None if cell is None else (parse(cell) - _EPOCH) // _MICROSECOND for cell in cells]
    except _UNREADABLE:  # some are no strings, or have no offset
        return [_time(cell) for cell in cells]


def _moments(cells: list[Any]) -> list[int | None]:
    return [_moment(cell) for cell in cells]


def _moment(value: Any) -> int | None:
    return _time(value, time.min)


def _time(value: Any, of_day: time = time.max) -> int | None:
    """Return microseconds since 1970, UTC; of a day without a time its end, as tables have it."""
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


def _numbers(cells: list[Any]) -> Any:
    is_plain = set(map(type, cells)) <= {float, int, type(None)}
    numbers = np.array(cells if is_plain else [_number(cell) for cell in cells], dtype=np.float64)
    numbers[np.isinf(numbers)] = _NO_NUMBER
    return numbers


def endless_places(values: Iterable[Any]) -> set[int]:
    """Return the places of the values that are infinite numbers, also as text (`inf`, `1e999`)."""
    return {
        place for place, value in enumerate(values) if isinstance(value, float | str) and _is_endless(value)
    }


def _is_endless(value: float | str) -> bool:
    try:
        return math.isinf(float(value))
    except ValueError:  # a text that is no number is refused where it is read
        return False


def _number(value: Any) -> float:
    if is_blank(value):
        return _NO_NUMBER
    # bytes are no text, and Python alone reads 1_000
    if isinstance(value, bytes) or (isinstance(value, str) and "_" in value):
        raise TypeError
    return float(value)


def _texts(cells: list[Any]) -> list[str | None]:
    if set(map(type, cells)) <= {str, type(None)}:
        texts = [cell for cell in cells if cell is not None]
        if all(texts) and not any(map(str.isspace, texts)) and _is_whole("".join(texts)):
            return cells
    return [as_name(cell) for cell in cells]


def _is_whole(text: str) -> bool:
    """Return whether no half of a character is in a text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_name(value: Any) -> str | None:
    """Return a text as tables have it: a blank one is none, whole numbers have no `.0`, and true is 1.

    Raises
    ------
    TypeError
        The value is a list or an object.
    """
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


def _truths(cells: list[Any]) -> list[bool | None]:
    return cells if set(map(type, cells)) <= {bool, type(None)} else [_truth(cell) for cell in cells]


def _truth(value: Any) -> bool | None:
    if is_missing(value):
        return None
    if isinstance(value, str):
        return _WORDS[value.strip().lower()]
    if value not in (0, 1):
        raise ValueError
    return bool(value)


_READERS: dict[Any, tuple[Callable[[list[Any]], Any], Callable[[Any], Any], str]] = {
    pl.Datetime: (_times, _time, "a time"), MOMENT: (_moments, _moment, "a time"),
    pl.Float64: (_numbers, _number, "a number"),
    pl.String: (_texts, as_name, "a string"), pl.Boolean: (_truths, _truth, "true or false"),
}  # fmt: skip
