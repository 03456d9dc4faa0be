"""How expressions over the state of a moment are computed: what they read, and in which steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.features.terms import DERIVED

Array = npt.NDArray[Any]
_FEW = 64  # so few rows are made into a frame row by row, which costs less than column by column


class Plan:
    """Expressions over the state of a moment.

    Parameters
    ----------
    expressions
        The columns wanted, by name.

    Attributes
    ----------
    names
        The columns of the state that they read, those of the terms between included.
    """

    def __init__(self, expressions: Mapping[str, pl.Expr]) -> None:
        self._wanted = [value.alias(name) for name, value in expressions.items()]
        read = _roots(self._wanted)
        steps = []
        for terms in reversed(DERIVED):
            some = {name: value for name, value in terms.items() if name in read}
            steps.append([value.alias(name) for name, value in some.items()])
            read = [name for name in read if name not in some] + _roots(list(some.values()))
        self._steps = [step for step in reversed(steps) if step]
        self.names = [name for name in dict.fromkeys(read) if name != "as_of"]

    def run(self, state: pl.DataFrame) -> pl.DataFrame:
        """Return the columns wanted, from a state that has `names` and `as_of`."""
        lazy = state.lazy()
        for step in self._steps:
            lazy = lazy.with_columns(step)
        lazy = lazy.select(self._wanted)
        # Never simplified: an expression rewritten for many rows would differ in the last bit from that of one. To look
        # for what can be shared costs more than it saves in a few rows.
        shares = state.height > _FEW
        return lazy.collect(optimizations=pl.QueryOptFlags.none().update(comm_subexpr_elim=shares))


def _roots(expressions: list[pl.Expr]) -> list[str]:
    return list(dict.fromkeys(name for one in expressions for name in one.meta.root_names()))


def units(names: list[str], height: int) -> dict[str, Array]:
    """Return the columns `unit:<number>` among the names: what `terms.divide` divides by."""
    return {name: np.full(height, float(name[5:])) for name in names if name.startswith("unit:")}


def frame_of(columns: Mapping[str, Array]) -> pl.DataFrame:
    """Return columns of numbers as a frame; NaN becomes null."""
    height = len(next(iter(columns.values()))) if columns else 0
    if 0 < height <= _FEW:
        rows = zip(*(_plain(values) for values in columns.values()), strict=True)
        schema = {name: _TYPES[values.dtype.kind] for name, values in columns.items()}
        return pl.DataFrame(list(rows), schema=schema, orient="row")
    return pl.DataFrame([pl.Series(name, values, nan_to_null=True) for name, values in columns.items()])


_TYPES: dict[str, Any] = {"f": pl.Float64, "i": pl.Int64, "u": pl.Int64, "b": pl.Boolean}


def _plain(values: Array) -> list[Any]:
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN
