"""Columns for classifiers that take no missing values: the rank of each feature, and whether it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from forestall.model.linear import Design, rank_columns
from forestall.model.lines import Lines
from forestall.statistics import Floats, Ints


@dataclass(frozen=True)
class FiniteColumns:
    """The columns of the linear part (see `linear.Design`), for any classifier.

    Ranks do not depend on units, so that a long wait does not outweigh all else in a classifier that measures
    distances or shrinks its coefficients.

    Attributes
    ----------
    ranks
        From the value of a feature to its rank.
    kept
        Of the ranks and the flags of missing values, shape (2 p,), those that vary and differ, shape (q,).
    mean, deviation
        Of the kept columns over the rows of training, shape (q,).
    """

    ranks: Lines
    kept: Ints
    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, matrix: Floats, categories: Sequence[int]) -> Self:
        """Return the columns for encoded rows like these, shape (n, p); `categories` are the places of categories."""
        design = Design.of(matrix, categories, [0] * matrix.shape[1])
        # without a column that varies there is nothing to learn, but a classifier needs a column
        kept = design.fitted if len(design.fitted) else np.array([0])
        deviation = np.where(np.isfinite(design.deviation), design.deviation, 1.0)
        return cls(design.ranks, kept, design.mean[kept], deviation[kept])

    def __call__(self, matrix: Floats) -> Floats:
        """Return the columns of encoded rows, standardised, shape (n, q)."""
        plain = rank_columns(self.ranks, matrix)[:, self.kept]
        return np.asarray((plain - self.mean) / self.deviation)

    def as_dict(self) -> dict[str, Any]:
        """Return the columns as a dict for JSON."""
        own = {name: getattr(self, name).tolist() for name in ("kept", "mean", "deviation")}
        return {**self.ranks.as_dict(), **own}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Return the columns from the result of `as_dict`."""
        kept = np.array(content["kept"], dtype=np.int64)
        return cls(Lines.from_dict(content), kept, np.array(content["mean"]), np.array(content["deviation"]))
