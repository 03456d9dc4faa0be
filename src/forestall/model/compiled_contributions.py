"""The contributions of trees, compiled by Numba: see `tree_contributions`. Importing this module loads a compiler."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forestall.model.compiled_loops import NEAR_ZERO, compiled
from forestall.statistics import Floats, Ints

# rows that take a leaf together: from so many on the processor computes several at once
_ROWS_AT_ONCE = 64


class LeafPaths(NamedTuple):
    """The ways to the leaves of all trees.

    A feature that a way asks several times is one step of it. Trees without a split have no way.

    Attributes
    ----------
    first, first_node
        Shape (n_leaves + 1,), the place of each leaf's first step, and of its first node of the integral.
    feature
        Shape (n_steps,), the column that each step asks for.
    low, high, takes_missing
        Shape (n_steps,), a row takes the step if its value is above `low` and at most `high`, or if it is missing and
        this is 1. A `low` of NaN is no bound.
    share
        Shape (n_steps,), the share of the rows of training that take the step, of those that come to it.
    time, weight
        Shape (n_nodes,), the nodes of the integral, and their weights times the value of the leaf.
    """

    first: Ints
    first_node: Ints
    feature: Ints
    low: Floats
    high: Floats
    takes_missing: Floats
    share: Floats
    time: Floats
    weight: Floats


@compiled  # type: ignore[untyped-decorator]
def add_contributions(matrix: Floats, paths: LeafPaths, longest: int, total: Floats) -> None:
    """Add the contributions of all leaves to `total`, in the order of the leaves.

    Parameters
    ----------
    matrix
        Encoded rows, shape (n, p).
    paths
        The ways to the leaves.
    longest
        The number of steps of the longest way.
    total
        Shape (n, p) or wider, changed in place.
    """
    n_columns, n_leaves = matrix.shape[1], len(paths.first) - 1
    values, sums = np.empty((n_columns, _ROWS_AT_ONCE)), np.empty((n_columns, _ROWS_AT_ONCE))
    taken, found = np.empty((longest, _ROWS_AT_ONCE)), np.empty((longest, _ROWS_AT_ONCE))
    product = np.empty(_ROWS_AT_ONCE)
    for begin in range(0, len(matrix), _ROWS_AT_ONCE):
        n = min(_ROWS_AT_ONCE, len(matrix) - begin)
        sums[:, :] = 0.0
        _turn(matrix[begin : begin + n], values)
        for leaf in range(n_leaves):
            begin_of_leaf, end_of_leaf = paths.first[leaf], paths.first[leaf + 1]
            _take_steps(values, paths, begin_of_leaf, end_of_leaf, taken)
            _integrate(paths, leaf, taken, product, found)
            for step in range(begin_of_leaf, end_of_leaf):
                column, k = paths.feature[step], step - begin_of_leaf
                for row in range(_ROWS_AT_ONCE):
                    sums[column, row] += (taken[k, row] - paths.share[step]) * found[k, row]
        for row in range(n):
            for column in range(n_columns):
                total[begin + row, column] += sums[column, row]


@compiled  # type: ignore[untyped-decorator]
def _turn(matrix: Floats, values: Floats) -> None:
    """Write the values of some rows by column, with 0 for rows that are not there."""
    values[:, :] = 0.0
    for row in range(len(matrix)):
        for column in range(matrix.shape[1]):
            one = matrix[row, column]
            values[column, row] = 0.0 if abs(one) <= NEAR_ZERO else one


@compiled  # type: ignore[untyped-decorator]
def _take_steps(values: Floats, paths: LeafPaths, begin: int, end: int, taken: Floats) -> None:
    """Write whether each row takes each step of a leaf, 1 or 0."""
    for step in range(begin, end):
        column, k = paths.feature[step], step - begin
        low, high, if_missing = paths.low[step], paths.high[step], paths.takes_missing[step]
        for row in range(_ROWS_AT_ONCE):
            one = values[column, row]
            takes = 1.0 if (not one <= low) & (one <= high) else 0.0
            taken[k, row] = if_missing if np.isnan(one) else takes


@compiled  # type: ignore[untyped-decorator]
def _integrate(paths: LeafPaths, leaf: int, taken: Floats, product: Floats, found: Floats) -> None:
    """Write the integral, for each step of a leaf, of the product of all other steps times the value of the leaf."""
    begin, n_steps = paths.first[leaf], paths.first[leaf + 1] - paths.first[leaf]
    found[:n_steps, :] = 0.0
    for node in range(paths.first_node[leaf], paths.first_node[leaf + 1]):
        time = paths.time[node]
        product[:] = paths.weight[node]
        for k in range(n_steps):
            rest = (1.0 - time) * paths.share[begin + k]
            for row in range(_ROWS_AT_ONCE):
                product[row] *= rest + time * taken[k, row]
        for k in range(n_steps):
            # the product without this step
            rest = (1.0 - time) * paths.share[begin + k]
            over_rest, over_taken = 1.0 / rest, 1.0 / (rest + time)
            for row in range(_ROWS_AT_ONCE):
                found[k, row] += product[row] * (over_rest + (over_taken - over_rest) * taken[k, row])


def compile_all() -> None:
    """Call the loop once, which compiles it for the types that models have."""
    leaf, zeros, numbers = np.array([0, 1]), np.zeros(1), np.zeros((1, 2))
    feature = np.zeros(1, dtype=np.int64)
    paths = LeafPaths(leaf, leaf, feature, zeros, zeros, zeros, np.ones(1), zeros, zeros)
    add_contributions(numbers, paths, 1, np.zeros((1, 3)))
