"""Folds: forward in time, by customer, one moment of an interaction."""

import numpy as np
import pytest

from forestall.model.folds import (
    customer_folds,
    draw_one_moment,
    forward_folds,
    random_folds,
    weights_of_drawn,
)

RNG = np.random.default_rng(0)
INTERACTION = np.repeat(np.arange(100), 3)
# the moments of successive interactions overlap in time
TIME = INTERACTION * 10 + np.tile([0, 15, 40], 100)


def test_forward_folds_learn_from_earlier_and_try_on_later_interactions():
    folds = forward_folds(TIME, INTERACTION, 5, 0.15)
    assert len(folds) == 5
    for learn, later in folds:
        assert set(INTERACTION[learn]).isdisjoint(INTERACTION[later])
        assert INTERACTION[learn].max() < INTERACTION[later].min()


def test_forward_blocks_are_the_latest_and_do_not_overlap():
    later = [set(INTERACTION[later]) for _, later in forward_folds(TIME, INTERACTION, 5, 0.1)]
    assert [len(block) for block in later] == [10] * 5
    assert set.union(*later) == set(range(50, 100))


def test_the_first_forward_fold_keeps_a_quarter_to_learn_from():
    learn, _ = forward_folds(TIME, INTERACTION, 5, 0.5)[0]
    assert len(set(INTERACTION[learn])) == 25


def test_forward_folds_do_not_depend_on_the_order_of_rows():
    order = RNG.permutation(len(TIME))
    plain = forward_folds(TIME, INTERACTION, 4, 0.15)
    mixed = forward_folds(TIME[order], INTERACTION[order], 4, 0.15)
    for (learn, later), (learn_mixed, later_mixed) in zip(plain, mixed, strict=True):
        assert set(order[learn_mixed]) == set(learn)
        assert set(order[later_mixed]) == set(later)


def test_random_folds_keep_a_customer_on_one_side_and_try_each_row_once():
    customer = RNG.integers(40, size=300)
    folds = random_folds(customer, 5, np.random.default_rng(1))
    for learn, held_out in folds:
        assert set(customer[learn]).isdisjoint(customer[held_out])
    assert sorted(np.concatenate([held_out for _, held_out in folds])) == list(range(300))


def test_customer_folds_have_equally_many_customers():
    fold = customer_folds(np.arange(103), 5, np.random.default_rng(0))
    assert set(np.bincount(fold)) <= {20, 21}


def test_each_interaction_gives_one_row():
    rows = draw_one_moment(INTERACTION, np.ones(300), np.random.default_rng(0))
    assert list(INTERACTION[rows]) == list(range(100))


def test_an_interaction_that_lost_moments_is_drawn_less_often():
    interaction = np.repeat(np.arange(6000), 2)
    weight = np.where(interaction % 2 == 0, 0.5, 0.15)
    rows = draw_one_moment(interaction, weight, np.random.default_rng(0))
    whole = interaction[rows] % 2 == 0
    assert whole.sum() == 3000
    assert (~whole).sum() == pytest.approx(0.3 * 3000, rel=0.1)


@pytest.mark.parametrize(("weight", "share"), [((1, 1, 1), 1 / 3), ((1, 1, 4), 2 / 3)])
def test_a_moment_is_drawn_in_proportion_to_its_weight(weight, share):
    interaction = np.repeat(np.arange(6000), 3)
    rows = draw_one_moment(interaction, np.tile(weight, 6000).astype(float), np.random.default_rng(0))
    assert np.mean(rows % 3 == 2) == pytest.approx(share, abs=0.02)


def test_the_drawn_rows_weigh_what_their_interactions_do():
    rng = np.random.default_rng(0)
    weight = np.where(INTERACTION < 20, 5 / 3, 1 / 3)
    drawn = draw_one_moment(INTERACTION, weight, rng)
    found = weights_of_drawn(INTERACTION, weight, drawn)
    np.testing.assert_allclose(found, np.where(np.arange(100) < 20, 5.0, 1.0))


@pytest.mark.parametrize("least", [1 / 3, 1.0, 0.2])
def test_where_all_weigh_the_same_or_lost_moments_were_drawn_less_often_there_are_no_weights(least):
    weight = np.full(300, least)
    weight[: 0 if least > 0.3 else 200] = 1 / 3
    drawn = draw_one_moment(INTERACTION, weight, np.random.default_rng(0))
    assert weights_of_drawn(INTERACTION, weight, drawn) is None
