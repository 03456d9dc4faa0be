"""Terms as NumPy operations, for some hundreds of moments.

Polars needs some milliseconds to plan the 150 features, however few the moments are; a call of NumPy takes a
microsecond. For many moments Polars is quicker, because it uses all cores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from forestall.moment_features.array_operations import Array, Column
from forestall.moment_features.open_clock_terms import ClockReading
from forestall.moment_features.operations import OPERATIONS, Kind
from forestall.moment_features.state_columns import StateColumn
from forestall.moment_features.term_graph import TermGraph
from forestall.moment_features.terms import Applied, Divisor, Literal, Term

_TYPES = {bool: np.bool_, int: np.int64, float: np.float64, str: np.object_}


class ArrayTranslation:
    """The terms of a graph as a list of operations on arrays."""

    def __init__(self, graph: TermGraph) -> None:
        self._graph = graph
        self._operations: list[Callable[..., Column] | None] = [_operation(term) for term in graph.terms]

    def arrays(self, state: Mapping[str, Any], height: int) -> dict[str, Array]:
        """Return the wanted columns as arrays.

        Numbers and truth values are float64, NaN where null; texts are objects, None where null.

        Parameters
        ----------
        state
            The columns of the state: arrays, where NaN is null, series or lists, of shape (height,).
        height
            The number of moments.
        """
        found: list[Column] = []
        with np.errstate(all="ignore"):
            for term, parts, operation in zip(
                self._graph.terms, self._graph.parts, self._operations, strict=True
            ):
                if operation is not None:
                    found.append(operation(*(found[part] for part in parts)))
                else:
                    found.append(_leaf(term, state, height))
        return {
            name: _wanted(found[number], self._graph.terms[number].kind)
            for name, number in self._graph.wanted.items()
        }


def _operation(term: Term) -> Callable[..., Column] | None:
    if isinstance(term, Applied):
        return OPERATIONS[term.operation].arrays
    if isinstance(term, ClockReading):
        return lambda *columns: _column_of_series(term.readings(*map(_series, columns)))
    return None


def _leaf(term: Term, state: Mapping[str, Any], height: int) -> Column:
    if isinstance(term, Literal | Divisor):
        return Column(np.full(height, term.value, dtype=_TYPES[type(term.value)]), None)
    if isinstance(term, StateColumn):
        values = state[term.name]
        if isinstance(values, pl.Series):
            return _column_of_series(values)
        return (
            _column_of_array(values) if isinstance(values, np.ndarray) else _column_of_list(values, term.kind)
        )
    raise TypeError(f"a leaf must be a constant or a column of the state, not {type(term).__name__}")


def _column_of_array(values: Array) -> Column:
    if values.dtype.kind == "f":
        gaps = np.isnan(values)
        return Column(values, gaps if gaps.any() else None)
    return Column(values if values.dtype.kind == "b" else values.astype(np.int64, copy=False), None)


def _column_of_list(values: Sequence[Any], kind: Kind) -> Column:
    if kind is Kind.NUMBER:
        return _column_of_array(np.array(values, dtype=np.float64))
    objects = np.array(values, dtype=np.object_)
    gaps = np.asarray(objects == None, dtype=bool) if None in values else None  # noqa: E711 - of each value
    return Column(objects.astype(bool) if kind is Kind.TRUTH else objects, gaps)


def _column_of_series(values: pl.Series) -> Column:
    gaps = values.is_null().to_numpy() if values.null_count() else None
    if values.dtype == pl.String:
        return Column(np.array(values.to_list(), dtype=np.object_), gaps)
    if values.dtype == pl.Boolean:
        return Column(values.fill_null(False).to_numpy(), gaps)
    plain = values.fill_null(0).to_numpy()
    return Column(plain if plain.dtype.kind == "f" else plain.astype(np.int64, copy=False), gaps)


def _series(column: Column) -> pl.Series:
    values, gaps = column
    series = pl.Series(values)
    return series if gaps is None else pl.select(pl.when(~pl.Series(gaps)).then(series)).to_series()


def _wanted(column: Column, kind: Kind) -> Array:
    values, gaps = column
    if kind is Kind.TEXT:
        texts = values.copy()
        texts[slice(0) if gaps is None else gaps] = None
        return texts
    numbers = values.astype(np.float64)
    if gaps is not None:
        numbers[gaps] = np.nan
    return numbers
