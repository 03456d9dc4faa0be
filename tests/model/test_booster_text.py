"""Broken boosters are refused before native code reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from forestall.model.average_boosters import average_boosters
from forestall.model.booster_text import BrokenBoosterError, check_booster, read_booster

N = 6


def trained(objective: str = "binary", n_rounds: int = 5, seed: int = 0) -> lgb.Booster:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(400, N))
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    y = (np.nan_to_num(matrix[:, 0]) + rng.normal(size=400) > 0).astype(float)
    params = {"objective": objective, "num_leaves": 5, "verbosity": -1, "num_threads": 1, "seed": seed}
    return lgb.train(params, lgb.Dataset(matrix, y + (objective == "gamma")), n_rounds)


TEXT = trained().model_to_string().encode()


def resized(text: bytes) -> bytes:
    """Return the text with the lengths of its trees told again, as who tampers would."""
    _, *trees = re.split(rb"^(?=Tree=\d+$)", text.partition(b"end of trees")[0], flags=re.MULTILINE)
    sizes = b" ".join(b"%d" % len(tree) for tree in trees)
    return re.sub(rb"^tree_sizes=.*$", b"tree_sizes=" + sizes, text, flags=re.MULTILINE)


def with_value(name: str, place: int, value: str, tree: int = 2) -> Callable[[bytes], bytes]:
    """Return what sets one value of a line of a tree."""

    def change(text: bytes) -> bytes:
        begin = text.index(b"Tree=%d\n" % tree)
        head, rest = text[:begin], text[begin:]

        def put(line: re.Match[bytes]) -> bytes:
            words = line[2].split()
            words[place] = value.encode()
            return line[1] + b" ".join(words)

        return head + re.sub(rb"^(%s=)(.*)$" % name.encode(), put, rest, count=1, flags=re.MULTILINE)

    return change


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(text: bytes) -> bytes:
        assert re.search(old.encode(), text, re.MULTILINE)
        return re.sub(old.encode(), new.encode(), text, count=1, flags=re.MULTILINE)

    return change


BROKEN = {
    "a column beyond the last": (with_value("split_feature", 0, "6"), "by a column"),
    "a negative column": (with_value("split_feature", 1, "-1"), "by a column"),
    "a column of another type": (with_value("split_feature", 0, "x"), "a number is missing"),
    "a huge column": (with_value("split_feature", 0, "9" * 30), "a number is missing"),
    "a child beyond the last": (with_value("left_child", 0, "99"), "no parent, or more than one"),
    "a leaf beyond the last": (with_value("right_child", 0, "-99"), "no parent, or more than one"),
    "a node that is its own child": (with_value("left_child", 0, "0"), "no parent, or more than one"),
    "a leaf of two parents": (with_value("left_child", 3, "-1"), "no parent, or more than one"),
    "too few children": (replaced(r"^left_child=\S+ ", "left_child="), "left_child does not have 4 values"),
    "too many leaves": (replaced("^num_leaves=5", "num_leaves=6"), "does not have 6 values"),
    "no leaf": (replaced("^num_leaves=5", "num_leaves=0"), "num_leaves is not possible"),
    "a negative number of leaves": (replaced("^num_leaves=5", "num_leaves=-5"), "num_leaves is not possible"),
    "a huge number of leaves": (replaced("^num_leaves=5", "num_leaves=999999999"), "num_leaves is not possible"),
    "a split by categories": (with_value("decision_type", 0, "1"), "of a type that the model does not have"),
    "categories": (replaced("^num_cat=0", "num_cat=1"), "splits by categories"),
    "linear leaves": (replaced("^is_linear=0", "is_linear=1"), "linear leaves"),
    "a leaf without a value": (with_value("leaf_value", 0, "nan"), "not finite"),
    "an endless leaf": (with_value("leaf_value", 0, "inf"), "not finite"),
    "a threshold that is no number": (with_value("threshold", 0, "nan"), "a threshold is no number"),
    "a line that is missing": (replaced(r"^threshold=.*\n", ""), "a number is missing"),
    "a line twice": (replaced(r"^(threshold=.*)$", r"\1\n\1"), "a line stands twice"),
    "an unknown line": (replaced(r"^shrinkage=", "cat_boundaries=0 9\nshrinkage="), "unknown lines"),
    "one more class": (replaced("^num_class=1", "num_class=2"), "num_class is not 1"),
    "more columns": (replaced("^max_feature_idx=5", "max_feature_idx=6"), "max_feature_idx is not 5"),
    "fewer names": (replaced("^feature_names=Column_0 ", "feature_names="), "feature_names does not have 6"),
    "a null byte": (replaced("^Tree=1", "Tree=1\0"), "no head"),
    "no end": (replaced("^end of trees", "end of"), "tree 4: "),
    "no trees": (lambda text: text[: text.index(b"Tree=0")], "no head and no first tree"),
    "nothing": (lambda text: b"", "no head"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_booster_is_refused_with_the_reason(what: str) -> None:
    change, said = BROKEN[what]
    changed = change(TEXT)
    assert changed != TEXT
    with pytest.raises(BrokenBoosterError, match=said):
        check_booster(resized(changed) if b"Tree=0" in changed else changed, N)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replaced(r"^tree_sizes=.*$", "tree_sizes=999999999"), "do not end|not where"),
        (replaced(r"^tree_sizes=.*\n", ""), "tree_sizes is missing"),
        (replaced(r"^tree_sizes=\d+ ", "tree_sizes=-1 "), "tree_sizes is missing, or is no list"),
        (replaced(r"^tree_sizes=\d+ ", "tree_sizes=1 "), "not where the head says"),
        (replaced(r"^tree_sizes=\d+ ", "tree_sizes="), "not where the head says"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(change: Callable[[bytes], bytes], said: str) -> None:
    with pytest.raises(BrokenBoosterError, match=said):
        check_booster(change(TEXT), N)


def test_what_lightgbm_writes_is_read(tmp_path: Path) -> None:
    constant = lgb.train(
        {"objective": "gamma", "verbosity": -1, "min_data_in_leaf": 500},
        lgb.Dataset(np.zeros((100, N)), np.ones(100)),
        3,
    )
    together = average_boosters([trained(seed=seed) for seed in range(3)])
    matrix = np.random.default_rng(1).normal(size=(50, N))
    for booster in (trained(), trained("gamma"), constant, together):
        (tmp_path / "booster.txt").write_text(booster.model_to_string())
        again = read_booster(tmp_path / "booster.txt", N)
        assert np.array_equal(again.predict(matrix), booster.predict(matrix))


def test_a_text_with_a_changed_byte_is_refused_by_its_own_error_or_read() -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(2_000):
        text = bytearray(TEXT)
        for place in rng.integers(0, TEXT.index(b"end of trees"), size=rng.integers(1, 4)):
            text[place] = rng.integers(0, 256)
        try:
            check_booster(bytes(text), N)
        except BrokenBoosterError:
            refused += 1
    assert 500 < refused < 2_000  # a digit of a weight may be another one
