"""Contributions of features to the log-odds of any model: sampled Shapley values (Strumbelj and Kononenko 2014).

A row is reached from a reference row by giving it its own values one after another, in an order drawn at training; what
each value changes is its contribution. This is done from a few reference rows, each with its own order, and averaged.
The contributions of a row add up to its log-odds exactly, whatever the number of reference rows, and they do not depend
on other rows, because the reference rows and the orders are the same for all.

The reference rows are no customers: each column is drawn apart, so that the rows together hold its whole range
(a Latin hypercube). The orders come in pairs, one the reverse of the other, which halves the error of a sum of pairs
of features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from forestall.statistics import Floats, Ints

N_REFERENCES = 8
"""Number of reference rows; a row costs at most so many predictions for each feature."""
_AT_ONCE = 20_000  # predictions; more at once would take more memory, and no less time


@dataclass(frozen=True)
class Reference:
    """The rows from which others are reached, and the order in which each gives up its values.

    Attributes
    ----------
    rows
        Encoded rows, shape (k, p).
    orders
        The places of the columns in the order of their change, shape (k, p).
    """

    rows: Floats
    orders: Ints

    @classmethod
    def of(cls, matrix: Floats, seed: int, n_rows: int = N_REFERENCES) -> Self:
        """Return reference rows for encoded rows like these, shape (n, p)."""
        rng = np.random.default_rng([seed, 5])
        n, p = matrix.shape
        levels = np.sort(matrix, axis=0)[((np.arange(n_rows) + 0.5) / n_rows * n).astype(np.int64)]
        half = np.array([rng.permutation(p) for _ in range(n_rows // 2)])
        return cls(rng.permuted(levels, axis=0), np.concatenate([half, half[:, ::-1]]))

    def contributions(self, matrix: Floats, log_odds: Callable[[Floats], Floats]) -> Floats:
        """Return the contributions of the features, and last the base, shape (n, p + 1).

        Parameters
        ----------
        matrix
            Encoded rows, shape (n, p).
        log_odds
            Returns the log-odds of encoded rows, shape (n,).
        """
        p = matrix.shape[1]
        bases = log_odds(self.rows)
        found = np.zeros((len(matrix), p + 1))
        found[:, -1] = bases.mean()
        at_once = max(1, _AT_ONCE // max(1, len(self.rows) * p))
        for begin in range(0, len(matrix), at_once):
            part = slice(begin, begin + at_once)
            self._add(found[part], matrix[part], bases, log_odds)
        return found

    def _add(
        self, found: Floats, matrix: Floats, bases: Floats, log_odds: Callable[[Floats], Floats]
    ) -> None:
        """Add the contributions of some rows to `found`."""
        walks = [
            (row, self._changed(values, k), k) for row, values in enumerate(matrix) for k in range(len(bases))
        ]
        steps = [self._steps(matrix[row], changed, k) for row, changed, k in walks]
        together = np.concatenate(steps)
        risks = log_odds(together) if len(together) else np.empty(0)
        begin = 0
        for row, changed, k in walks:
            path = risks[begin : begin + len(changed)]
            found[row, changed] += np.diff(path, prepend=bases[k]) / len(bases)
            begin += len(changed)

    def _changed(self, values: Floats, k: int) -> Ints:
        """Return the columns in which a row differs from a reference row, in the order of their change."""
        mine, theirs = values[self.orders[k]], self.rows[k, self.orders[k]]
        is_same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        return np.asarray(self.orders[k][~is_same])

    def _steps(self, values: Floats, changed: Ints, k: int) -> Floats:
        """Return the rows on the way from a reference row to a row, one for each change."""
        steps = np.repeat(self.rows[k][None], len(changed), axis=0)
        for place, column in enumerate(changed):
            steps[place:, column] = values[column]
        return steps

    def as_dict(self) -> dict[str, Any]:
        """Return the reference as a dict for JSON."""
        rows = [[None if np.isnan(value) else value for value in row] for row in self.rows.tolist()]
        return {"rows": rows, "orders": self.orders.tolist()}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Return the reference from the result of `as_dict`."""
        rows = np.array(content["rows"], dtype=np.float64)
        return cls(rows, np.array(content["orders"], dtype=np.int64))
