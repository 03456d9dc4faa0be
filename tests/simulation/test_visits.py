"""Visits of one part: in order of time, with the memory of each customer."""

import numpy as np

from forestall.simulation.visits import draw_visits
from forestall.simulation.world import Columns


def test_visits_are_in_order_and_the_same_for_a_seed() -> None:
    visits, again, other = (draw_visits(800, seed, 0.33) for seed in (1, 1, 2))
    assert (np.diff(visits["start"]) >= 0).all()
    for name, values in visits.items():
        assert len(values) == 800, name
        np.testing.assert_array_equal(values, again[name], err_msg=name)
    assert not np.array_equal(visits["start"], other["start"])


def test_customers_remember_their_earlier_visits(visits: Columns) -> None:
    """The memory of each visit is that of a loop over the visits in their order."""
    n_before: dict[int, int] = {}
    n_unresolved: dict[int, int] = {}
    last_closed: dict[int, float] = {}
    for row, customer in enumerate(visits["customer"][:5000].tolist()):
        assert visits["n_before"][row] == n_before.get(customer, 0)
        assert visits["n_unresolved"][row] == n_unresolved.get(customer, 0)
        np.testing.assert_equal(visits["last_closed"][row], last_closed.get(customer, np.nan))
        n_before[customer] = n_before.get(customer, 0) + 1
        n_unresolved[customer] = n_unresolved.get(customer, 0) + int(not visits["is_resolved"][row])
        last_closed[customer] = visits["start"][row] + visits["closed"][row]
    assert max(n_before.values()) > 2
