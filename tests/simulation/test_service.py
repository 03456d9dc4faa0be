"""The service of a visit: facts that agree with each other and come in order."""

import numpy as np

from forestall.simulation.service import (
    MAX_TRANSFERS,
    NEUTRAL,
    POLITE,
    RUDE,
    apology_chance,
    escalation_chance,
    hold_chance,
    solution_chance,
    transfer_mean,
)
from forestall.simulation.world import IN_STORE, PHONE, Columns, world


def test_a_customer_who_is_not_served_meets_no_staff(visits: Columns) -> None:
    alone = ~visits["is_served"]
    assert alone.any()
    for name in ("is_greeted", "by_name", "is_foreign", "is_fault", "is_escalated", "is_sorry", "is_solved"):
        assert not visits[name][alone].any(), name
    assert (visits["manner"][alone] == NEUTRAL).all()
    assert (visits["is_resolved"][alone] == visits["self_solved"][alone]).all()


def test_times_of_a_visit_are_in_order(visits: Columns) -> None:
    """Times are rounded to milliseconds, so two of them may differ by one."""
    served = visits["is_served"]
    assert (visits["responded"][served] >= visits["wait"][served]).all()
    assert (visits["closed"] >= visits["settled"] - 0.002)[~visits["has_left"]].all()
    again = visits["is_reopened"]
    assert (visits["reopened"][again] >= visits["first_resolved"][again]).all()
    twice = again & visits["is_resolved"]
    assert (visits["second_resolved"][twice] >= visits["reopened"][twice]).all()
    greeted = visits["is_greeted"]
    assert (visits["greeted"][greeted] <= visits["wait"][greeted] + 1e-9).all()


def test_counts_and_manners_keep_their_limits(visits: Columns) -> None:
    assert set(np.unique(visits["manner"])) == set(range(RUDE, POLITE + 1))
    assert visits["n_transfers"].min() == 0
    assert visits["n_transfers"].max() == MAX_TRANSFERS
    assert set(np.unique(visits["tone_level"])) == {0, 1, 2}


def test_probabilities_lie_between_0_and_1(visits: Columns) -> None:
    chances = (
        hold_chance(visits),
        escalation_chance(visits),
        solution_chance(world(), visits),
        apology_chance(visits),
    )
    for chance in chances:
        assert (chance >= 0).all()
        assert (chance <= 1).all()
    assert (transfer_mean(world(), visits) > 0).all()


def test_a_difficult_issue_is_solved_less_often_and_passed_on_more(visits: Columns) -> None:
    harder = visits | {"difficulty": visits["difficulty"] + 1}
    assert (solution_chance(world(), harder) < solution_chance(world(), visits)).all()
    assert (escalation_chance(harder) > escalation_chance(visits)).all()
    assert (transfer_mean(world(), harder) >= transfer_mean(world(), visits)).all()
    phone, store = (visits["channel"] == channel for channel in (PHONE, IN_STORE))
    assert (hold_chance(harder)[phone] > hold_chance(visits)[phone]).all()
    assert (hold_chance(visits)[store] == 0.06).all()
