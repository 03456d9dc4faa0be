"""How expressions over the state of a moment are computed: what they read, and in which steps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.features.rows import UnreadableError, row_function
from forestall.features.terms import DERIVED

log = logging.getLogger(__name__)

Array = npt.NDArray[Any]
State = Mapping[str, Array | pl.Series]  # what is known of moments, a column each; NaN stands for null
Values = dict[str, Sequence[Any]]  # the same of a few moments, as lists; None stands for null
FEW_ROWS = 100  # so few rows are computed in Python


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

    def run(self, state: State) -> pl.DataFrame:
        """Return the columns wanted, from a state that has `names` and `as_of`."""
        lazy = frame_of(state).lazy()
        for step in self._steps:
            lazy = lazy.with_columns(step)
        lazy = lazy.select(self._wanted)
        # Never simplified: an expression rewritten for many rows would differ in the last bit from that of one. To look
        # for what can be shared costs more than it saves in a few rows.
        shares = _height(state) > FEW_ROWS
        return lazy.collect(optimizations=pl.QueryOptFlags.none().update(comm_subexpr_elim=shares))

    def rows(self, state: Values) -> Values:
        """Return what `run` does, of a few rows, at least one, before Polars has planned them.

        Raises
        ------
        TypeError
            The plan is not `is_plain`.
        """
        if self._row is None:
            raise TypeError("this plan has an expression that only Polars computes")
        compute, names = self._row
        made = map(compute, *(state[name] for name in names))
        return dict(zip(self._columns, map(list, zip(*made, strict=True)), strict=True))

    @property
    def is_plain(self) -> bool:
        """Whether all its expressions are known to `rows`."""
        return self._row is not None

    @cached_property
    def _columns(self) -> list[str]:
        return [one.meta.output_name() for one in self._wanted]

    @cached_property
    def _row(self) -> tuple[Callable[..., tuple[Any, ...]], tuple[str, ...]] | None:
        try:
            return row_function([*self._steps, self._wanted])
        except UnreadableError as error:
            log.warning("records are computed by Polars, which is slower: %s is not known", error)
            return None


def _roots(expressions: list[pl.Expr]) -> list[str]:
    return list(dict.fromkeys(name for one in expressions for name in one.meta.root_names()))


def units(names: list[str], height: int) -> dict[str, Array]:
    """Return the columns `unit:<number>` among the names: what `terms.divide` divides by."""
    return {name: np.full(height, float(name[5:])) for name in names if name.startswith("unit:")}


def frame_of(columns: State) -> pl.DataFrame:
    """Return columns of numbers as a frame; NaN becomes null. Series stay as they are."""
    given = [
        values.alias(name) if isinstance(values, pl.Series) else pl.Series(name, values, nan_to_null=True)
        for name, values in columns.items()
    ]
    return pl.DataFrame(given)


def _height(state: State) -> int:
    return len(next(iter(state.values()))) if state else 0
