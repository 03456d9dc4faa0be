"""Texts in the fields of records, read as `data.text_values` reads a column of a table.

Times in the form that nearly all programs write are read without a column, which is quicker for a few and for many. A
column gives the same for them, and reads all else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from forestall.data.text_values import TextValues, as_series, read_flags, read_numbers, read_times
from forestall.moment_features.iso_times import read_iso_times

Read = tuple[list[Any], int | None]
"""The values of texts, None for a missing one, and the place of the first that cannot be read."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MANY = 250  # fewer times are read one by one, which is quicker
_PLAIN = re.compile(
    r"[1-9]\d{3}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)


def times_in(texts: Sequence[str]) -> Read:
    """Return times as microseconds since 1970, UTC; of a day without a time of day its end."""
    return _times(texts, day_start=False)


def moments_in(texts: Sequence[str]) -> Read:
    """Return times as microseconds since 1970, UTC; of a day without a time of day its beginning."""
    return _times(texts, day_start=True)


def numbers_in(texts: Sequence[str]) -> Read:
    """Return finite numbers."""
    return _of_column(read_numbers(as_series(texts)))


def numbers_if_any(texts: Sequence[str]) -> Read:
    """Return finite numbers, None for a text that is none."""
    return read_numbers(as_series(texts)).values.to_list(), None


def flags_in(texts: Sequence[str]) -> Read:
    """Return what words for true and false say."""
    return _of_column(read_flags(as_series(texts)))


def _times(texts: Sequence[str], *, day_start: bool) -> Read:
    values: list[int | None]
    if len(texts) < _MANY:
        values = [_plain_time(text) for text in texts]
        rest = [place for place, value in enumerate(values) if value is None]
    else:
        times, is_read = read_iso_times(texts)
        values, rest = times.tolist(), np.flatnonzero(~is_read).tolist()
    if not rest:
        return values, None
    read = read_times(as_series([texts[place] for place in rest]), day_start=day_start)
    others, unreadable = _of_column(TextValues(read.values.cast(pl.Int64), read.unreadable))
    for place, value in zip(rest, others, strict=True):
        values[place] = value
    return values, None if unreadable is None else rest[unreadable]


def _plain_time(text: str) -> int | None:
    """Return a time in its usual form; None for one in another, and for what is no time."""
    if _PLAIN.fullmatch(text) is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:  # a day or an hour that no calendar or clock has
        return None
    return ((time.replace(tzinfo=UTC) if time.tzinfo is None else time) - _EPOCH) // _MICROSECOND


def _of_column(read: TextValues) -> Read:
    first = read.unreadable.arg_max() if read.unreadable.any() else None
    return read.values.to_list(), first
