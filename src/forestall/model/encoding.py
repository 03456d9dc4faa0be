"""Categories as smoothed log-odds, cross-fitted by customer for the rows that are learnt from.

`TargetEncoder` of scikit-learn takes no sample weights, and draws its folds over rows, so that the label of an
interaction leaks between its moments. Here the rows of a customer never enter the values of this customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import numpy as np
import polars as pl

from forestall.model.matrix import Coded, Columns
from forestall.moment_features.name_columns import Names, listed
from forestall.pseudonyms import hashed, name_hash
from forestall.statistics import Floats, Ints, logit

# up to this number of rows a dict is faster than a join
_FEW_ROWS = 1000
_STRENGTH_LIMITS = (5.0, 1e4)
# quantile of the normal distribution: 5 % of the columns without an effect pass
_BEYOND_CHANCE = 1.645


def smoothing_strength(counts: Floats, positives: Floats) -> float:
    """Return the number of rows that the base rate counts for in the rate of a category, by empirical Bayes.

    It comes from the method of moments (DerSimonian and Laird 1986): the variance of the rates between categories,
    less that expected from sampling. The lower the variance, the stronger the shrinkage to the base rate.

    Parameters
    ----------
    counts, positives
        The weight of the rows of each category, and of those with label 1; shape (n_categories,).

    Returns
    -------
    float
        Between 5 and 10,000 rows; infinite if the categories do not differ beyond sampling noise.
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
    """Return log-odds shrunk to the base rate, in the shape of `counts`."""
    if np.isinf(strength):
        return np.broadcast_to(logit(base), counts.shape)
    return logit((positives + strength * base) / (counts + strength))


def category_values(codes: Ints, n_categories: int, y: Floats, weight: Floats, base: float) -> Floats:
    """Return the smoothed log-odds of each category, shape (n_categories,); those of the base rate if no row has it.

    Parameters
    ----------
    codes
        The category of each row, from 0, shape (n,).
    n_categories
        Number of categories.
    y, weight
        Labels 0 or 1, and weights, shape (n,).
    base
        The base rate, between 0 and 1.
    """
    counts: Floats = np.bincount(codes, weight, n_categories).astype(np.float64)
    positives: Floats = np.bincount(codes, weight * y, n_categories).astype(np.float64)
    strength = smoothing_strength(counts, positives)
    return _smoothed(counts, positives, strength, base)


def _values(codes: Ints, n_categories: int, y: Floats, weight: Floats, base: float) -> Floats:
    """Return what `category_values` does, of rows of which some have the code -1; the last value is theirs."""
    is_known = codes >= 0
    if not is_known.any():
        return np.full(n_categories + 1, logit(base))
    values = category_values(codes[is_known], n_categories, y[is_known], weight[is_known], base)
    return np.append(values, logit(base))


def crossfit_values(
    codes: Ints, n_categories: int, y: Floats, weight: Floats, fold: Ints, base: float
) -> Floats:
    """Return the encoded category of each row, learnt from the rows of the other folds, shape (n,).

    Parameters
    ----------
    codes, n_categories, y, weight, base
        See `category_values`.
    fold
        The fold of each row, from 0, shape (n,). All rows of a customer must be in the same fold.
    """
    n_folds = int(fold.max()) + 1
    cell = fold * n_categories + codes
    counts = np.bincount(cell, weight, n_folds * n_categories).reshape(n_folds, n_categories)
    positives = np.bincount(cell, weight * y, n_folds * n_categories).reshape(n_folds, n_categories)
    strength = smoothing_strength(counts.sum(axis=0), positives.sum(axis=0))
    # rounding may leave -1e-17 if the other folds have no row of a category
    other_counts = np.maximum(counts.sum(axis=0) - counts, 0)
    other_positives = np.maximum(positives.sum(axis=0) - positives, 0)
    return np.asarray(_smoothed(other_counts, other_positives, strength, base).reshape(-1)[cell])


def base_rate(y: Floats, weight: Floats) -> float:
    """Return the weighted share of rows with label 1; half a row of each label keeps it between 0 and 1."""
    return float(((weight * y).sum() + 0.5) / (weight.sum() + 1))


def crossfit_matrix(coded: Coded, rows: Ints, y: Floats, weight: Floats, fold: Ints) -> Floats:
    """Return the matrix to learn from, shape (m, p): categories are encoded from the rows of other folds.

    Parameters
    ----------
    coded
        All rows.
    rows
        The places of the rows to learn from, shape (m,).
    y, weight, fold
        Their labels, weights and folds, shape (m,).
    """
    matrix = coded.numbers[rows]
    base = base_rate(y, weight)
    for place, codes in coded.codes.items():
        own, is_known = codes[rows], codes[rows] >= 0
        matrix[:, place] = logit(base)
        if is_known.any():
            learnt = (own[is_known], len(coded.known[place]), y[is_known], weight[is_known], fold[is_known])
            matrix[is_known, place] = crossfit_values(*learnt, base)
    return matrix


def later_matrix(coded: Coded, rows: Ints, learnt: Ints, y: Floats, weight: Floats) -> Floats:
    """Return the matrix of other rows, shape (k, p): categories are encoded from all rows that were learnt from.

    Parameters
    ----------
    coded
        All rows.
    rows
        The places of the rows to encode, shape (k,).
    learnt
        The places of the rows learnt from, shape (m,).
    y, weight
        Labels and weights of the rows learnt from, shape (m,).
    """
    matrix = coded.numbers[rows]
    base = base_rate(y, weight)
    for place, codes in coded.codes.items():
        values = _values(codes[learnt], len(coded.known[place]), y, weight, base)
        matrix[:, place] = values[codes[rows]]
    return matrix


@dataclass(frozen=True)
class Encoder:
    """The function from a table of features to a matrix of numbers, learnt in training.

    Attributes
    ----------
    values
        By the place of a column of categories: the log-odds of each known category.
    missing
        By the place: the log-odds of a missing category; the base rate if none was missing in training.
    unknown
        The log-odds of an unknown category: the base rate.
    gaps
        The number that replaces a missing one, shape (p,): the median if none was missing in training, else NaN.
        LightGBM would read a value that was never missing in training as 0, which may be the best possible value.
    salts
        By the place of a column with names of people: the salt of their hashes, which `values` has instead.
    """

    values: dict[int, dict[str, float]]
    missing: dict[int, float]
    unknown: float
    gaps: Floats
    salts: Mapping[int, str] = field(default_factory=dict)

    def matrix(self, columns: Columns) -> Floats:
        """Return the matrix of encoded features, shape (n, p)."""
        matrix = columns.numbers.copy()
        for place, names in columns.categories.items():
            column = _hashed(names, self.salts[place]) if place in self.salts else names
            known, missing = self.values[place], self.missing[place]
            if not isinstance(column, pl.Series) or len(column) <= _FEW_ROWS:
                cells = listed(column)
                matrix[:, place] = list(map(known.get, cells, repeat(self.unknown)))
                if None in cells:
                    matrix[[cell is None for cell in cells], place] = missing
            else:
                encoded = column.replace_strict(
                    list(known), list(known.values()), default=self.unknown, return_dtype=pl.Float64
                ).to_numpy()
                matrix[:, place] = np.where(column.is_null().to_numpy(), missing, encoded)
        if np.isfinite(self.gaps).any():
            np.copyto(matrix, self.gaps, where=np.isnan(matrix))
        return matrix

    def knows(self, place: int, name: str) -> bool:
        """Return whether training had a category in the column at a place."""
        names = _hashed([name], self.salts[place]) if place in self.salts else [name]
        return names[0] in self.values[place]

    def as_dict(self) -> dict[str, Any]:
        """Return the encoder as a dict for JSON."""
        return {
            "values": {str(place): values for place, values in self.values.items()},
            "missing": {str(place): value for place, value in self.missing.items()},
            "unknown": self.unknown,
            "gaps": [None if np.isnan(gap) else gap for gap in self.gaps.tolist()],
            "salts": {str(place): salt for place, salt in self.salts.items()},
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Encoder:
        """Return the encoder from the result of `as_dict`."""
        return cls(
            {int(place): values for place, values in content["values"].items()},
            {int(place): value for place, value in content["missing"].items()},
            content["unknown"],
            np.array([np.nan if gap is None else gap for gap in content["gaps"]], dtype=np.float64),
            {int(place): salt for place, salt in content.get("salts", {}).items()},
        )


def fit_encoder(coded: Coded, y: Floats, weight: Floats, salts: Mapping[int, str] | None = None) -> Encoder:
    """Return the encoder learnt from all rows.

    Parameters
    ----------
    coded
        The rows.
    y, weight
        Labels 0 or 1, and weights, shape (n,).
    salts
        By the place of a column with names of people: the salt of their hashes.
    """
    base, salts = base_rate(y, weight), salts or {}
    unknown = float(logit(base))
    values, missing = {}, {}
    for place, codes in coded.codes.items():
        known = coded.known[place]
        learnt = _values(codes, len(known), y, weight, base)[:-1].tolist()
        table = dict(zip(known, learnt, strict=True))
        missing[place] = table.pop(None, unknown)
        values[place] = _named({str(name): value for name, value in table.items()}, salts.get(place))
    return Encoder(values, missing, unknown, _gap_values(coded), salts)


def _hashed(names: Names, salt: str) -> pl.Series:
    return hashed(names if isinstance(names, pl.Series) else pl.Series(names, dtype=pl.String), salt)


def _named(values: dict[str, float], salt: str | None) -> dict[str, float]:
    """Return the values by the hash of each name, in an order that says nothing; without a salt by the name."""
    if salt is None:
        return values
    return dict(sorted((name_hash(name, salt), value) for name, value in values.items()))


def _gap_values(coded: Coded) -> Floats:
    gaps = np.full(coded.numbers.shape[1], np.nan)
    for place in range(coded.numbers.shape[1]):
        column = coded.numbers[:, place]
        if place not in coded.codes and not np.isnan(column).any():
            gaps[place] = np.median(column)
    return gaps
