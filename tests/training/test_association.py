"""The score test of a number and the label: exact enough under chance, and not fooled by time or by customers."""

import numpy as np
import pytest

from forestall.training.association import LabelledRows


def rows(label: np.ndarray, customer: np.ndarray | None = None, n_periods: int = 1) -> LabelledRows:
    n = len(label)
    own = np.arange(n) if customer is None else customer
    return LabelledRows(label.astype(float), own, np.arange(n) * n_periods // n)


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_under_chance_small_p_values_are_as_rare_as_they_say(share):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(2000):
        label, value = rng.random(1000) < 0.15, (rng.random(1000) < share).astype(float)
        found.append(rows(label).p_value(value))
    for level in (0.05, 0.01):
        assert np.mean(np.array(found) < level) <= 1.5 * level


def test_an_association_is_found_and_its_direction():
    rng = np.random.default_rng(1)
    value = rng.random(1000)
    label = rng.random(1000) < 0.1 + 0.3 * value
    assert rows(label).p_value(value) < 1e-6
    assert rows(label).p_value(value, is_rising=True) < 1e-6
    assert rows(label).p_value(-value, is_rising=True) > 0.999


def test_a_change_of_both_over_time_is_no_association():
    rng = np.random.default_rng(2)
    later = np.arange(2000) >= 1000
    label, value = rng.random(2000) < np.where(later, 0.4, 0.1), (rng.random(2000) < 0.1 + 0.3 * later) * 1.0
    assert rows(label).p_value(value) < 0.001
    assert rows(label, n_periods=2).p_value(value) > 0.01


def test_the_interactions_of_one_customer_count_as_one_observation():
    """Twenty customers with fifty interactions each, all of them rated alike: there is nothing beyond chance."""
    rng = np.random.default_rng(3)
    customer = np.repeat(np.arange(20), 50)
    found = []
    for _ in range(300):
        label, value = (rng.random(20) < 0.5)[customer], (rng.random(20) < 0.5)[customer] * 1.0
        found.append(rows(label, customer).p_value(value))
    assert np.mean(np.array(found) < 0.01) < 0.05
    alone = [
        rows(np.repeat(rng.random(20) < 0.5, 50)).p_value(np.repeat(rng.random(20), 50)) for _ in range(300)
    ]
    assert np.mean(np.array(alone) < 0.01) > 0.2


def test_no_value_or_no_difference_has_no_p_value():
    label = np.array([0, 1, 0, 1])
    assert np.isnan(rows(label).p_value(np.full(4, np.nan)))
    assert np.isnan(rows(label).p_value(np.full(4, 0.1)))
    assert np.isnan(rows(np.ones(4)).p_value(np.arange(4.0)))
