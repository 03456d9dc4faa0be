"""Categories as log-odds: smoothed, and for rows that are learnt from cross-fitted by customer.

scikit-learn's `TargetEncoder` draws its folds over rows, so that the moments of one interaction tell each other
their label, and takes no sample weights. Here a row's own customer never enters its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.model.matrix import Coded, Columns, Floats, Ints
from forestall.moment_features.name_columns import listed

# fewer rows than this are looked up one by one, which costs less than a join
_FEW_ROWS = 1000
_STRENGTH_LIMITS = (5.0, 1e4)
# a column must differ between its categories by more than chance would in one of twenty
_BEYOND_CHANCE = 1.645


def log_odds(risk: Floats | float) -> Floats:
    """Return ln(p / (1 - p))."""
    risk = np.asarray(risk, dtype=np.float64)
    return np.asarray(np.log(risk) - np.log1p(-risk))


def smoothing_strength(counts: Floats, positives: Floats) -> float:
    """Return how many rows the base rate counts for beside a category's own, by empirical Bayes.

    The method of moments (DerSimonian and Laird 1986): of the spread of the categories' rates as much is real as
    exceeds what chance gives; the less real spread, the stronger the pull to the base rate.

    Parameters
    ----------
    counts, positives
        (c,) weight of the rows of each category, and of those that are positive.

    Returns
    -------
    float
        Between 5 and 10,000 rows; infinite where the categories differ no more than by chance.
    """
    counts, positives = counts[counts > 0], positives[counts > 0]
    total = counts.sum()
    rate = positives.sum() / total if total > 0 else 0.0
    if len(counts) < 2 or not 0 < rate < 1:
        return np.inf
    freedom = len(counts) - 1
    excess = (counts * (positives / counts - rate) ** 2).sum() / (rate * (1 - rate)) - freedom
    if excess <= _BEYOND_CHANCE * np.sqrt(2 * freedom):
        return np.inf
    return float(np.clip((total - (counts**2).sum() / total) / excess, *_STRENGTH_LIMITS))


def _smoothed(counts: Floats, positives: Floats, strength: float, base: Floats | float) -> Floats:
    """Return log-odds pulled to the base rate."""
    if np.isinf(strength):
        return np.broadcast_to(log_odds(base), counts.shape)
    return log_odds((positives + strength * base) / (counts + strength))


def category_values(codes: Ints, n_categories: int, y: Floats, weight: Floats, base: float) -> Floats:
    """Return each category's smoothed log-odds; that of the base rate where no row has it.

    Parameters
    ----------
    codes
        (n,) each row's category.
    y, weight
        (n,) labels 0 or 1, and weights.
    base
        The base rate, between 0 and 1.

    Returns
    -------
    array of shape (n_categories,)
    """
    counts: Floats = np.bincount(codes, weight, n_categories).astype(np.float64)
    positives: Floats = np.bincount(codes, weight * y, n_categories).astype(np.float64)
    strength = smoothing_strength(counts, positives)
    return _smoothed(counts, positives, strength, base)


def crossfit_values(
    codes: Ints, n_categories: int, y: Floats, weight: Floats, fold: Ints, base: float
) -> Floats:
    """Return each row's encoded category, learnt from the rows of the other folds.

    Parameters
    ----------
    fold
        (n,) each row's fold; all rows of a customer must have the same.

    Returns
    -------
    array of shape (n,)
    """
    n_folds = int(fold.max()) + 1
    cell = fold * n_categories + codes
    counts = np.bincount(cell, weight, n_folds * n_categories).reshape(n_folds, n_categories)
    positives = np.bincount(cell, weight * y, n_folds * n_categories).reshape(n_folds, n_categories)
    strength = smoothing_strength(counts.sum(axis=0), positives.sum(axis=0))
    # subtracting may leave -1e-17 where the other folds have nothing
    other_counts = np.maximum(counts.sum(axis=0) - counts, 0)
    other_positives = np.maximum(positives.sum(axis=0) - positives, 0)
    return np.asarray(_smoothed(other_counts, other_positives, strength, base).reshape(-1)[cell])


def base_rate(y: Floats, weight: Floats) -> float:
    """Return the weighted share of positive rows, kept off 0 and 1 by half a row."""
    return float(((weight * y).sum() + 0.5) / (weight.sum() + 1))


def crossfit_matrix(coded: Coded, rows: Ints, y: Floats, weight: Floats, fold: Ints) -> Floats:
    """Return the matrix to learn from: categories encoded from the rows of other folds.

    Parameters
    ----------
    coded
        All rows.
    rows
        (m,) the places of the rows to learn from.
    y, weight, fold
        (m,) their labels, weights and folds.

    Returns
    -------
    array of shape (m, p)
    """
    matrix = coded.numbers[rows]
    base = base_rate(y, weight)
    for place, codes in coded.codes.items():
        matrix[:, place] = crossfit_values(codes[rows], len(coded.known[place]), y, weight, fold, base)
    return matrix


def later_matrix(coded: Coded, rows: Ints, learnt: Ints, y: Floats, weight: Floats) -> Floats:
    """Return the matrix of rows that were not learnt from: categories encoded from all that were.

    Parameters
    ----------
    rows
        (k,) the places of the rows to encode.
    learnt
        (m,) the places of the rows learnt from, with their `y` and `weight`, (m,).

    Returns
    -------
    array of shape (k, p)
    """
    matrix = coded.numbers[rows]
    base = base_rate(y, weight)
    for place, codes in coded.codes.items():
        values = category_values(codes[learnt], len(coded.known[place]), y, weight, base)
        matrix[:, place] = values[codes[rows]]
    return matrix


@dataclass(frozen=True)
class Encoder:
    """What turns a table of features into a matrix of numbers, the same at any later time.

    Attributes
    ----------
    values
        By the place of a column of categories: the log-odds of each known category. A missing category is one of
        its own (`missing`); an unknown one, and a missing one where none was missing in training, counts as the
        base rate.
    missing
        By the place: the log-odds of a missing category.
    unknown
        The log-odds of the base rate.
    gaps
        (p,) what stands for a missing number where none was missing in training: the median; else NaN. LightGBM
        would read such a gap as 0, which may be the best possible value.
    """

    values: dict[int, dict[str, float]]
    missing: dict[int, float]
    unknown: float
    gaps: Floats

    def matrix(self, columns: Columns) -> Floats:
        """Return the (n, p) matrix of encoded features."""
        matrix = columns.numbers.copy()
        for place, column in columns.categories.items():
            known, missing = self.values[place], self.missing[place]
            if not isinstance(column, pl.Series) or len(column) <= _FEW_ROWS:
                matrix[:, place] = [
                    missing if cell is None else known.get(cell, self.unknown) for cell in listed(column)
                ]
            else:
                encoded = column.replace_strict(
                    list(known), list(known.values()), default=self.unknown, return_dtype=pl.Float64
                ).to_numpy()
                matrix[:, place] = np.where(column.is_null().to_numpy(), missing, encoded)
        if np.isfinite(self.gaps).any():
            np.copyto(matrix, self.gaps, where=np.isnan(matrix))
        return matrix

    def as_dict(self) -> dict[str, Any]:
        """Return the encoder as JSON can hold it."""
        return {
            "values": {str(place): values for place, values in self.values.items()},
            "missing": {str(place): value for place, value in self.missing.items()},
            "unknown": self.unknown,
            "gaps": [None if np.isnan(gap) else gap for gap in self.gaps.tolist()],
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Encoder:
        """Return the encoder that `as_dict` described."""
        return cls(
            {int(place): values for place, values in content["values"].items()},
            {int(place): value for place, value in content["missing"].items()},
            content["unknown"],
            np.array([np.nan if gap is None else gap for gap in content["gaps"]], dtype=np.float64),
        )


def fit_encoder(coded: Coded, y: Floats, weight: Floats) -> Encoder:
    """Return the encoder learnt from all rows.

    Parameters
    ----------
    y, weight
        (n,) labels 0 or 1, and weights.
    """
    base = base_rate(y, weight)
    unknown = float(log_odds(base))
    values, missing = {}, {}
    for place, codes in coded.codes.items():
        known = coded.known[place]
        learnt = category_values(codes, len(known), y, weight, base).tolist()
        table = dict(zip(known, learnt, strict=True))
        missing[place] = table.pop(None, unknown)
        values[place] = {str(category): value for category, value in table.items()}
    return Encoder(values, missing, unknown, _gap_values(coded))


def _gap_values(coded: Coded) -> Floats:
    gaps = np.full(coded.numbers.shape[1], np.nan)
    for place in range(coded.numbers.shape[1]):
        column = coded.numbers[:, place]
        if place not in coded.codes and not np.isnan(column).any():
            gaps[place] = np.median(column)
    return gaps
