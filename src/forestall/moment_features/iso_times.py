"""Times in their usual ISO form, many at once: `2026-11-02T09:00:00.250+01:00`, or with `Z`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forestall.moment_features.row_aggregates import Bools
from forestall.moments.timeline import Ints

_SECONDS = "dddd-dd-ddTdd:dd:dd"  # d is a digit, + a sign
_LOCAL = (_SECONDS, *(f"{_SECONDS}.{'d' * n}" for n in range(1, 7)))
_SHAPES = [(local, zone) for local in _LOCAL for zone in ("Z", "+dd:dd")]
_MINUTE_US, _DAY_US = np.int64(60_000_000), np.int64(86_400_000_000)

Letters = npt.NDArray[np.uint8]  # (n_texts, n_letters)


def read_iso_times(texts: Sequence[str]) -> tuple[Ints, Bools]:
    """Return times as microseconds since 1970, UTC, and which texts are read; both of shape (n,).

    A text in another form, or with a value out of range, is not read, though it may be a time. What is read is what
    `data.times.parse_iso` reads.

    Parameters
    ----------
    texts
        Times with date, time of day and zone; up to six digits of a second.
    """
    values = np.zeros(len(texts), dtype=np.int64)
    is_read = np.zeros(len(texts), dtype=bool)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    for length in np.unique(lengths).tolist():
        shapes = [shape for shape in _SHAPES if len(shape[0]) + len(shape[1]) == length]
        if not shapes:
            continue
        rows = np.flatnonzero(lengths == length)
        joined = "".join(texts if len(rows) == len(texts) else [texts[row] for row in rows.tolist()])
        if joined.isascii():
            letters = np.frombuffer(joined.encode(), np.uint8).reshape(len(rows), length)
            for local, zone in shapes:
                some = _rows_of_shape(letters, local + zone)
                values[rows[some]], is_read[rows[some]] = _microseconds(letters[some], len(local), zone)
    return values, is_read


def _rows_of_shape(letters: Letters, shape: str) -> Ints | slice:
    """Return the rows that have digits, a sign and the other letters where a shape has them."""
    low, high = (
        np.array([ord(bounds.get(letter, letter)) for letter in shape], dtype=np.uint8)
        for bounds in ({"d": "0"}, {"d": "9", "+": "-"})
    )
    fits = (letters >= low) & (letters <= high)
    if "+" in shape:
        fits[:, shape.index("+")] &= letters[:, shape.index("+")] != ord(",")  # between + and -
    return slice(None) if fits.all() else np.flatnonzero(fits.all(axis=1))


def _microseconds(letters: Letters, n_local: int, zone: str) -> tuple[Ints, Bools]:
    """Return the times of rows of one shape, and which of them have all parts in range.

    NumPy can parse such texts, but of a thousand texts with a wrong one it crashes.
    """
    digits = letters - np.uint8(ord("0"))
    year = 100 * _two_digits(digits, 0).astype(np.int64) + _two_digits(digits, 2)
    month, day, hour, minute, second = (_two_digits(digits, place) for place in (5, 8, 11, 14, 17))
    is_read = (year >= 1000) & (month > 0) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    months = (year - 1970) * 12 + month - 1
    first, end = (_days_before(some) for some in (months, months + 1))
    is_read &= (day > 0) & (first + day <= end)
    values = (first + day - 1) * _DAY_US + hour * (60 * _MINUTE_US) + minute * _MINUTE_US
    values += second * np.int64(1_000_000)
    for place in range(n_local - len(_SECONDS) - 1):
        values += digits[:, len(_SECONDS) + 1 + place] * np.int64(10 ** (5 - place))
    if zone != "Z":
        hours, minutes = _two_digits(digits, n_local + 1), _two_digits(digits, n_local + 4)
        is_read &= (hours < 24) & (minutes < 60)
        offset = hours * (60 * _MINUTE_US) + minutes * _MINUTE_US
        values -= np.where(letters[:, n_local] == ord("-"), -offset, offset)
    return values, is_read


def _two_digits(digits: Letters, place: int) -> Letters:
    return digits[:, place] * np.uint8(10) + digits[:, place + 1]


def _days_before(months: Ints) -> Ints:
    """Return the days from 1970 to the beginning of months, counted from 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
