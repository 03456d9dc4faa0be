"""Drift: features that moved are found with their weight, and no others."""

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.drift import drift, family_shifts

COLUMNS = {
    "wait": ("service", "Seconds waited.", False),
    "greeted": ("greeting", "Whether greeted.", False),
    "price": ("quality", "The price.", False),
}
WEIGHTS = np.array([0.3, 0.1, 0.1])


def drawn(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.exponential(1, n), rng.random(n) < 0.6, rng.normal(size=n)]).astype(float)


def seen(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return matrix, np.nan_to_num(matrix) * WEIGHTS


def test_features_without_drift_are_not_found():
    for seed in range(20):
        found = drift(seen(drawn(2000, seed)), seen(drawn(500, 100 + seed)), COLUMNS)
        assert [one.feature for one in found if one.has_moved] == []


def test_the_feature_that_drifted_comes_first_with_its_shift():
    later = drawn(2000, 1)
    later[:, 0] *= 2
    first, *rest = drift(seen(drawn(2000, 0)), seen(later), COLUMNS)
    assert (first.feature, first.family, first.has_moved) == ("wait", "service", True)
    assert not any(one.has_moved for one in rest)
    assert first.shift == pytest.approx(0.3, abs=0.05)
    assert first.now == pytest.approx(2 * first.before, rel=0.15)
    assert first.weight == pytest.approx(0.22 / (0.22 + 0.05 + 0.08), abs=0.05)


def test_a_feature_that_is_now_missing_has_drifted():
    later = drawn(400, 1)
    later[:, 2] = np.nan
    first = drift(seen(drawn(2000, 0)), seen(later), COLUMNS)[0]
    assert (first.feature, first.has_moved, first.missing_now) == ("price", True, 1.0)


def test_a_small_drift_is_not_found_even_if_it_is_significant():
    later = drawn(60_000, 1)
    later[:, 2] += 0.1
    found = {one.feature: one for one in drift(seen(drawn(60_000, 0)), seen(later), COLUMNS)}
    assert found["price"].p < 1e-6
    assert not found["price"].has_moved


def test_families_are_ordered_by_their_shift_and_the_intervals_contain_it():
    def frame(matrix: np.ndarray) -> pl.DataFrame:
        added = matrix * WEIGHTS
        names = ("service", "greeting", "history")
        return pl.DataFrame(
            {
                "interaction_id": [f"i{i}" for i in range(len(matrix))],
                "customer_id": [f"c{i // 2}" for i in range(len(matrix))],
                **{f"contribution_{name}": added[:, i] * (name != "history") for i, name in enumerate(names)},
            }
        )

    later = drawn(2000, 1)
    later[:, 0] *= 2
    service, greeting = family_shifts(frame(drawn(2000, 0)), frame(later))  # history adds nothing, ever
    assert (service.family, greeting.family) == ("service", "greeting")
    assert service.low < 0.3 < service.high
    assert greeting.low < 0 < greeting.high
