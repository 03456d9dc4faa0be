"""The operations of terms, each with its three translations: to Polars, to NumPy and to Python.

One entry declares an operation: the type of value that it takes and returns, how Polars computes it for many moments
and NumPy for some, and the Python expression that computes it for one. All give the same value to the last bit, with
these rules:

- a number is 64-bit floating point or a whole number up to 2^53;
- null in arithmetic, comparisons and `not` gives null; truth values combine by Kleene's logic (false & null is false);
- zero has no sign: x / 0 is infinity with the sign of x, 0 / 0 is NaN;
- the logarithm of 0 is minus infinity, of less NaN;
- NaN equals NaN and is greater than all other numbers, as Polars orders them; `smallest` and `largest` skip null, and
  NaN where there is another number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from forestall.moment_features import array_operations as arrays

LARGEST_WHOLE = 2.0**63


class Kind(StrEnum):
    """The type of a term's value."""

    NUMBER = "number"
    TRUTH = "truth value"
    TEXT = "text"


@dataclass(frozen=True)
class Operation:
    """One operation.

    Parameters
    ----------
    polars
        Returns the Polars expression, given those of the arguments.
    python
        Returns the Python expression, given for each argument a variable or a constant.
    arrays
        Returns the column, given those of the arguments.
    takes, gives
        The type of the arguments and of the value; None where any type is taken, and the last argument's is given.
    """

    polars: Callable[..., pl.Expr]
    python: Callable[..., str]
    arrays: Callable[..., arrays.Column]
    takes: Kind | None = Kind.NUMBER
    gives: Kind | None = Kind.NUMBER


def unless_null(text: str) -> Callable[..., str]:
    """Return what writes `text`, but None where one of the variables among its arguments is None."""

    def write(*arguments: str) -> str:
        checks = [f"{one} is None" for one in dict.fromkeys(arguments) if _may_be_null(one)]
        value = text.format(*arguments)
        return f"None if {' or '.join(checks)} else {value}" if checks else value

    return write


def _call(function: str) -> Callable[..., str]:
    return lambda *arguments: f"{function}({', '.join(arguments)})"


def _choice(condition: pl.Expr, value: pl.Expr, *otherwise: pl.Expr) -> pl.Expr:
    chosen = pl.when(condition).then(value)
    return chosen.otherwise(otherwise[0]) if otherwise else chosen


def _quotient(value: pl.Expr, by: pl.Expr) -> pl.Expr:
    return value / pl.when(by == 0).then(0.0).otherwise(by)  # a zero without a sign


def _coalesce(*arguments: str) -> str:
    first, *others = arguments
    return (
        f"{first} if {first} is not None else {_coalesce(*others)}"
        if others and _may_be_null(first)
        else first
    )


def _is_known(argument: str) -> str:
    return f"{argument} is not None" if _may_be_null(argument) else "True"


def _may_be_null(argument: str) -> bool:
    """Return whether a Python argument is a variable; a constant is never None."""
    return argument.isidentifier()


def _comparison(
    polars: Callable[..., pl.Expr], python: str, numpy: Callable[..., Any], takes: Kind | None = Kind.NUMBER
) -> Operation:
    """Return a comparison; after `or` stands what Polars says of NaN."""
    return Operation(polars, unless_null(python), arrays.unless_null(numpy), takes, Kind.TRUTH)


def _arithmetic(polars: Callable[..., pl.Expr], python: str, numpy: Callable[..., Any]) -> Operation:
    return Operation(polars, unless_null(python), arrays.unless_null(numpy))


_TRUTHS = (Kind.TRUTH, Kind.TRUTH)
OPERATIONS: dict[str, Operation] = {
    "+": _arithmetic(lambda a, b: a + b, "{0} + {1}", np.add),
    "-": _arithmetic(lambda a, b: a - b, "{0} - {1}", np.subtract),
    "*": _arithmetic(lambda a, b: a * b, "{0} * {1}", np.multiply),
    "/ constant": _arithmetic(lambda a, b: a / b, "{0} / {1}", np.true_divide),
    "/": _arithmetic(_quotient, "{0} / {1} if {1} else by_zero({0})", arrays.quotient),
    # of whole parts, by a whole number above zero
    "//": Operation(
        lambda a, b: a.cast(pl.Int64, strict=False) // b, _call("floor_divided"), arrays.floor_divided
    ),
    "%": Operation(lambda a, b: a.cast(pl.Int64, strict=False) % b, _call("remainder"), arrays.remainder),
    "negative": _arithmetic(lambda a: -a, "-{0}", np.negative),
    "log": _arithmetic(lambda a: a.log(), "log({0})", arrays.log),
    "at least": _arithmetic(
        lambda a, low: a.clip(lower_bound=low), "{1} if {1} > {0} else {0}", arrays.at_least
    ),
    "smallest": Operation(pl.min_horizontal, _call("smallest"), arrays.smallest),
    "largest": Operation(pl.max_horizontal, _call("largest"), arrays.largest),
    ">": _comparison(lambda a, b: a > b, "{0} > {1} or {0} != {0} and {1} == {1}", arrays.is_greater),
    ">=": _comparison(lambda a, b: a >= b, "{0} >= {1} or {0} != {0}", arrays.is_as_great),
    "<": _comparison(
        lambda a, b: a < b, "{0} < {1} or {1} != {1} and {0} == {0}", lambda a, b: arrays.is_greater(b, a)
    ),
    "<=": _comparison(lambda a, b: a <= b, "{0} <= {1} or {1} != {1}", lambda a, b: arrays.is_as_great(b, a)),
    "equals": _comparison(
        lambda a, b: a == b, "{0} == {1} or {0} != {0} and {1} != {1}", arrays.is_equal, takes=None
    ),
    "is known": Operation(lambda a: a.is_not_null(), _is_known, arrays.is_known, None, Kind.TRUTH),
    "not": Operation(lambda a: ~a, unless_null("not {0}"), arrays.unless_null(np.logical_not), *_TRUTHS),
    "and": Operation(
        lambda *all_: reduce(lambda a, b: a & b, all_), _call("all_of"), arrays.all_of, *_TRUTHS
    ),
    "or": Operation(lambda *all_: reduce(lambda a, b: a | b, all_), _call("any_of"), arrays.any_of, *_TRUTHS),
    "as number": Operation(
        lambda a: a.cast(pl.Float64),
        unless_null("1.0 if {0} else 0.0"),
        arrays.unless_null(lambda a: a.astype(np.float64)),
        Kind.TRUTH,
    ),
    "coalesce": Operation(pl.coalesce, _coalesce, arrays.coalesce, None, None),
    "choice": Operation(_choice, lambda c, a, b="None": f"{a} if {c} else {b}", arrays.choice, None, None),
}


def by_zero(value: float) -> float:
    """Return value / 0."""
    return math.nan if value == 0 or math.isnan(value) else math.copysign(math.inf, value)


def whole_part(value: float | None) -> int | None:
    """Return the whole part of a number, None where it has none that fits 64 bits."""
    return None if value is None or not -LARGEST_WHOLE <= value < LARGEST_WHOLE else int(value)


def floor_divided(value: float | None, by: int) -> int | None:
    """Return the whole part of a number divided by a whole number, rounded down."""
    whole = whole_part(value)
    return None if whole is None else whole // by


def remainder(value: float | None, by: int) -> int | None:
    """Return the remainder, from 0 up to `by`, also of a negative number."""
    whole = whole_part(value)
    return None if whole is None else whole % by


def log(value: float) -> float:
    """Return the natural logarithm, also of 0 and less."""
    if value > 0:
        return math.log(value)
    return -math.inf if value == 0 else math.nan


def all_of(*values: bool | None) -> bool | None:
    """Return whether all are true, by Kleene's logic."""
    return False if False in values else None if None in values else True


def any_of(*values: bool | None) -> bool | None:
    """Return whether any is true, by Kleene's logic."""
    return True if True in values else None if None in values else False


def smallest(*values: float | None) -> float | None:
    """Return the smallest number; None where all are None, NaN where the others are NaN."""
    return _extreme(min, values)


def largest(*values: float | None) -> float | None:
    """Return the largest number; None where all are None, NaN where the others are NaN."""
    return _extreme(max, values)


def _extreme(choose: Callable[[list[float]], float], values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    numbers = [value for value in known if value == value]  # noqa: PLR0124 - not NaN
    return choose(numbers) if numbers else (math.nan if known else None)


PYTHON_NAMES: dict[str, Any] = {
    "by_zero": by_zero, "floor_divided": floor_divided, "remainder": remainder, "log": log, "all_of": all_of,
    "any_of": any_of, "smallest": smallest, "largest": largest, "inf": math.inf, "nan": math.nan,
}  # fmt: skip
"""What the Python translations call."""
