"""How terms are computed from the state of moments: by Polars for many, by NumPy for some, in Python for a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.moment_features.array_translation import ArrayTranslation
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.polars_translation import PolarsTranslation
from forestall.moment_features.python_translation import PythonTranslation
from forestall.moment_features.term_graph import TermGraph
from forestall.moment_features.terms import Term

Array = npt.NDArray[Any]
Column = Array | pl.Series | Sequence[Any]  # NaN in an array of floats is null; None in a list is
State = Mapping[str, Column]
Lists = Mapping[str, Sequence[Any]]
Arrays = Mapping[str, Array]
VERY_FEW, FEW, SOME = 10, 100, 2_000
"""Of up to so many moments Python is quicker than NumPy, Python quicker than Polars, and NumPy quicker than Polars."""


class FeaturePlan:
    """Terms to compute over the state of moments.

    Parameters
    ----------
    terms
        The terms wanted, by the names of their columns.

    Attributes
    ----------
    columns
        The columns of the state that they read.
    """

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self._graph = TermGraph(terms)
        self.columns = ColumnsBySource(self._graph.terms)

    def frame(self, state: State) -> pl.DataFrame:
        """Return the terms of moments as a frame: Float64, Boolean and String, null where not known."""
        height, series = len(state["as_of"]), series_of(state)
        del state  # the arrays are copied, and of many moments they are large
        return self._polars.frame(series, height)

    def lists(self, state: Lists) -> Lists:
        """Return the terms of moments as lists, None where not known."""
        return self._python.lists(state)

    def arrays(self, state: State) -> Arrays:
        """Return the terms of moments as arrays: numbers and truth values as float64, NaN where not known; texts."""
        return self._arrays.arrays(state, len(state["as_of"]))

    @cached_property
    def _arrays(self) -> ArrayTranslation:
        return ArrayTranslation(self._graph)

    @cached_property
    def _polars(self) -> PolarsTranslation:
        return PolarsTranslation(self._graph)

    @cached_property
    def _python(self) -> PythonTranslation:
        return PythonTranslation(self._graph)


def series_of(columns: State) -> dict[str, pl.Series]:
    """Return columns of the state as series under their names; NaN in an array becomes null."""
    return {
        name: values.alias(name)
        if isinstance(values, pl.Series)
        else pl.Series(name, values, nan_to_null=isinstance(values, np.ndarray))
        for name, values in columns.items()
    }
