"""Time windows: forward in time, with labels known by then, and split by customer if there is no time."""

import numpy as np
import pytest

from forestall.model.matrix import Coded
from forestall.model.time_windows import joint_loss, windows_of
from forestall.model.training_sample import Sample

N = 400


def sample(time: bool = True) -> Sample:
    """Return rows whose only feature is their number; two rows for each customer."""
    rows = np.arange(N)
    return Sample(
        Coded(rows[:, None].astype(float), {}, {}),
        (rows % 3 == 0).astype(float),
        np.ones(N),
        rows // 2,
        rows,
        rows if time else None,
    )


def rows_of(part) -> np.ndarray:
    return part[0][:, 0].astype(int)


def test_each_window_is_later_than_the_rows_it_learns_from():
    windows = windows_of(sample(), 3, 0.2, 7)
    assert [len(rows_of(one.later)) for one in windows] == [80, 80, 80]
    assert all(rows_of(one.learn).max() < rows_of(one.later).min() for one in windows)
    assert rows_of(windows[-1].later).max() == N - 1


def test_rows_with_labels_not_known_by_then_are_not_learnt_from():
    rows = np.arange(N)
    windows = windows_of(sample(), 3, 0.2, 7, known=(rows, rows + 50))
    for one in windows:
        assert rows_of(one.learn).max() + 50 < rows_of(one.later).min()
    assert windows_of(sample(), 3, 0.2, 7, known=(rows, rows + N)) == []


def test_without_a_time_no_customer_is_on_both_sides():
    windows = windows_of(sample(time=False), 3, 0.2, 7)
    for one in windows:
        assert not set(rows_of(one.learn) // 2) & set(rows_of(one.later) // 2)
    assert sorted(np.concatenate([rows_of(one.later) for one in windows])) == list(range(N))


def test_all_windows_share_one_number_of_rounds():
    curves = [np.array([0.9, 0.5, 0.7]), np.array([0.8, 0.8, 0.2])]
    assert joint_loss(curves, [1.0, 1.0]) == (pytest.approx(0.45), 3)
    assert joint_loss(curves, [9.0, 1.0]) == (pytest.approx(0.53), 2)
