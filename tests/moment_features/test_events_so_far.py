"""Events so far: by kind and actor, up to the moment, for many moments and for a few."""

import numpy as np
import pytest

from companies import NINE, company, visit
from forestall.moment_features import Standards
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.event_columns import ANY_KIND, Amount, Count, First, Last, Since, Words
from forestall.moment_features.events_so_far import events_so_far, events_so_far_in_lists
from forestall.moment_features.table_sources import sources_of

START = int(NINE.timestamp() * 1e6)
SHOP = company(
    visit("a", 0, (1, "message", "customer", "Thank you"), (5, "message", "manager", "Thank you, thank you"),
          (9, "message", "staff"), (12, "refunded", "system", 2.35), (12, "refunded", "staff", 1.0)),
    visit("b", 0),
)  # fmt: skip
US = 1_000_000
CASES = {
    Count("message"): [0, 3, 3, 0],
    Count("message", "customer"): [0, 1, 1, 0],
    Count("message", "staff"): [0, 2, 2, 0],  # a manager is staff
    Count("message", "manager"): [0, 1, 1, 0],
    Count(ANY_KIND): [0, 3, 5, 0],
    Count("unheard_of"): [0, 0, 0, 0],
    First("message", "staff"): [None, START + 5 * US, START + 5 * US, None],
    Last(ANY_KIND): [None, START + 9 * US, START + 12 * US, None],
    Amount("refunded"): [0, 0, 335, 0],
    Since("message"): [0, 15 * US, 15 * US, 0],
    Words("staff", "n_texts"): [0, 1, 1, 0],
    Words("staff", "n_thanks"): [0, 2, 2, 0],
    Words("customer", "n_thanks"): [0, 1, 1, 0],
}


@pytest.mark.parametrize("column", CASES, ids=repr)
def test_aggregates_up_to_the_moment(column):
    events = sources_of(SHOP, Standards()).events
    place, as_of = np.array([0, 0, 0, 1]), START + np.array([0, 9, 12, 12]) * US
    groups = ColumnsBySource([column]).events
    assert events_so_far_in_lists(events, place, as_of, groups)[column.name] == CASES[column]
    many = events_so_far(events, place, as_of, groups)[column.name].tolist()
    assert [None if value != value else value for value in many] == CASES[column]  # noqa: PLR0124 - NaN


def test_no_moments_and_no_events():
    groups = ColumnsBySource([Count("message"), First("message")]).events
    none = np.array([], dtype=np.int64)
    events = sources_of(SHOP, Standards()).events
    assert [len(values) for values in events_so_far(events, none, none, groups).values()] == [0, 0]
    empty = sources_of(company(visit("a", 0)), Standards()).events
    assert events_so_far(empty, np.array([0]), np.array([START]), groups)["count message"].tolist() == [0]
