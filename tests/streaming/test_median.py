"""The median of numbers on the disk is that of Polars."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forestall.streaming import median
from forestall.streaming.median import NumberFile


@pytest.mark.parametrize(
    "numbers",
    [
        [3.0],
        [2.0, 1.0],
        [-1.5, 0.0, -0.0, 1e300, -1e300],
        [0.1, 0.2, 0.30000000000000004, 0.3],
        [5.0] * 6,
        list(np.random.default_rng(1).normal(size=1001)),
        list(np.random.default_rng(2).integers(-3, 4, 500) * 1.0),
    ],
)
def test_the_median_is_exact(numbers: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(median, "_AT_ONCE", 100)
    file = NumberFile(tmp_path / "numbers")
    for part in (numbers[:2], numbers[2:]):
        file.append(np.array(part))
    assert file.median() == pl.Series(numbers).median()


def test_of_no_numbers_there_is_none(tmp_path: Path) -> None:
    file = NumberFile(tmp_path / "numbers")
    assert file.median() is None
    file.append(np.empty(0))
    assert file.median() is None
