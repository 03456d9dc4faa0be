"""Functions of one number each that are linear between knots and constant beyond them: one for each feature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from forestall.model.many_rows import loops_for
from forestall.statistics import Floats, Ints

# up to this number of rows all columns are searched at once; both ways find the same places
_FEW_ROWS = 64
# so many rows stay in the processor's cache
_ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Lines:
    """One function for each of p columns.

    Attributes
    ----------
    knots
        Shape (p, k), rising in each row; a row with fewer knots repeats its last one.
    values
        The function at each knot, shape (p, k).
    """

    knots: Floats
    values: Floats

    def __call__(self, matrix: Floats) -> Floats:
        """Return the values of the functions, shape (n, p); NaN where the matrix is NaN.

        A row's values do not depend on the other rows, to the last bit.

        Parameters
        ----------
        matrix
            Shape (n, p).
        """
        if matrix.shape[1] != len(self.knots):  # compiled loops would read beyond their arrays
            raise ValueError(f"the matrix has {matrix.shape[1]} columns, the functions {len(self.knots)}")
        loops = loops_for(len(matrix))
        if loops is None and len(matrix) <= _FEW_ROWS:
            bounded = np.clip(matrix, self.knots[:, 0], self.knots[:, -1])
            place, column = self._places(bounded), np.arange(matrix.shape[1])
            begin, value, slope = (table[column, place] for table in (self.knots, self.values, self._slopes))
            return np.asarray(value + slope * (bounded - begin))
        found = np.empty(matrix.shape)
        if loops is not None:
            loops.fill_lines(np.ascontiguousarray(matrix), self.knots, self.values, self._slopes, found)
            return found
        for first in range(0, len(matrix), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            found[rows] = self._of_columns(np.ascontiguousarray(matrix[rows].T)).T
        return found

    def _of_columns(self, columns: Floats) -> Floats:
        """Return the values of the functions of columns that lie one after another in memory, shape (p, n)."""
        bounded = np.clip(columns, self.knots[:, :1], self.knots[:, -1:])
        place = np.empty(columns.shape, dtype=np.int64)
        for own, knots, found in zip(bounded, self.knots, place, strict=True):
            found[:] = knots[1:-1].searchsorted(own, side="right")
        n_knots = self.knots.shape[1]
        first = np.arange(len(columns))[:, None]
        slopes = self._slopes.ravel().take(place + first * (n_knots - 1))
        place += first * n_knots
        # not a number stays one in `bounded`, and so in the result
        return np.asarray(
            self.values.ravel().take(place) + slopes * (bounded - self.knots.ravel().take(place))
        )

    def _places(self, bounded: Floats) -> Ints:
        """Return the place of the knot before each value, shape (n, p)."""
        return np.asarray((bounded[:, :, None] >= self.knots[None, :, 1:-1]).sum(axis=2))

    @cached_property
    def _slopes(self) -> Floats:
        """Return the slope after each knot but the last, shape (p, k - 1); 0 between equal knots."""
        width = np.diff(self.knots, axis=1)
        return np.divide(np.diff(self.values, axis=1), width, out=np.zeros_like(width), where=width > 0)

    def as_dict(self) -> dict[str, Any]:
        """Return the functions as a dict for JSON: their knots, without repetitions, and their values there."""
        needed = [[True, *(np.diff(knots) > 0)] for knots in self.knots]
        return {
            name: [row[kept].tolist() for row, kept in zip(table, needed, strict=True)]
            for name, table in (("knots", self.knots), ("values", self.values))
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Return the functions from the result of `as_dict`."""
        return cls(padded(content["knots"]), padded(content["values"]))


def padded(rows: list[list[float]]) -> Floats:
    """Return lists of different lengths as an array, shape (p, k): each repeats its last number; k is at least 2."""
    length = max(2, *(len(row) for row in rows))
    return np.array([[*row, *[row[-1]] * (length - len(row))] for row in rows], dtype=np.float64)


def rank_lines(matrix: Floats, is_category: Any, n_knots: int = 33) -> Lines:
    """Return the functions from a column's values to their ranks, from -1 for the smallest to 1 for the largest.

    Equal values have their mean rank. A column of encoded categories keeps its scale, from its smallest to its largest
    value. Missing values do not count.

    Parameters
    ----------
    matrix
        Shape (n, p), with NaN where a value is missing.
    is_category
        Whether a column holds encoded categories, shape (p,).
    n_knots
        The largest number of knots.
    """
    knots, values = [], []
    for column, keeps_scale in zip(matrix.T, is_category, strict=True):
        known = np.sort(column[~np.isnan(column)])
        if not len(known) or known[0] == known[-1]:
            knots.append([known[0] if len(known) else 0.0])
            values.append([0.0])
            continue
        at = np.quantile(known, [0, 1] if keeps_scale else np.linspace(0, 1, n_knots), method="nearest")
        at = np.unique(at)
        rank = (np.searchsorted(known, at, "left") + np.searchsorted(known, at, "right")) / len(known) - 1
        knots.append(at.tolist())
        values.append([-1.0, 1.0] if keeps_scale else rank.tolist())
    return Lines(padded(knots), padded(values))
