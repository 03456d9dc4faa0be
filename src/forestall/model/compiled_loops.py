"""Loops over many rows, compiled by Numba. Importing this module loads a compiler: import it when it is needed.

They do what LightGBM and NumPy do. Log-odds and lines are computed in the same order, and have the same bits. Where the
environment variable NUMBA_CACHE_DIR names a folder, the machine code is kept there, and later processes start some
seconds sooner.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from forestall.statistics import Floats, Ints

Unsigned = npt.NDArray[np.uint32]

# without a folder of its own Numba would write beside this file, which may be anybody's
_IS_KEPT = bool(os.environ.get("NUMBA_CACHE_DIR"))
compiled = numba.njit(nogil=True, cache=_IS_KEPT)
"""Compiles a function that may run beside other threads."""
_ROWS_AT_ONCE = 16
# LightGBM reads a value as near to 0 as this as 0
NEAR_ZERO = 1e-35


class TreeNodes(NamedTuple):
    """The nodes of all trees, and the columns that they ask for.

    Attributes
    ----------
    source
        Shape (c,), the column of the matrix that each column comes from. The first column is always 0, for leaves.
    missing
        Shape (c,), what stands for a missing value: -inf goes left, NaN right, and 0 is a value.
    column, threshold
        Shape (n_nodes,), a row goes left if its value in this column is at most this threshold.
    left
        Shape (n_nodes,), the number of the left child; the right one is the next. A leaf has itself.
    value
        Shape (n_nodes,), the log-odds that a leaf adds.
    root, depth
        Shape (n_trees,), the first node of each tree, and the steps to its deepest leaf.
    """

    source: Unsigned
    missing: Floats
    column: Unsigned
    threshold: Floats
    left: Unsigned
    value: Floats
    root: Unsigned
    depth: Ints


@compiled  # type: ignore[untyped-decorator]
def add_trees(matrix: Floats, nodes: TreeNodes, total: Floats) -> None:
    """Add the log-odds of each tree to `total`, in the order of the trees.

    LightGBM follows a row through a tree with a jump at each node, which the processor guesses wrong half of the time.
    Here a few rows go through a tree together, and the next node is computed, not jumped to. A leaf leads to itself, so
    that all rows take as many steps as the deepest leaf needs.

    Parameters
    ----------
    matrix
        Encoded rows, shape (n, p).
    nodes
        The trees.
    total
        Shape (n,), changed in place.
    """
    source, missing, column, threshold, left, value, root, depth = nodes
    n_columns = len(source)
    values = np.zeros((n_columns, _ROWS_AT_ONCE))
    at = np.empty(_ROWS_AT_ONCE, dtype=np.uint32)  # signed numbers would be compared with 0 at each use
    for first in range(0, len(matrix), _ROWS_AT_ONCE):
        n = min(_ROWS_AT_ONCE, len(matrix) - first)
        for row in range(n):
            for place in range(1, n_columns):
                one = matrix[first + row, source[place]]
                if np.isnan(one):
                    one = missing[place]
                elif abs(one) <= NEAR_ZERO:
                    one = 0.0
                values[place, row] = one
        for tree in range(len(root)):
            at[:] = root[tree]
            for _ in range(depth[tree]):
                for row in range(_ROWS_AT_ONCE):
                    node = at[row]
                    at[row] = left[node] + np.uint32(not values[column[node], row] <= threshold[node])
            for row in range(n):
                total[first + row] += value[at[row]]


@compiled  # type: ignore[untyped-decorator]
def fill_lines(matrix: Floats, knots: Floats, values: Floats, slopes: Floats, found: Floats) -> None:
    """Write the values of functions that are linear between knots, see `lines.Lines`.

    Parameters
    ----------
    matrix
        Shape (n, p).
    knots, values, slopes
        The knots of each column, the function there, and its slope after each knot but the last, shape (p, k).
    found
        Shape (n, p), changed in place; NaN where the matrix is NaN.
    """
    n_columns, n_knots = knots.shape
    for row in range(len(matrix)):
        for column in range(n_columns):
            one = matrix[row, column]
            bounded = min(max(one, knots[column, 0]), knots[column, n_knots - 1])
            place = 0
            for knot in range(1, n_knots - 1):  # a search would jump at each step
                place += bounded >= knots[column, knot]
            begin = knots[column, place]
            value = values[column, place] + slopes[column, place] * (bounded - begin)
            found[row, column] = np.nan if np.isnan(one) else value


def compile_all() -> None:
    """Call each loop once, which compiles it for the types that models have."""
    zeros, first, numbers = np.zeros(1), np.zeros(1, dtype=np.uint32), np.zeros((1, 2))
    nodes = TreeNodes(first, zeros, first, zeros, first, zeros, first, np.zeros(1, dtype=np.int64))
    add_trees(numbers, nodes, np.zeros(1))
    fill_lines(numbers, np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 1)), numbers.copy())
