"""The log-odds of boosted trees: few rows by LightGBM, many by compiled code that gives the same bits in less time.

`benchmarks/trees.py` has the figures, and decision 088 the reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import lightgbm as lgb
import numpy as np

from forestall.model.booster_text import MISSING_GOES_LEFT, has_known_splits, tree_fields
from forestall.model.many_rows import in_shares, loops_for
from forestall.statistics import Floats

if TYPE_CHECKING:
    from forestall.model.compiled_loops import TreeNodes

# what stands for a missing value, see `TreeNodes`, by whether it goes left
_STANDS_FOR_MISSING = {None: 0.0, False: np.nan, True: -np.inf}
_ROWS_OF_A_THREAD = 5_000  # fewer are done before another thread has begun
_nodes: WeakKeyDictionary[lgb.Booster, TreeNodes | None] = WeakKeyDictionary()


def tree_log_odds(booster: lgb.Booster, matrix: Floats, n_threads: int, rounds: int | None = None) -> Floats:
    """Return the sum of the trees for encoded rows, shape (n,): that of `Booster.predict`, to the last bit.

    Parameters
    ----------
    booster
        A booster whose columns are numbers.
    matrix
        Encoded rows, shape (n, p).
    n_threads
        The number of threads.
    rounds
        Only the trees of so many first rounds; None: all.

    Raises
    ------
    lightgbm.basic.LightGBMError
        The matrix has other columns than the booster.
    """
    loops = loops_for(len(matrix))
    is_right = matrix.shape[1] == booster.num_feature()  # compiled loops would read beyond their arrays
    nodes = None if loops is None or not is_right else _nodes_of(booster)
    if nodes is None:
        raw = booster.predict(matrix, raw_score=True, num_iteration=rounds, num_threads=n_threads)
        return np.asarray(raw, dtype=np.float64)
    total = np.zeros(len(matrix))
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    if rounds is None and booster.best_iteration > 0:
        rounds = booster.best_iteration
    used = nodes._replace(root=nodes.root[:rounds], depth=nodes.depth[:rounds])
    in_shares(
        lambda rows: loops.add_trees(matrix[rows], used, total[rows]),
        len(matrix),
        n_threads,
        _ROWS_OF_A_THREAD,
    )
    return total


def _nodes_of(booster: lgb.Booster) -> TreeNodes | None:
    """Return the nodes of a booster, read once; None if it has splits that only LightGBM follows."""
    if booster not in _nodes:
        _nodes[booster] = nodes_of(tree_fields(booster.model_to_string(num_iteration=-1).encode()))
    return _nodes[booster]


def nodes_of(trees: list[dict[str, Any]]) -> TreeNodes | None:
    """Return the nodes of trees; None if a split is of a type that only LightGBM follows.

    Parameters
    ----------
    trees
        The result of `booster_text.tree_fields`.
    """
    from forestall.model.compiled_loops import TreeNodes

    if not has_known_splits(trees):
        return None
    columns: dict[tuple[int, int], int] = {}
    rows: list[tuple[int, float, int, float]] = []
    root, depth = [], []
    for tree in trees:
        root.append(len(rows))
        found, steps = _nodes_of_tree(tree, columns, len(rows))
        rows += found
        depth.append(steps)
    column, threshold, left, value = zip(*rows, strict=True)
    # a column for each way of a feature's missing values
    source, kind = np.array([(0, 0), *columns]).T
    unsigned = np.uint32
    return TreeNodes(
        source.astype(unsigned),
        np.array([_STANDS_FOR_MISSING[MISSING_GOES_LEFT[one]] for one in kind.tolist()]),
        np.array(column, dtype=unsigned),
        np.array(threshold),
        np.array(left, dtype=unsigned),
        np.array(value),
        np.array(root, dtype=unsigned),
        np.array(depth),
    )


def _nodes_of_tree(
    tree: Mapping[str, Any], columns: dict[tuple[int, int], int], first: int
) -> tuple[list[tuple[int, float, int, float]], int]:
    """Return the column, threshold, left child and value of each node, level by level, and the depth of the tree.

    Parameters
    ----------
    tree
        The splits and leaves of a tree, as LightGBM numbers them: a leaf k is the child -1 - k.
    columns
        The number of each column of a feature and a type of split; those of this tree are added.
    first
        The number of the first node.
    """
    is_leaf_alone = len(tree["leaf_value"]) == 1
    queue = [(-1 if is_leaf_alone else 0, 0)]
    rows: list[tuple[int, float, int, float]] = []
    for here, (split, level) in enumerate(queue):  # the queue grows meanwhile
        if split < 0:  # 0, the value of the first column, is not above infinity: the row stays here
            rows.append((0, np.inf, first + here, tree["leaf_value"][-1 - split]))
            continue
        # how a missing value goes is part of the column, so that a split asks one question
        of = tree["split_feature"][split], tree["decision_type"][split]
        column = columns.setdefault(of, len(columns) + 1)
        rows.append((column, tree["threshold"][split], first + len(queue), 0.0))
        queue += [(tree["left_child"][split], level + 1), (tree["right_child"][split], level + 1)]
    return rows, queue[-1][1]
