"""The linear part of the model: a ridge logistic regression on the ranks of the features.

It is fitted by `glum`, which bounds coefficients: a feature with a direction keeps it. What a feature adds to the
log-odds depends on its own value alone, so the fitted part is a table: for each feature the log-odds at some values,
and where the value is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Self

import numpy as np
from threadpoolctl import ThreadpoolController

from forestall.model.lines import Lines, rank_lines
from forestall.statistics import Floats, Ints, logit

STRENGTHS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
"""Strengths of the ridge that are tried, relative to the mean log-loss of the rows."""
MAX_ROWS = 50_000
"""More rows are thinned: the coefficients hardly change, and the trees learn from all."""
_TOLERANCE = 1e-5
_ROUGH_TOLERANCE = 1e-4
_ROWS_AT_ONCE = 20_000  # more rows would take more memory, and no less time
_MAX_STEPS = 100


@dataclass(frozen=True)
class LinearPart:
    """The log-odds that each feature adds, by its value.

    Attributes
    ----------
    lines
        From the value of a feature to its log-odds; their mean over the rows of training is 0.
    missing
        The log-odds of a missing value, shape (p,).
    base
        The log-odds of an average row.
    """

    lines: Lines
    missing: Floats
    base: float

    def contributions(self, matrix: Floats) -> Floats:
        """Return what each feature adds to the log-odds of encoded rows, shape (n, p)."""
        own = self.lines(matrix)
        return np.where(np.isnan(own), self.missing, own)

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the log-odds of encoded rows, shape (n,)."""
        parts = [
            self.contributions(matrix[begin : begin + _ROWS_AT_ONCE]).sum(axis=1)
            for begin in range(0, len(matrix), _ROWS_AT_ONCE)
        ]
        return np.asarray(self.base + np.concatenate(parts)) if parts else np.empty(0)

    def as_dict(self) -> dict[str, Any]:
        """Return the part as a dict for JSON."""
        return {**self.lines.as_dict(), "missing": self.missing.tolist(), "base": self.base}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Return the part from the result of `as_dict`."""
        return cls(Lines.from_dict(content), np.array(content["missing"]), content["base"])


@dataclass(frozen=True)
class Design:
    """The columns of the regression: the rank of each feature, and whether it is missing.

    Features that are missing together have equal columns. The ridge gives equal columns equal weights, so k of them are
    fitted as one that is the square root of k as large: the result is the same in a fraction of the time.

    Attributes
    ----------
    ranks
        From the value of a feature to its rank.
    low, high
        The bounds of the coefficients, shape (2 p,).
    mean, deviation
        Of each column over the rows of training, shape (2 p,); the deviation of a constant column is infinite.
    same
        The first column that is equal to each, shape (2 p,).
    """

    ranks: Lines
    low: Floats
    high: Floats
    mean: Floats
    deviation: Floats
    same: Ints

    @classmethod
    def of(cls, matrix: Floats, categories: Sequence[int], directions: Sequence[int]) -> Self:
        """Return the columns for rows like these.

        Parameters
        ----------
        matrix
            Encoded rows, shape (n, p); of more than `MAX_ROWS`, as many drawn ones are used.
        categories
            The places of the columns of encoded categories.
        directions
            The direction of each column: +1, -1 or 0.
        """
        matrix = matrix[_thinned(len(matrix))]
        is_category = np.isin(np.arange(matrix.shape[1]), list(categories))
        ranks = rank_lines(matrix, is_category)
        plain = rank_columns(ranks, matrix)
        deviation = plain.std(axis=0)
        way = np.concatenate([np.asarray(directions), np.zeros(len(is_category))])
        return cls(
            ranks,
            np.where(way > 0, 0.0, -np.inf),
            np.where(way < 0, 0.0, np.inf),
            plain.mean(axis=0),
            np.where(deviation > _TOLERANCE, deviation, np.inf),
            _first_missing_alike(matrix),
        )

    @cached_property
    def fitted(self) -> Ints:
        """The columns that are fitted, shape (q,): of those that vary the first of equal ones."""
        return np.flatnonzero(np.isfinite(self.deviation) & (self.same == np.arange(len(self.same))))

    @cached_property
    def _times(self) -> Ints:
        """How many columns are equal to each, shape (2 p,)."""
        return np.bincount(self.same, minlength=len(self.same))[self.same]

    def table(self, matrix: Floats) -> Floats:
        """Return the columns that are fitted, standardised, shape (n, q), in Fortran order."""
        used = self.fitted
        plain = rank_columns(self.ranks, matrix)[:, used]
        return np.asfortranarray((plain - self.mean[used]) / (self.deviation / np.sqrt(self._times))[used])

    def part(self, weights: Floats) -> LinearPart:
        """Return the linear part of an intercept and the weights of the columns that are fitted, shape (1 + q,)."""
        found = np.zeros(len(self.mean))
        found[self.fitted] = weights[1:]
        slope = found[self.same] / np.sqrt(self._times) / self.deviation
        middle, gap = np.split(-slope * self.mean, 2)
        own, missing = np.split(slope, 2)
        at_knots = own[:, None] * self.ranks.values + (middle + gap)[:, None]
        return LinearPart(Lines(self.ranks.knots, at_knots), middle + gap + missing, float(weights[0]))


def rank_columns(ranks: Lines, matrix: Floats) -> Floats:
    """Return the ranks, 0 where a value is missing, and whether it is; shape (n, 2 p)."""
    own, is_missing = ranks(matrix), np.isnan(matrix)
    return np.hstack([np.where(is_missing, 0.0, own), is_missing])


def _first_missing_alike(matrix: Floats) -> Ints:
    """Return for each column of the regression the first that is missing in the same rows; ranks are their own."""
    p = matrix.shape[1]
    first: dict[bytes, int] = {}
    alike = [first.setdefault(np.packbits(gaps).tobytes(), k) for k, gaps in enumerate(np.isnan(matrix).T)]
    return np.concatenate([np.arange(p), p + np.array(alike, dtype=np.int64)])


def fit_weights(
    design: Design,
    matrix: Floats,
    y: Floats,
    weight: Floats,
    strengths: Sequence[float],
    start: Floats | None = None,
    *,
    is_rough: bool = False,
) -> list[Floats]:
    """Return the intercept and the weights of the columns at each strength of the ridge, shape (1 + q,).

    Parameters
    ----------
    design
        The columns.
    matrix
        Encoded rows, shape (n, p); of more than `MAX_ROWS`, as many drawn ones are used.
    y, weight
        Labels 0 or 1, both present, and weights above 0, shape (n,).
    strengths
        In descending order: each fit starts from the one before.
    start
        The result of a fit on other rows, to start from.
    is_rough
        Whether a log-odds may be wrong by 0.001, which takes fewer steps.
    """
    from glum import GeneralizedLinearRegressor

    rows = _thinned(len(y))
    if not y[rows].min() < y[rows].max():
        rows = np.arange(len(y))
    table, y, weight = design.table(matrix[rows]), y[rows], weight[rows]
    if not table.shape[1]:
        base = float(logit(((weight * y).sum() + 0.5) / (weight.sum() + 1)))
        return [np.array([base])] * len(strengths)
    used, found = design.fitted, []
    tolerance = _ROUGH_TOLERANCE if is_rough else _TOLERANCE
    for strength in strengths:
        model = GeneralizedLinearRegressor(
            family="binomial",
            alpha=strength,
            solver="irls-cd",  # the solver that bounds coefficients
            start_params=start if table.shape[1] > 1 else None,  # glum 3.4 cannot start with one column
            max_iter=_MAX_STEPS,
            gradient_tol=tolerance,
            lower_bounds=design.low[used],
            upper_bounds=design.high[used],
            check_input=False,
        )
        # the last bits depend on the number of threads
        with library_threads().limit(limits=1, user_api="openmp"):
            model.fit(table, y, sample_weight=weight)
        start = np.concatenate([[model.intercept_], model.coef_])
        found.append(start)
    return found


def effective_rows(weight: Floats) -> float:
    """Return the weight of the rows that the ridge learns from: its strength is in proportion to one over it."""
    return float(weight.sum()) * min(1.0, MAX_ROWS / len(weight))


@cache
def library_threads() -> ThreadpoolController:
    """Return what limits the threads of the libraries that are loaded when it is first called."""
    return ThreadpoolController()


def _thinned(n: int) -> Any:
    if n <= MAX_ROWS:
        return slice(None)
    # drawn, not every so many-th: these could all be the same moment of their interactions
    return np.sort(np.random.default_rng(n).choice(n, MAX_ROWS, replace=False))
