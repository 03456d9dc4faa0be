"""Sentence embeddings that a company gives as numeric columns of its events, and what they add to the score of a text.

Training reduces the columns to a few principal components, and learns weights of these. Both are linear, so their
product is kept: one weight of each column in each role.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from forestall.moment_features.events import Events
from forestall.moment_features.row_aggregates import Array, Bools
from forestall.moments.timeline import Ints

FILE = "text_embedding.npy"
MOST_COLUMNS = 4096
# Sums of whole numbers do not depend on their order, so a text scores the same alone and among others. A double holds
# them to the last bit: they have 53 bits, 12 of the columns, 15 of a value, and 26 of a weight.
_VALUE_UNITS, _MOST_SPREADS = 1 << 10, 32.0
_WEIGHT_UNITS, _MOST_WEIGHT = 1 << 16, 1000.0
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, eq=False)
class TextEmbedding:
    """The columns of a vector, and the weight of each in the score of a text.

    Parameters
    ----------
    columns
        Columns of the events, in alphabetical order. A vector whose first column has no value is missing.
    mean, spread
        The mean and the standard deviation of each column in training, shape (n_columns,).
    weights
        The weight of each column in each role, in units of 2**-16 log-odds per standard deviation, whole numbers,
        shape (n_columns, 4).
    """

    columns: tuple[str, ...]
    mean: Array
    spread: Array
    weights: Ints

    @classmethod
    def of(cls, columns: Sequence[str], mean: Array, spread: Array, weights: Array) -> TextEmbedding:
        """Return an embedding with weights in log-odds per standard deviation."""
        whole = np.rint(np.clip(weights, -_MOST_WEIGHT, _MOST_WEIGHT) * _WEIGHT_UNITS).astype(np.int64)
        return cls(tuple(columns), mean, spread, whole)

    @cached_property
    def digest(self) -> str:
        """What tells this embedding from others."""
        parts = (np.array(self.columns), self.mean, self.spread, self.weights)
        return hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in parts)).hexdigest()

    def scores(self, events: Events, rows: Ints, unit: int) -> Ints:
        """Return what the vectors of events add to the score in each role, in parts of log-odds, shape (n_rows, 4).

        A missing value counts as the mean.

        Parameters
        ----------
        events
            The events.
        rows
            Rows of their timeline.
        unit
            How many parts are one.
        """
        weights = self.weights.astype(np.float64)
        sums = [np.zeros((0, weights.shape[1]))]
        for values in standardised(events, rows, self.columns, self.mean, self.spread):
            whole = np.rint(values * _VALUE_UNITS)
            sums.append(np.einsum("cr,cn->rn", weights, whole).T)  # a product by BLAS would start threads
        return np.rint(np.concatenate(sums) * (unit / (_VALUE_UNITS * _WEIGHT_UNITS))).astype(np.int64)

    def save(self, folder: str | Path) -> None:
        """Write the arrays into a folder; reading them runs no code."""
        longest = max(map(len, self.columns))
        kinds = [("column", f"<U{longest}"), ("mean", "<f8"), ("spread", "<f8")]
        table = np.zeros(len(self.columns), dtype=[*kinds, ("weights", "<i8", self.weights.shape[1:])])
        table["column"], table["mean"], table["spread"] = self.columns, self.mean, self.spread
        table["weights"] = self.weights
        np.save(Path(folder) / FILE, table, allow_pickle=False)

    @classmethod
    def load(cls, folder: str | Path) -> TextEmbedding | None:
        """Return what `save` wrote; None if the folder holds none."""
        file = Path(folder) / FILE
        if not file.is_file():
            return None
        table = np.load(file, allow_pickle=False)
        mean, spread, weights = (np.ascontiguousarray(table[name]) for name in ("mean", "spread", "weights"))
        return cls(tuple(table["column"].tolist()), mean, spread, weights)


def has_vector(events: Events, rows: Ints, columns: Sequence[str]) -> Bools:
    """Return whether events, given as rows of the timeline, have a vector: a value in the first of its columns."""
    if not columns:
        return np.zeros(len(rows), dtype=bool)
    return ~np.isnan(events.numbers(columns[0], rows))


def vectors(events: Events, rows: Ints, columns: Sequence[str]) -> Array:
    """Return the vectors of events, given as rows of the timeline; NaN where missing, shape (n_columns, n_rows)."""
    found = np.empty((len(columns), len(rows)))  # by column, as they are read
    for place, name in enumerate(columns):
        found[place] = events.numbers(name, rows)
    return found


def standardised(
    events: Events, rows: Ints, columns: Sequence[str], mean: Array, spread: Array
) -> Iterator[Array]:
    """Yield vectors of some events at a time, in standard deviations from the mean, shape (n_columns, n_some).

    Missing values are 0.
    """
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        values = vectors(events, rows[begin : begin + _ROWS_AT_ONCE], columns)
        with np.errstate(over="ignore"):  # what is too large is cut off
            values -= mean[:, None]
            values /= spread[:, None]
        np.clip(values, -_MOST_SPREADS, _MOST_SPREADS, out=values)
        values[:, np.isnan(values[0])] = 0
        values[np.isnan(values)] = 0
        yield values
