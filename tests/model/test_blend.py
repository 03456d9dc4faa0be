"""The weight of the trees: that of the better part on many rows, near one half on few."""

import numpy as np
import pytest

from forestall.model.blend import weight_of_trees
from forestall.statistics import expit


def parts(n):
    rng = np.random.default_rng(5)
    truth = rng.normal(size=n)
    y = (rng.random(n) < expit(truth)).astype(float)
    return y, np.ones(n), truth, rng.normal(size=n)


def test_on_many_rows_the_better_part_counts():
    y, weight, good, bad = parts(20_000)
    assert weight_of_trees(y, weight, good, bad) > 0.9
    assert weight_of_trees(y, weight, bad, good) < 0.1


def test_on_few_rows_both_count():
    y, weight, good, bad = parts(20)
    assert weight_of_trees(y[:4], weight[:4], good[:4], bad[:4]) == pytest.approx(0.5, abs=0.15)
    assert weight_of_trees(y[:0], weight[:0], good[:0], bad[:0]) == 0.5


def test_parts_with_errors_of_their_own_are_mixed():
    rng = np.random.default_rng(6)
    truth = rng.normal(size=20_000)
    y = (rng.random(20_000) < expit(truth)).astype(float)
    one, two = (truth + rng.normal(size=20_000) for _ in range(2))
    assert weight_of_trees(y, np.ones(20_000), one, two) == pytest.approx(0.5, abs=0.1)
