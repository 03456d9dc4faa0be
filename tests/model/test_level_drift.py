"""The shift that the next rows are expected to have, from blocks in time."""

import numpy as np
import pytest

from forestall.model.level_drift import expected_shift
from forestall.statistics import expit

BLOCK = np.repeat(np.arange(5), 2000)


def rows(shifts, n: int = 2000, seed: int = 0):
    """Return log-odds and labels of blocks; the true log-odds of each are higher by its shift."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(-1.5, 1.0, size=n * len(shifts))
    return raw, (rng.random(len(raw)) < expit(raw + np.repeat(shifts, n))).astype(float)


@pytest.mark.parametrize("shift", [-0.5, 0.5])
def test_a_shift_of_all_blocks_is_expected_to_go_on(shift):
    found = expected_shift(*rows([shift] * 5), np.ones(10_000), BLOCK)
    assert found == pytest.approx(shift, abs=0.1)
    assert abs(found) < abs(shift)  # it is shrunk


def test_shifts_that_contradict_each_other_correct_little():
    steady = expected_shift(*rows([0.3] * 5), np.ones(10_000), BLOCK)
    mixed = expected_shift(*rows([1.3, -0.7, 1.1, -0.5, 0.3]), np.ones(10_000), BLOCK)
    assert 0 <= mixed < steady / 3


@pytest.mark.parametrize("further", [0.0, 1e-9, 0.02])
def test_blocks_that_are_nearly_alike_are_no_less_uncertain_than_their_rows(further):
    """The method of DerSimonian and Laird gives them a variance below that of their rows, or none at all."""
    raw, y = rows([0.3])
    raw, y = np.tile(raw, 5) + further * BLOCK, np.tile(y, 5)
    one = expected_shift(raw, y, np.ones(len(y)), np.zeros(len(y), dtype=np.int64))
    assert expected_shift(raw, y, np.ones(len(y)), BLOCK) == pytest.approx(one, abs=0.005)


def test_few_rows_correct_little():
    raw, y = rows([0.5] * 5)
    few = np.arange(0, 10_000, 100)
    assert abs(expected_shift(raw[few], y[few], np.ones(len(few)), BLOCK[few])) < 0.1


def test_a_weight_of_2_counts_like_2_rows():
    raw, y = rows([0.2, 0.5, 0.1, 0.4, 0.3])
    twice = expected_shift(*(np.repeat(one, 2) for one in (raw, y, np.ones(len(y)), BLOCK)))
    assert expected_shift(raw, y, np.full(len(y), 2.0), BLOCK) == pytest.approx(twice, abs=1e-5)


def test_a_block_of_one_class_and_no_block_at_all_have_a_finite_shift():
    raw, y = rows([0.0] * 5)
    y[BLOCK == 4] = 0
    assert -0.2 < expected_shift(raw, y, np.ones(len(y)), BLOCK) < 0.05
    nothing = np.zeros(0)
    assert expected_shift(nothing, nothing, nothing, np.zeros(0, dtype=np.int64)) == 0


def test_the_order_of_rows_moves_nothing():
    raw, y = rows([0.2, 0.5, 0.1, 0.4, 0.3])
    order = np.random.default_rng(1).permutation(len(y))
    again = expected_shift(raw[order], y[order], np.ones(len(y)), BLOCK[order])
    assert again == expected_shift(raw, y, np.ones(len(y)), BLOCK)
