"""Reduces the sentence embeddings of a training to a few components, which the regression on texts has as inputs."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
import polars as pl
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from forestall.data import Tables
from forestall.errors import InputError
from forestall.model import Spec
from forestall.moment_features.event_attributes import attribute_types
from forestall.moment_features.events import Events
from forestall.moment_features.row_aggregates import Array
from forestall.moment_features.text_embedding import (
    MOST_COLUMNS,
    TextEmbedding,
    has_vector,
    standardised,
    vectors,
)
from forestall.moments.timeline import Ints
from forestall.statistics import Floats

N_COMPONENTS = 16
_MOST_FITTED = 20_000  # texts that the components are found from
_LEAST_VARIANCE = 1e-9  # of a component; that of a column is 1
_LEAST_VALUE = 1e-6  # a smaller one, in standard deviations, comes from rounding


class Reduction(NamedTuple):
    """The principal components of the vectors of texts.

    Attributes
    ----------
    columns
        The columns of the events that are a vector.
    mean, spread
        Of each column, shape (n_columns,).
    directions
        What each standardised column adds to each component, (n_columns, n_components). The components have a
        variance of 1.
    """

    columns: tuple[str, ...]
    mean: Floats
    spread: Floats
    directions: Floats

    @classmethod
    def fit(cls, events: Events, rows: Ints, columns: Sequence[str]) -> Reduction:
        """Return the components of the vectors of events, given as rows of the timeline."""
        rows = rows[has_vector(events, rows, columns)]
        if len(rows) > _MOST_FITTED:
            rows = np.sort(np.random.default_rng(0).choice(rows, _MOST_FITTED, replace=False))
        values = vectors(events, rows, columns)
        n_known = np.maximum((~np.isnan(values)).sum(axis=1), 1)
        with np.errstate(over="ignore", invalid="ignore"):  # of columns with huge values nothing is learnt
            mean = np.nan_to_num(np.nansum(values, axis=1) / n_known)
            spread = np.sqrt(np.nansum((values - mean[:, None]) ** 2, axis=1) / n_known)
        # a column that never changes may have a spread by rounding
        spread = np.where((spread > 1e-9 * np.abs(mean)) & np.isfinite(spread), spread, 1.0)
        n = min(N_COMPONENTS, len(columns), len(rows) - 1)
        parts = list(standardised(events, rows, columns, mean, spread)) if n > 0 else []
        if not any((np.abs(one) > _LEAST_VALUE).any() for one in parts):
            return cls(tuple(columns), mean, spread, np.zeros((len(columns), 0)))
        matrix = np.concatenate(parts, axis=1).T
        with threadpool_limits(limits=1, user_api="blas"):  # as for the weights: the last bits
            found = PCA(n, svd_solver="randomized", random_state=0).fit(matrix)
        variance = found.explained_variance_
        kept = variance > _LEAST_VARIANCE
        return cls(tuple(columns), mean, spread, found.components_[kept].T / np.sqrt(variance[kept]))

    def components(self, events: Events, rows: Ints) -> Floats:
        """Return the components of the vectors of events, 0 where missing, shape (n_rows, n_components)."""
        blocks = standardised(events, rows, self.columns, self.mean, self.spread)
        with threadpool_limits(limits=1, user_api="blas"):
            return np.concatenate(
                [np.zeros((0, self.directions.shape[1])), *(some.T @ self.directions for some in blocks)]
            )

    def embedding(self, weights: Array) -> TextEmbedding:
        """Return the embedding with the weights of components, (n_components, 4)."""
        return TextEmbedding.of(self.columns, self.mean, self.spread, self.directions @ weights)


def with_embedding(spec: Spec, columns: Sequence[str]) -> Spec:
    """Return a specification whose embedding has these columns."""
    if list(columns) == spec.words.embedding:
        return spec
    words = spec.words.model_copy(update={"embedding": list(columns)})
    return spec.model_copy(update={"words": words})


def with_embedding_columns(spec: Spec, tables: Tables) -> Spec:
    """Return a specification with the names of the columns that the patterns of `words.embedding` mean.

    Raises
    ------
    InputError
        A name or pattern means no numeric column of the events, or there are too many columns.
    """
    if not spec.words.embedding:
        return spec
    numeric = [name for name, dtype in attribute_types(tables.events).items() if dtype == pl.Float64]
    found: set[str] = set()
    for pattern in spec.words.embedding:
        meant = {name for name in numeric if name == pattern or fnmatchcase(name, pattern)}
        if not meant:
            raise InputError(
                f"words.embedding in model.yaml names '{pattern}', but events have no such column of numbers; "
                "keep it in the mapping file, or leave it out of words.embedding"
            )
        found |= meant
    if len(found) > MOST_COLUMNS:
        raise InputError(
            f"words.embedding in model.yaml means {len(found)} columns of events, but at most {MOST_COLUMNS} can be a "
            "vector; reduce it before the import"
        )
    return with_embedding(spec, sorted(found))
