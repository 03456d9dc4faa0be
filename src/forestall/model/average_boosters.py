"""Several boosters as one, whose log-odds are their mean."""

from __future__ import annotations

import re
from collections.abc import Sequence

import lightgbm as lgb


def average_boosters(boosters: Sequence[lgb.Booster]) -> lgb.Booster:
    """Return one booster whose log-odds are the mean of those of several.

    It holds the trees of all boosters, with their leaf values divided by the number of boosters. The text of a LightGBM
    model is a head, which lists the length of each tree, the trees, and a tail.

    Parameters
    ----------
    boosters
        At least one; all of the same columns.
    """
    trees: list[str] = []
    for booster in boosters:
        head, *own = re.split(r"^(?=Tree=\d+$)", booster.model_to_string(), flags=re.MULTILINE)
        own[-1], end, tail = own[-1].partition("end of trees")
        trees += [_divided(tree, len(trees) + place, len(boosters)) for place, tree in enumerate(own)]
    sizes = " ".join(str(len(tree.encode())) for tree in trees)
    head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE)
    return lgb.Booster(model_str=head + "".join(trees) + end + tail)


def _divided(tree: str, number: int, by: int) -> str:
    """Return the text of a tree with another number, and its values divided."""

    def divide(line: re.Match[str]) -> str:
        return line[1] + " ".join(repr(float(value) / by) for value in line[2].split())

    tree = re.sub(r"^Tree=\d+$", f"Tree={number}", tree, flags=re.MULTILINE)
    return re.sub(r"^((?:leaf|internal)_value=)(.*)$", divide, tree, flags=re.MULTILINE)
