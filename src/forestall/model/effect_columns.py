"""The columns that a model of the effect of a contact learns from: the risk, and the features of the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forestall.moment_features.catalogue import STAFF_COLUMN
from forestall.statistics import Floats

MOST_VALUES = 12
"""So many of the most frequent values of a category are columns of their own."""
_LARGEST = 1e15  # only ranks count, and the values between infinite ones are not numbers


@dataclass(frozen=True)
class EffectColumns:
    """The columns, after the first, which is the risk.

    Parameters
    ----------
    columns
        Name of the feature, and the value of a category that the column says yes or no to; None for a number.
    """

    columns: tuple[tuple[str, str | None], ...]

    @classmethod
    def of(cls, features: pl.DataFrame, customers: pl.Series, least_customers: int = 1) -> EffectColumns:
        """Return the columns of a feature table.

        A category is no log-odds of a label here, as it is in the risk model: the held-out customers' labels are in
        those. Staff are left out.

        Parameters
        ----------
        features
            The feature table.
        customers
            The customer of each row.
        least_customers
            A value that fewer customers have is no column.
        """
        found: list[tuple[str, str | None]] = []
        for column in features:
            if column.name == STAFF_COLUMN:
                continue
            if column.dtype != pl.String:
                found.append((column.name, None))
                continue
            rows = pl.DataFrame({"value": column, "customer": customers}).drop_nulls("value")
            counts = rows.group_by("value").agg(n=pl.len(), owners=pl.col("customer").n_unique())
            most = counts.filter(pl.col("owners") >= least_customers).sort(
                "n", "value", descending=[True, False]
            )
            found += [(column.name, value) for value in most["value"].head(MOST_VALUES)]
        return cls(tuple(found))

    def matrix(self, features: pl.DataFrame | Mapping[str, Any], risk: Floats) -> Floats:
        """Return the risk and the columns of moments, shape (n, 1 + k); NaN is missing, infinite values are cut off.

        Parameters
        ----------
        features
            The feature table, or lists by column.
        risk
            The risk if nobody contacts, shape (n,).
        """
        found = np.empty((len(risk), 1 + len(self.columns)))
        found[:, 0] = risk
        for place, (name, value) in enumerate(self.columns, start=1):
            column = features[name]
            if not isinstance(column, pl.Series):
                column = pl.Series(name, column, pl.String if value is not None else pl.Float64, strict=False)
            numbers = column.cast(pl.Float64) if value is None else (column == value).cast(pl.Float64)
            found[:, place] = numbers.fill_null(0.0 if value is not None else float("nan")).to_numpy()
        return np.clip(found, -_LARGEST, _LARGEST)
