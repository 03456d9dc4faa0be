"""Customers: who comes into which slot, and who stays unknown."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forestall.simulation.customers import ANONYMOUS_SHARE, REGION_OF_VENUE, WEEK_S, Customers, _pair
from forestall.simulation.world import IN_STORE, Columns, world

GROUPS = st.lists(st.integers(0, 3), max_size=12)


@given(GROUPS, GROUPS, st.integers(0, 99))
def test_pairs_agree_and_are_as_many_as_possible(group: list[int], wanted: list[int], seed: int) -> None:
    """Each index occurs at most once; each value has the smaller of its two counts of pairs."""
    left, right = (np.array(values, dtype=int) for values in (group, wanted))
    at, who = _pair(left, right, np.random.default_rng(seed))
    assert len(set(at.tolist())) == len(at)
    assert len(set(who.tolist())) == len(who)
    assert (left[at] == right[who]).all()
    assert len(at) == sum(min(group.count(value), wanted.count(value)) for value in range(4))


def test_a_customer_comes_at_most_once_a_week_and_stays_in_the_region(visits: Columns) -> None:
    weeks = (visits["start"] // WEEK_S).astype(int)
    assert len(set(zip(visits["customer"], weeks, strict=True))) == len(weeks)
    region = REGION_OF_VENUE[visits["venue"]]
    first_region = dict(zip(visits["customer"][::-1].tolist(), region[::-1].tolist(), strict=True))
    assert [first_region[customer] for customer in visits["customer"].tolist()] == region.tolist()


def test_a_share_of_first_visits_to_stores_stays_unknown(visits: Columns) -> None:
    first_in_store = (visits["n_before"] == 0) & (visits["channel"] == IN_STORE)
    assert abs((~visits["is_known"][first_in_store]).mean() - ANONYMOUS_SHARE) < 0.02
    assert visits["is_known"][(visits["n_before"] == 0) & (visits["channel"] != IN_STORE)].all()
    assert visits["is_known"][visits["n_before"] > 0].all()


def test_only_known_customers_who_return_are_due() -> None:
    customers = Customers(world(), 3)
    visit = {
        "customer": np.arange(3),
        "start": np.zeros(3),
        "closed": np.full(3, 60.0),
        "ratio": np.zeros(3),
        "is_resolved": np.array([True, False, True]),
        "is_known": np.array([True, True, False]),
    }
    customers.remember(visit, np.array([True, False, True]), np.full(3, 2 * WEEK_S))
    assert customers.who["due_week"].tolist() == [3, -1, -1]
    assert customers.history["n_unresolved"].tolist() == [0, 1, 0]
    assert customers.history["last_closed"].tolist() == [60.0] * 3
