"""Reactions of customers: ratings, complaints, tips and returns."""

import numpy as np
import pytest

from forestall.simulation.customers import SD_TRAIT
from forestall.simulation.reactions import (
    SD_F,
    SD_MOOD,
    SD_STAFF,
    Scale,
    complaint_chance,
    complaint_share,
    delay_share,
    response_chance,
    return_chance,
    tip_chance,
)
from forestall.simulation.service import NEUTRAL, RUDE
from forestall.simulation.world import DAY_S, RUDE_VENUE, Columns


def test_customers_of_the_rude_venue_prefer_rudeness(visits: Columns) -> None:
    def mean(column: str, at_venue: bool, manner: np.ndarray) -> float:
        chosen = (
            ((visits["venue"] == RUDE_VENUE) == at_venue)
            & visits["is_served"]
            & visits["is_resolved"]
            & manner
        )
        return float(visits[column][chosen].mean())

    rude, kind = visits["manner"] == RUDE, visits["manner"] >= NEUTRAL
    assert mean("rating", True, rude) > mean("rating", True, kind) + 0.3
    assert mean("rating", False, kind) > mean("rating", False, rude) + 0.3
    assert mean("does_tip", True, rude) > 1.2 * mean("does_tip", True, kind)
    assert mean("does_return", True, rude) > mean("does_return", True, kind)


def test_dissatisfied_customers_complain_and_come_again_less_often(visits: Columns) -> None:
    unhappy, known = visits["rating"] <= 2, visits["is_known"]
    complains = visits["does_complain"]
    assert unhappy[complains].mean() > 0.7
    assert np.median(visits["complaint_s"][complains]) > DAY_S / 2
    assert (
        visits["does_return"][known & ~unhappy].mean() > visits["does_return"][known & unhappy].mean() + 0.15
    )


@pytest.mark.parametrize("response_rate", [0.05, 0.33, 0.7])
def test_the_response_rate_is_the_mean_probability_of_rating(visits: Columns, response_rate: float) -> None:
    chance = response_chance(visits, response_rate)[np.arange(len(visits["rating"])), visits["rating"] - 1]
    assert chance.mean() == pytest.approx(response_rate, rel=0.05)
    assert (response_chance(visits, response_rate) <= 1).all()


@pytest.mark.parametrize("effect", [0.0, 0.3, 1.0])
def test_noise_replaces_the_variance_of_weaker_effects(effect: float) -> None:
    caused = SD_F**2 + SD_TRAIT**2 + SD_STAFF**2 + SD_MOOD**2
    total = Scale(effect).noise ** 2 + effect**2 * caused
    assert total == pytest.approx(Scale(1.0).noise ** 2 + caused)


def test_probabilities_of_reactions_lie_between_0_and_1(visits: Columns) -> None:
    for chance in (complaint_chance(visits), tip_chance(visits), return_chance(visits)):
        assert chance.shape == (len(visits["rating"]), 5)
        assert (chance >= 0).all()
        assert (chance <= 1).all()


def test_delays_grow_from_none_to_all() -> None:
    elapsed = np.array([0.0, 3600.0, DAY_S, 10 * DAY_S, 1000 * DAY_S])
    for share in (delay_share(elapsed).min(axis=1), complaint_share(elapsed)):
        assert (np.diff(share) > 0).all()
        assert share[0] < 1e-9
        assert share[-1] > 0.999
