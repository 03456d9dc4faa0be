"""The text of a LightGBM model, checked before native code reads it: that code ends the process on a broken text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

_COUNT = re.compile(rb"\d{1,9}")
_MAX_LEAVES = 131_072
_INFOS = "feature_infos="
# of each split and of each leaf: the type of the values
_OF_SPLITS: dict[str, type] = {
    "split_feature": np.int64,
    "threshold": np.float64,
    "decision_type": np.int64,
    "left_child": np.int64,
    "right_child": np.int64,
    "split_gain": np.float64,
    "internal_value": np.float64,
    "internal_weight": np.float64,
    "internal_count": np.int64,
}
_OF_LEAVES: dict[str, type] = {"leaf_value": np.float64, "leaf_weight": np.float64, "leaf_count": np.int64}
_ALONE = {"num_leaves", "num_cat", "is_linear", "shrinkage"}
# a default side (2), and how missing values are told (0, 4 or 8); an odd number is a split by categories
_DECISIONS = (0, 2, 4, 6, 8, 10)


MISSING_GOES_LEFT = {0: None, 2: None, 8: False, 10: True}
"""Whether a missing value goes left, by the type of a split; None: it is read as 0. Our models have no other types."""


class BrokenBoosterError(ValueError):
    """The text of a booster is not as LightGBM writes it."""


def read_booster(file: Path, n_columns: int) -> lgb.Booster:
    """Return the booster of a text file.

    Parameters
    ----------
    file
        The file.
    n_columns
        The number of its columns.

    Raises
    ------
    BrokenBoosterError
        The text is not as LightGBM writes it.
    """
    text = file.read_bytes()
    check_booster(text, n_columns)
    return lgb.Booster(model_str=text.decode("utf-8"))


def check_booster(text: bytes, n_columns: int) -> None:
    """Check the structure of a booster: its columns, the lengths of its trees, and each node of each tree.

    LightGBM trusts these numbers: it reads beyond its arrays, or without end, where they are wrong.

    Raises
    ------
    BrokenBoosterError
        Something is missing or does not fit. The message says what, and in which tree.
    """
    head, found, _ = text.partition(b"\nTree=0\n")
    if not found or not text.startswith(b"tree\n") or b"\0" in text:
        raise BrokenBoosterError("it has no head and no first tree")
    _check_head(_fields(head), n_columns)
    begin = len(head) + 1
    for number, size in enumerate(_sizes(head)):
        tree = text[begin : begin + size]
        begin += size
        if (
            not tree.startswith(b"Tree=%d\n" % number)
            or not tree.endswith(b"\n")
            or tree.count(b"Tree=") != 1
        ):
            raise BrokenBoosterError(f"tree {number} is not where the head says")
        try:
            _check_tree(_fields(tree), n_columns)
        except (BrokenBoosterError, ValueError, OverflowError, KeyError) as error:
            reason = error if isinstance(error, BrokenBoosterError) else "a number is missing or is none"
            raise BrokenBoosterError(f"tree {number}: {reason}") from None
    if not text[begin:].startswith(b"end of trees\n"):
        raise BrokenBoosterError("its trees do not end where the head says")


def tree_fields(text: bytes) -> list[dict[str, Any]]:
    """Return what the text of a booster says of each tree: its splits and leaves, as lists, and `num_cat`.

    A tree without splits has empty lists of splits.
    """
    _, _, trees = text.partition(b"\nTree=")
    found = []
    for tree in trees.partition(b"\nend of trees")[0].split(b"\nTree="):
        fields = _fields(tree)
        lists = {
            name: np.array(fields.get(name, b"").split(), dtype=kind).tolist()
            for name, kind in (_OF_SPLITS | _OF_LEAVES).items()
        }
        found.append({**lists, "num_cat": int(fields["num_cat"])})
    return found


def has_known_splits(trees: list[dict[str, Any]]) -> bool:
    """Return whether all splits of trees are of a type in `MISSING_GOES_LEFT`; LightGBM follows others too.

    Parameters
    ----------
    trees
        The result of `tree_fields`.
    """
    return all(not tree["num_cat"] and set(tree["decision_type"]) <= set(MISSING_GOES_LEFT) for tree in trees)


def _fields(text: bytes) -> dict[str, bytes]:
    """Return the lines `key=value` of a text; a key that stands twice is an error."""
    found: dict[str, bytes] = {}
    for line in text.split(b"\n"):
        key, is_field, value = line.partition(b"=")
        name = key.decode("latin-1")
        if is_field and name in found:
            raise BrokenBoosterError("a line stands twice")
        if is_field:
            found[name] = value
    return found


def _check_head(head: Mapping[str, bytes], n_columns: int) -> None:
    wanted = {"num_class": b"1", "num_tree_per_iteration": b"1", "max_feature_idx": b"%d" % (n_columns - 1)}
    for name, value in wanted.items():
        if head.get(name) != value:
            raise BrokenBoosterError(f"{name} is not {value.decode()}")
    for name in ("feature_names", "feature_infos"):
        if len(head.get(name, b"").split(b" ")) != n_columns:
            raise BrokenBoosterError(f"{name} does not have {n_columns} values")


def _sizes(head: bytes) -> list[int]:
    """Return the length of each tree, bytes."""
    words = _fields(head).get("tree_sizes", b"").split(b" ")
    if not all(_COUNT.fullmatch(word) for word in words):
        raise BrokenBoosterError("tree_sizes is missing, or is no list of lengths")
    return [int(word) for word in words]


def _check_tree(tree: Mapping[str, bytes], n_columns: int) -> None:
    unknown = set(tree) - {"Tree", *_ALONE, *_OF_SPLITS, *_OF_LEAVES}
    if unknown or tree["num_cat"] != b"0" or tree.get("is_linear", b"0") != b"0":
        raise BrokenBoosterError("it has splits by categories, linear leaves or unknown lines")
    if (
        not _COUNT.fullmatch(tree["num_leaves"])
        or not 1 <= (n_leaves := int(tree["num_leaves"])) <= _MAX_LEAVES
    ):
        raise BrokenBoosterError("num_leaves is not possible")
    # the one leaf of a tree without splits has no weight
    of_leaves = _OF_LEAVES if n_leaves > 1 else {"leaf_value": np.float64}
    values = _values(tree, of_leaves, n_leaves)
    if not np.isfinite(values["leaf_value"]).all() or not np.isfinite(float(tree["shrinkage"])):
        raise BrokenBoosterError("a value of a leaf is not finite")
    if n_leaves > 1:
        _check_splits(_values(tree, _OF_SPLITS, n_leaves - 1), n_leaves, n_columns)


def _values(tree: Mapping[str, bytes], types: Mapping[str, type], n: int) -> dict[str, Any]:
    """Return the columns of numbers of a tree, of `n` values each."""
    columns: dict[str, Any] = {name: np.array(tree[name].split(), dtype=kind) for name, kind in types.items()}
    for name, values in columns.items():
        if len(values) != n:
            raise BrokenBoosterError(f"{name} does not have {n} values")
    return columns


def _check_splits(splits: Mapping[str, Any], n_leaves: int, n_columns: int) -> None:
    """Check that the splits are a tree: each node but the first has one parent, and its parent's number is lower."""
    feature, left, right = (splits[name] for name in ("split_feature", "left_child", "right_child"))
    if feature.min() < 0 or feature.max() >= n_columns:
        raise BrokenBoosterError("a split is by a column that the model does not have")
    if not np.isin(splits["decision_type"], _DECISIONS).all():
        raise BrokenBoosterError("a split is of a type that the model does not have")
    if np.isnan(splits["threshold"]).any():
        raise BrokenBoosterError("a threshold is no number")
    children, parents = np.concatenate([left, right]), np.tile(np.arange(n_leaves - 1), 2)
    is_leaf = children < 0
    leaves = np.sort(~children[is_leaf])
    nodes = np.sort(children[~is_leaf])
    if not np.array_equal(leaves, np.arange(n_leaves)) or not np.array_equal(
        nodes, np.arange(1, n_leaves - 1)
    ):
        raise BrokenBoosterError("a node has no parent, or more than one")
    if (children[~is_leaf] <= parents[~is_leaf]).any():
        raise BrokenBoosterError("a node is its own descendant")


def seen_ranges(booster: lgb.Booster) -> list[tuple[float, float] | None]:
    """Return the smallest and largest value of each feature in training; None if all its values were the same.

    LightGBM writes them as `feature_infos`: `[low:high]`, or `none`.
    """
    lines = booster.model_to_string(num_iteration=1).splitlines()
    infos = next(line for line in lines if line.startswith(_INFOS)).removeprefix(_INFOS)
    ranges: list[tuple[float, float] | None] = []
    for info in infos.split(" "):
        low, is_range, high = info.strip("[]").partition(":")
        ranges.append((float(low), float(high)) if is_range else None)
    return ranges
