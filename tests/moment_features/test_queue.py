"""The queue: hand examples of who waits, who was served first, and how long waits are of late."""

import math

import pytest

from companies import DAY, assert_over_time, company, features_of, picked, visit

HERE = {"venue": "Shop", "channel": "phone"}
# who  came  served
#  a      0     300
#  b     10      60   later than a, and served first
#  c     20     100   later than a and b, served before a
#  d     30       -   waits for ever
#  e     40       -   gives up at 80
#  x      5       8   in another queue
QUEUE = company(
    visit("a", 0, (300, "served", "staff"), **HERE),
    visit("b", 10, (60, "served", "staff"), **HERE),
    visit("c", 20, (100, "served", "staff"), **HERE),
    visit("d", 30, **HERE),
    visit("e", 40, (80, "abandoned", "customer"), **HERE),
    visit("x", 5, (8, "served", "staff"), venue="Shop", channel="chat"),
)


def test_who_waits_at_the_same_venue_and_channel():
    """All who have come and have not been served nor given up wait, but not the customer concerned."""
    seconds = [0, 9, 10, 40, 59, 60, 80, 100, 400]
    assert_over_time(QUEUE, "a", "service", seconds, {"queue_n": [0, 0, 1, 4, 4, 3, 2, 1, 1]})
    assert_over_time(QUEUE, "d", "service", [50, 400], {"queue_n": [4, 0]})
    assert_over_time(QUEUE, "x", "service", [50, 400], {"queue_n": [0, 0]})


@pytest.mark.parametrize(
    ("name", "second", "n"),
    [
        ("a", 59, 0),
        ("a", 60, 1),
        ("a", 100, 2),
        ("a", 900, 2),
        ("b", 900, 0),
        ("c", 900, 0),
        ("d", 100, 0),
        ("x", 900, 0),
    ],
)
def test_who_came_later_and_was_served_first(name, second, n):
    """Only those count who came later and were served before: not those who gave up, nor another queue."""
    assert features_of(QUEUE, name, second)["greeting_served_first_n"] == n


def test_served_at_the_same_time_is_not_served_first():
    """Served in the same instant is not first; who came at the same time came not later."""
    shop = company(
        *(visit(name, start, (100, "served", "staff"), **HERE) for name, start in [("a", 0), ("b", 50)]),
        visit("c", 0, (40, "served", "staff"), **HERE),
    )
    assert features_of(shop, "a", 200)["greeting_served_first_n"] == 0


def test_only_the_last_fifty_served_are_looked_at():
    """Of sixty who came later and were served first, fifty are counted."""
    later = [visit(str(i), 1 + i, (100 + i, "served", "staff"), **HERE) for i in range(60)]
    assert features_of(company(visit("a", 0, **HERE), *later), "a", 500)["greeting_served_first_n"] == 50


def test_waits_of_late():
    """The mean wait of those whose wait ended in the last seven days, without oneself, over the standard."""
    # by second 100: b waited 50 s, c 80 s, e 40 s
    assert features_of(QUEUE, "a", 100)["service_venue_wait_ratio"] == pytest.approx((50 + 80 + 40) / 3 / 90)
    assert features_of(QUEUE, "c", 100)["service_venue_wait_ratio"] == pytest.approx((50 + 40) / 2 / 90)
    assert features_of(QUEUE, "a", 59)["service_venue_wait_ratio"] is None
    assert features_of(QUEUE, "x", 100)["service_venue_wait_ratio"] is None


def test_late_is_seven_days():
    """A wait that ended seven days ago is not of late; what is usual keeps it: lean times are above 0."""
    # old: served after 10 s a week before; new: after 100 s now
    shop = company(
        visit("old", 0, (10, "served", "staff"), **HERE),
        visit("new", 7 * DAY, (7 * DAY + 100, "served", "staff"), **HERE),
        visit("a", 7 * DAY, **HERE),
    )
    just_before, after = (features_of(shop, "a", second) for second in (7 * DAY + 9, 7 * DAY + 100))
    assert picked(just_before, "service", ["venue_wait_ratio", "venue_lean"]) == pytest.approx(
        {"venue_wait_ratio": 10 / 90, "venue_lean": 0}
    )
    # of late 100 s; usual: (10 + 100 + 20 × the company's 55) / 22
    assert picked(after, "service", ["venue_wait_ratio", "venue_lean"]) == pytest.approx(
        {"venue_wait_ratio": 100 / 90, "venue_lean": math.log(101 / 56)}
    )
    assert features_of(shop, "a", 7 * DAY + 10)["service_venue_wait_ratio"] is None


def test_waiting_customers_do_not_disturb_the_waits_of_others():
    """However many were never served, in this queue and others, the mean wait is exact to the microsecond."""
    never = [visit(f"n{i}", i, venue=f"Shop {i % 3}", channel="phone") for i in range(12)]
    served = [
        visit(f"s{i}", i, (50.000001 + i, "served", "staff"), venue=f"Shop {i % 3}", channel="phone")
        for i in range(6)
    ]
    assert features_of(company(*never, *served), "n2", 500)["service_venue_wait_ratio"] == pytest.approx(
        50.000001 / 90, rel=1e-14
    )


def test_waits_of_years_add_up_to_the_microsecond():
    """Sums are kept in whole numbers: the mean of 400 waits of years and a microsecond shows it."""
    years = 3 * 365 * DAY
    waits = [visit(str(i), -years, (0.000001, "served", "staff"), **HERE) for i in range(400)]
    row = features_of(company(*waits, visit("a", 5, **HERE)), "a", 5)
    assert row["service_venue_wait_ratio"] == (years + 0.000001) / 90
