"""The operations of terms on NumPy arrays: the values that Polars and Python compute, for some moments at once.

An argument and a result are an array of values and an array of gaps, which says where the value is null; None where no
value is. What stands at a gap has no meaning. Numbers are float64 or int64 arrays, texts are arrays of objects.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
_LARGEST_WHOLE = 2.0**63
_FEW_LOGARITHMS = 500  # up to so many are computed one by one, which is quicker


class Column(NamedTuple):
    """The values of a term, and where they are null."""

    values: Array
    gaps: Bools | None


def in_any(*columns: Column) -> Bools | None:
    """Return where a value of any of the columns is null."""
    gaps = [column.gaps for column in columns if column.gaps is not None]
    return reduce(np.logical_or, gaps) if gaps else None


def unless_null(function: Callable[..., Array]) -> Callable[..., Column]:
    """Return an operation that computes `function` where no argument is null."""

    def apply(*columns: Column) -> Column:
        return Column(function(*(column.values for column in columns)), in_any(*columns))

    return apply


def quotient(value: Array, by: Array) -> Array:
    """Return value / by, where a zero has no sign."""
    return np.asarray(value / np.where(by == 0, 0.0, by))


def floor_divided(value: Column, by: Column) -> Column:
    """Return the whole part of a number divided by a whole number, rounded down; null where it has none."""
    whole = _whole_part(value)
    return Column(whole.values // by.values, whole.gaps)


def remainder(value: Column, by: Column) -> Column:
    """Return the remainder, from 0 up to `by`; null where the number has no whole part."""
    whole = _whole_part(value)
    return Column(whole.values % by.values, whole.gaps)


def _whole_part(value: Column) -> Column:
    values, gaps = value
    if values.dtype.kind == "i":
        return value
    fits = (values >= -_LARGEST_WHOLE) & (values < _LARGEST_WHOLE)
    if fits.all():
        return Column(values.astype(np.int64), gaps)
    return Column(np.where(fits, values, 0).astype(np.int64), ~fits if gaps is None else ~fits | gaps)


def log(values: Array) -> Array:
    """Return the natural logarithm of Polars and Python; NumPy's own differs in the last bit."""
    if len(values) > _FEW_LOGARITHMS:
        return pl.Series(values.astype(np.float64, copy=False)).log().to_numpy()
    found = np.where(values == 0, -np.inf, np.nan)
    is_positive = values > 0
    found[is_positive] = list(map(math.log, values[is_positive].tolist()))
    return found


def at_least(values: Array, low: Array) -> Array:
    """Return the larger of the values and a limit; NaN stays."""
    return np.where(low > values, low, values)


def smallest(*columns: Column) -> Column:
    """Return the smallest number, without null, and without NaN where there is another number."""
    return _extreme(np.fmin, columns)


def largest(*columns: Column) -> Column:
    """Return the largest number, without null, and without NaN where there is another number."""
    return _extreme(np.fmax, columns)


def _extreme(choose: Callable[[Array, Array], Array], columns: tuple[Column, ...]) -> Column:
    known = [values if gaps is None else np.where(gaps, np.nan, values) for values, gaps in columns]
    gaps = [gaps for _, gaps in columns]
    nowhere = None if any(one is None for one in gaps) else reduce(np.logical_and, gaps)  # type: ignore[arg-type]
    return Column(reduce(choose, known), nowhere)


def _is_nan(values: Array) -> Bools | bool:
    return np.isnan(values) if values.dtype.kind == "f" else False


def is_greater(one: Array, other: Array) -> Array:
    """Return where a number is greater; NaN is greater than all others."""
    return (one > other) | (_is_nan(one) & ~np.asarray(_is_nan(other)))


def is_as_great(one: Array, other: Array) -> Array:
    """Return where a number is as great or greater."""
    return np.asarray((one >= other) | _is_nan(one))


def is_equal(one: Array, other: Array) -> Array:
    """Return where values are equal; NaN equals NaN."""
    if one.dtype.kind == "O":
        return np.asarray(one == other, dtype=bool)
    return np.asarray((one == other) | (_is_nan(one) & _is_nan(other)))


def is_known(column: Column) -> Column:
    """Return where there is a value."""
    gaps = column.gaps
    return Column(np.ones(len(column.values), dtype=bool) if gaps is None else ~gaps, None)


def all_of(*columns: Column) -> Column:
    """Return whether all are true, by Kleene's logic."""
    is_false = reduce(np.logical_or, (_where(~values, gaps) for values, gaps in columns))
    gaps = in_any(*columns)
    return Column(~is_false, None if gaps is None else gaps & ~is_false)


def any_of(*columns: Column) -> Column:
    """Return whether any is true, by Kleene's logic."""
    is_true = reduce(np.logical_or, (_where(*column) for column in columns))
    gaps = in_any(*columns)
    return Column(is_true, None if gaps is None else gaps & ~is_true)


def _where(condition: Bools, gaps: Bools | None) -> Bools:
    return condition if gaps is None else condition & ~gaps


def coalesce(*columns: Column) -> Column:
    """Return the first value that is not null."""
    first, *others = columns
    if first.gaps is None or not others:
        return first
    rest = coalesce(*others)
    return Column(
        np.where(first.gaps, rest.values, first.values), None if rest.gaps is None else first.gaps & rest.gaps
    )


def choice(condition: Column, value: Column, otherwise: Column | None = None) -> Column:
    """Return the value where the condition holds, elsewhere the other, or null without one."""
    holds = _where(*condition)
    if otherwise is None:
        return Column(value.values, ~holds if value.gaps is None else ~holds | value.gaps)
    gaps = None
    if value.gaps is not None or otherwise.gaps is not None:
        of_value, of_other = (np.False_ if one.gaps is None else one.gaps for one in (value, otherwise))
        gaps = np.where(holds, of_value, of_other)
    return Column(np.where(holds, value.values, otherwise.values), gaps)
