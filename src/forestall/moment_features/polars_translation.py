"""Terms as Polars expressions, for many moments at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from forestall.moment_features.open_clock_terms import ClockReading
from forestall.moment_features.operations import OPERATIONS, Kind
from forestall.moment_features.state_columns import StateColumn
from forestall.moment_features.term_graph import TermGraph
from forestall.moment_features.terms import Applied, Divisor, Literal, Term

_TYPES = {bool: pl.Boolean, int: pl.Int64, float: pl.Float64, str: pl.String}
_TYPE_OF_KIND = {Kind.NUMBER: pl.Float64, Kind.TRUTH: pl.Boolean, Kind.TEXT: pl.String}


class PolarsTranslation:
    """The terms of a graph as steps of Polars expressions: a value used more than once is a column of its own.

    Polars' optimiser is off: a simplified expression may differ in the last bit.

    Attributes
    ----------
    divisors
        The constants to divide by, by the names of the columns that hold them.
    """

    def __init__(self, graph: TermGraph) -> None:
        self.divisors = {term.name: term.value for term in graph.terms if isinstance(term, Divisor)}
        shared = graph.shared()
        expressions: list[pl.Expr] = []
        depths: list[int] = []  # how many steps come before a term
        self._steps: dict[int, list[pl.Expr]] = {}
        for number, (term, parts) in enumerate(zip(graph.terms, graph.parts, strict=True)):
            expression = _expression(term, [expressions[part] for part in parts])
            depth = max((depths[part] for part in parts), default=0)
            if number in shared:
                name = f"term {number}"
                self._steps.setdefault(depth, []).append(expression.alias(name))
                expression, depth = pl.col(name), depth + 1
            expressions.append(expression)
            depths.append(depth)
        self._wanted = [
            expressions[number].cast(_TYPE_OF_KIND[graph.terms[number].kind]).alias(name)
            for name, number in graph.wanted.items()
        ]
        self._names = list(graph.wanted)

    def frame(self, state: Mapping[str, pl.Series], height: int) -> pl.DataFrame:
        """Return the wanted columns: numbers as Float64, truth values as Boolean, texts as String.

        Parameters
        ----------
        state
            The columns of the state, shape (height,).
        height
            The number of moments.
        """
        divisors = [pl.repeat(value, height, eager=True).alias(name) for name, value in self.divisors.items()]
        lazy = pl.DataFrame([*state.values(), *divisors]).lazy()
        for depth in sorted(self._steps):
            lazy = lazy.with_columns(self._steps[depth])
        return (
            lazy.with_columns(self._wanted).select(self._names).collect(optimizations=pl.QueryOptFlags.none())
        )


def _expression(term: Term, parts: Sequence[pl.Expr]) -> pl.Expr:
    if isinstance(term, Applied):
        return OPERATIONS[term.operation].polars(*parts)
    if isinstance(term, ClockReading):
        return pl.map_batches(list(parts), lambda columns: term.readings(*columns), return_dtype=pl.Int64)
    if isinstance(term, Literal):
        return pl.lit(term.value, dtype=_TYPES[type(term.value)])
    if isinstance(term, StateColumn | Divisor):
        return pl.col(term.name)
    raise TypeError(f"a leaf must be a constant or a column of the state, not {type(term).__name__}")
