"""Contributions of features to the log-odds of trees: the Shapley values of TreeSHAP (Lundberg 2020).

LightGBM computes them row by row. For many rows a compiled loop goes from leaf to leaf, and takes a twentieth of the
time. A way to a leaf of value v has steps, one for each feature that it asks: o_j is 1 if a row takes step j, else 0,
and z_j is the share of the rows of training that take it. The contribution of the feature of step i is

    v (o_i - z_i) times the integral, from t = 0 to 1, of the product over all other steps j of z_j + t (o_j - z_j).

The product is a polynomial in t, so a few nodes of Gauss and Legendre give its integral without an error. Decision 091
has the figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import lightgbm as lgb
import numpy as np

from forestall.model.booster_text import tree_fields
from forestall.model.leaf_paths import paths_of
from forestall.model.many_rows import contribution_loop_for, in_shares
from forestall.statistics import Floats

if TYPE_CHECKING:
    from forestall.model.compiled_contributions import LeafPaths

_ROWS_OF_A_THREAD = 200  # fewer are done before another thread has begun
_paths: WeakKeyDictionary[lgb.Booster, LeafPaths | None] = WeakKeyDictionary()


def tree_contributions(booster: lgb.Booster, matrix: Floats, n_threads: int) -> Floats:
    """Return the contributions of the features to the log-odds, and last the base, shape (n, p + 1).

    A row adds up to the log-odds of the booster.

    Parameters
    ----------
    booster
        A booster whose columns are numbers.
    matrix
        Encoded rows, shape (n, p).
    n_threads
        The number of threads.

    Raises
    ------
    lightgbm.basic.LightGBMError
        The matrix has other columns than the booster.
    """
    add = contribution_loop_for(len(matrix))
    is_right = matrix.shape[1] == booster.num_feature()  # the compiled loop would read beyond its arrays
    paths = None if add is None or not is_right else _paths_of(booster)
    if paths is None:
        return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=n_threads))
    found = np.zeros((len(matrix), matrix.shape[1] + 1))
    found[:, -1] = np.asarray(booster.predict(matrix[:1], pred_contrib=True, num_threads=1))[0, -1]
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    longest = int(np.diff(paths.first).max(initial=0))
    in_shares(
        lambda rows: add(matrix[rows], paths, longest, found[rows]), len(matrix), n_threads, _ROWS_OF_A_THREAD
    )
    return found


def _paths_of(booster: lgb.Booster) -> LeafPaths | None:
    """Return the ways to the leaves of a booster, read once; None if it has splits that only LightGBM follows."""
    if booster not in _paths:
        _paths[booster] = paths_of(tree_fields(booster.model_to_string().encode()))
    return _paths[booster]
