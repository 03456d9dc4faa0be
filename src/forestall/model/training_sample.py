"""The rows of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, column_or_1d

from forestall.data.frames import is_frame, to_polars, to_series
from forestall.model.matrix import Coded
from forestall.statistics import Floats, Ints

CROSSFIT = 5
"""Number of folds in which the categories of training rows are encoded."""


@dataclass(frozen=True)
class Sample:
    """Rows to learn from.

    Attributes
    ----------
    coded
        Their features.
    y, weight
        Labels 0 or 1, and weights above 0, shape (n,).
    customer, interaction
        Whole numbers from 0, shape (n,).
    time
        Whole numbers that order the rows, shape (n,); None: unknown.
    """

    coded: Coded
    y: Floats
    weight: Floats
    customer: Ints
    interaction: Ints
    time: Ints | None = None

    def rows(self, places: Ints, weight: Floats) -> Sample:
        """Return some of the rows with other weights; customers and interactions are numbered anew."""
        codes = {place: one[places] for place, one in self.coded.codes.items()}
        return Sample(
            Coded(self.coded.numbers[places], codes, self.coded.known),
            self.y[places],
            weight,
            as_codes(self.customer[places]),
            as_codes(self.interaction[places]),
            None if self.time is None else self.time[places],
        )


def has_both_classes(y: Floats) -> bool:
    """Return whether both labels occur."""
    return len(y) > 0 and bool(y.min() < y.max())


def as_codes(keys: Any) -> Ints:
    """Return keys as whole numbers from 0, in the order of the keys, shape (n,)."""
    return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def read_labels(y: Any, n: int) -> tuple[Any, Floats]:
    """Return the classes in their order, and 1 for the second and 0 for the first, shape (n,).

    Raises
    ------
    ValueError
        There is no label, not one for each of `n` rows, or there are more than two classes.
    """
    if y is None:
        raise ValueError("RiskClassifier requires y to be passed, but the target y is None")
    y = column_or_1d(y.to_numpy() if isinstance(y, pl.Series) else y, warn=True)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    if len(y) != n:
        raise ValueError(f"y must hold a label for each of {n} rows; it holds {len(y)}")
    classes = np.unique(y)
    if len(classes) > 2:
        raise ValueError(
            f"Only binary classification is supported. The type of the target is {type_of_target(y)}."
        )
    return classes, np.asarray(y == classes[-1], dtype=np.float64)


def read_groups(groups: Any, n: int) -> tuple[Ints, Ints]:
    """Return customer and interaction of each row as whole numbers, shape (n,) each.

    An interaction with a missing customer is a customer of its own.

    Parameters
    ----------
    groups
        None (each row is a customer), customers of shape (n,), or customers and interactions of shape (n, 2).
    n
        Number of rows.

    Raises
    ------
    ValueError
        The shape is another, or an interaction is missing.
    """
    rows = np.arange(n, dtype=np.int64)
    if groups is None:
        return rows, rows
    keys = [column.rank("dense").cast(pl.Int64) for column in _key_columns(groups)]
    if len(keys) not in (1, 2) or len(keys[0]) != n:
        raise ValueError(f"groups must hold a customer, or customer and interaction, for each of {n} rows")
    if len(keys) == 2 and keys[1].null_count():
        raise ValueError("groups must name each row's interaction in its second column; some are missing")
    interaction = keys[1].to_numpy().astype(np.int64) if len(keys) == 2 else rows
    is_missing = keys[0].is_null().to_numpy()
    return np.where(is_missing, -1 - interaction, keys[0].fill_null(0).to_numpy()), interaction


def _key_columns(groups: Any) -> list[pl.Series]:
    """Return the columns of keys: text if they are no numbers, null where one is missing."""
    if is_frame(groups):
        columns = to_polars(groups, "groups").get_columns()
    else:
        table = np.asarray(groups.to_numpy() if hasattr(groups, "to_numpy") else groups)
        if table.ndim not in (1, 2):
            return []
        columns = [to_series(keys.tolist()) for keys in (table[None, :] if table.ndim == 1 else table.T)]
    return [column.fill_nan(None) if column.dtype.is_float() else column for column in columns]


def read_times(time: Any, n: int) -> Ints | None:
    """Return the times as whole numbers in their order, shape (n,); None for None.

    Raises
    ------
    ValueError
        A time is missing, or the values are neither numbers nor times.
    """
    if time is None:
        return None
    series = to_series(time, "time")
    if len(series) != n or series.null_count():
        raise ValueError(f"time must hold a time for each of {n} rows, and none may be missing")
    if not (series.dtype.is_numeric() or series.dtype.is_temporal()):
        raise ValueError(f"time must hold whole numbers or times; it holds {series.dtype}")
    return np.asarray(series.rank("dense").to_numpy(), dtype=np.int64)
