"""The ways to the leaves of boosted trees, from which the contributions of many rows are computed."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf, nan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forestall.model.booster_text import MISSING_GOES_LEFT, has_known_splits

if TYPE_CHECKING:
    from forestall.model.compiled_contributions import LeafPaths


class _Step(NamedTuple):
    """A feature of a way: see `LeafPaths`."""

    low: float = nan
    high: float = inf
    takes_missing: bool = True
    share: float = 1.0

    def narrowed(self, threshold: float, decision_type: int, share: float, *, goes_left: bool) -> _Step:
        """Return the step after one more split by the feature."""
        missing_goes_left = MISSING_GOES_LEFT[decision_type]
        if missing_goes_left is None:
            missing_goes_left = threshold >= 0
        # NaN is no bound, and is not above the threshold
        low = self.low if goes_left or self.low >= threshold else threshold
        high = min(self.high, threshold) if goes_left else self.high
        return _Step(low, high, self.takes_missing and missing_goes_left == goes_left, self.share * share)


def paths_of(trees: list[dict[str, Any]]) -> LeafPaths | None:
    """Return the ways to the leaves of trees; None if only LightGBM can follow them.

    It alone knows other types of splits, and leaves that no row of training has reached.

    Parameters
    ----------
    trees
        The result of `booster_text.tree_fields`.
    """
    from forestall.model.compiled_contributions import LeafPaths

    counts = [n for tree in trees for n in (*tree["leaf_count"], *tree["internal_count"])]
    if not has_known_splits(trees) or min(counts, default=1) < 1:
        return None
    leaves = [leaf for tree in trees if tree["split_feature"] for leaf in _leaves(tree)]
    steps = [(column, *step) for way, _ in leaves for column, step in way.items()]
    columns = np.array(steps, dtype=np.float64).reshape(-1, 5).T
    lengths = [len(way) for way, _ in leaves]
    nodes = {length: _integral(length) for length in set(lengths)}
    times = [nodes[length][0] for length in lengths]
    weights = [nodes[length][1] * value for length, (_, value) in zip(lengths, leaves, strict=True)]
    low, high, takes_missing, share = (np.ascontiguousarray(one) for one in columns[1:])
    return LeafPaths(
        np.cumsum([0, *lengths]),
        np.cumsum([0, *map(len, times)]),
        columns[0].astype(np.int64),
        low,
        high,
        takes_missing,
        share,
        np.concatenate([*times, np.empty(0)]),
        np.concatenate([*weights, np.empty(0)]),
    )


def _integral(n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights from 0 to 1 that integrate a product of all steps but one without an error."""
    time, weight = np.polynomial.legendre.leggauss(ceil(n_steps / 2))
    return (time + 1) / 2, weight / 2


def _leaves(tree: Mapping[str, Any]) -> list[tuple[dict[int, _Step], float]]:
    """Return the way to each leaf of a tree with splits, and the leaf's value."""
    open_ways: list[tuple[int, dict[int, _Step]]] = [(0, {})]
    found = []
    while open_ways:
        split, way = open_ways.pop()
        if split < 0:
            found.append((way, tree["leaf_value"][-1 - split]))
            continue
        column, n = tree["split_feature"][split], tree["internal_count"][split]
        for name, goes_left in (("left_child", True), ("right_child", False)):
            child = tree[name][split]
            count = tree["leaf_count"][-1 - child] if child < 0 else tree["internal_count"][child]
            step = way.get(column, _Step()).narrowed(
                tree["threshold"][split], tree["decision_type"][split], count / n, goes_left=goes_left
            )
            open_ways.append((child, {**way, column: step}))
    return found
