"""Seeded draws: the same for ever, even over all names, and another for each purpose."""

import numpy as np
import polars as pl

from forestall.moments.seeded_draws import SeededDraws, draw_rows

NAMES = pl.Series([f"i{number}" for number in range(20_000)])


def test_it_is_the_same_for_ever():
    """These numbers must never change: splits and moments of old trainings would."""
    made = SeededDraws(pl.Series(["i0", "Bjørn", ""]), seed=7).uniform("test part")
    assert made.tolist() == [0.9611390696052844, 0.9582586246915435, 0.8064619444273036]


def test_it_is_even_and_of_each_purpose_its_own():
    chance = SeededDraws(NAMES, seed=7)
    one, other = chance.uniform("one"), chance.uniform("other")
    for made in (one, other):
        assert (made >= 0).all()
        assert (made < 1).all()
        counts, _ = np.histogram(made, bins=20, range=(0, 1))
        assert (
            (counts - 1000) ** 2 / 1000
        ).sum() < 43.8  # chi-squared, 19 degrees of freedom, one in a thousand
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(one, SeededDraws(NAMES, seed=8).uniform("one"))[0, 1]) < 0.03


def test_neither_the_order_nor_other_rows_matter():
    some = SeededDraws(NAMES[::-7], seed=7).uniform("one")
    assert (some == SeededDraws(NAMES, seed=7).uniform("one")[::-7]).all()


def test_rows_are_drawn_by_their_name_in_their_order():
    rows = pl.DataFrame({"interaction_id": NAMES, "place": range(len(NAMES))})
    few = draw_rows(rows, 500, 7, "one")
    assert few.height == 500
    assert few["place"].is_sorted()
    assert set(draw_rows(rows[::-1], 500, 7, "one")["interaction_id"]) == set(few["interaction_id"])
    assert draw_rows(few, 500, 7, "one").equals(few)
