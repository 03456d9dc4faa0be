"""Columns of names, as series or lists, and names as whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.moments.timeline import Ints

NULL, UNKNOWN = -1, -2  # the places of a missing name, and of a name that has no place
_FEW = 1000  # up to so many names of a column are looked up one by one, which is quicker than a join
_BETWEEN = "\x1f"


Names = pl.Series | Sequence[Any]  # a column of names or other values, None where missing


def listed(values: Names | npt.NDArray[Any]) -> Sequence[Any]:
    """Return values as a list, None where missing and for NaN in an array; a list is returned unchanged."""
    if isinstance(values, pl.Series):
        return values.to_list()
    if not isinstance(values, np.ndarray):
        return values
    plain: list[Any] = values.tolist()
    return [None if value != value else value for value in plain] if values.dtype.kind == "f" else plain  # noqa: PLR0124 - NaN


def codes(keys: Names) -> tuple[Ints, list[str]]:
    """Return each key's place among the sorted known keys (`NULL` where missing), and those keys."""
    if isinstance(keys, pl.Series) and len(keys) >= _FEW:
        known = keys.drop_nulls().unique().sort().to_list()
    else:
        known = sorted(set(listed(keys)) - {None})
    return places_in(keys, {key: place for place, key in enumerate(known)}), known


def places_in(keys: Names, places: Mapping[str, int]) -> Ints:
    """Return each key's place, `NULL` where it is missing and `UNKNOWN` where it has none."""
    if not isinstance(keys, pl.Series) or len(keys) < _FEW:
        column = listed(keys)
        numbers: Ints = np.fromiter(map(places.get, column, repeat(UNKNOWN)), np.int64, len(column))
        if None in column:
            numbers[[key is None for key in column]] = NULL
        return numbers
    table = pl.DataFrame(
        {"key": [*places, None], "place": [*places.values(), NULL]},
        schema={"key": pl.String, "place": pl.Int64},
    )
    found = keys.cast(pl.String).rename("key").to_frame().join(
        table, on="key", how="left", maintain_order="left", nulls_equal=True
    )  # fmt: skip
    return found["place"].fill_null(UNKNOWN).to_numpy()


@overload
def take(keys: pl.Series, place: Ints) -> pl.Series: ...
@overload
def take(keys: Names, place: Ints) -> Names: ...
def take(keys: Names, place: Ints) -> Names:
    """Return the keys at places; a series is returned unchanged where these are all its places in order."""
    if not isinstance(keys, pl.Series):
        return [keys[one] for one in place.tolist()]
    if len(place) == len(keys) and np.array_equal(place, np.arange(len(keys))):
        return keys
    return keys.gather(place)


def has_gaps(values: Names) -> bool:
    """Return whether a value is missing."""
    return values.null_count() > 0 if isinstance(values, pl.Series) else None in values


def is_there(values: Names) -> npt.NDArray[np.bool_]:
    """Return where there is a value."""
    if isinstance(values, pl.Series) and len(values) >= _FEW:
        return values.is_not_null().to_numpy()
    return np.array([value is not None for value in listed(values)], dtype=bool)


def joined_name(left: str | None, right: str | None) -> str:
    """Return two names as one; a missing one counts as empty."""
    return f"{left or ''}{_BETWEEN}{right or ''}"
