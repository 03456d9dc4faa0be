"""History: hand examples of one customer so far."""

import math

import pytest

from companies import DAY, company, features_of, picked, visit

# Ann's visits, by day:
#   0  "old"     waits 30 s, resolved, closed; rated 2 on day 1
#  40  "lost"    waits 90 s, never resolved, closed; rated 4 on day 55
#  50  "back"    waits 60 s, resolved, reopened an hour after day 61 began; never closed; not rated
#  60  "now"     the one looked at, at North by phone
D = DAY
NORTH, SOUTH = (
    {"customer_id": "Ann", "venue": "North", "channel": "phone"},
    {"customer_id": "Ann", "venue": "South", "channel": "chat"},
)
ANN = company(
    visit("old", 0, (30, "served", "staff"), (80, "resolved", "staff"), (90, "closed", "system"), **NORTH),
    visit("lost", 40 * D, (40 * D + 90, "served", "staff"), (40 * D + 100, "closed", "system"), **SOUTH),
    visit(
        "back", 50 * D,
        (50 * D + 60, "served", "staff"), (50 * D + 70, "resolved", "staff"),
        (61 * D + 3600, "reopened", "customer"),
        **NORTH,
    ),
    visit("now", 60 * D, (60 * D + 20, "served", "staff"), customer_value=250.0, **NORTH),
    visit("bob", 60 * D, (60 * D + 20, "served", "staff"), customer_id="Bob", venue="North", channel="phone"),
    visit("nobody", 60 * D, venue="North", channel="phone"),
    ratings=[("old", 2, D), ("lost", 4, 55 * D), ("now", 1, 62 * D)],
)  # fmt: skip


def test_this_customer_so_far():
    """Contacts, ratings, days since, what is unresolved and what this customer is used to."""
    expected = {
        "contact_n": 3, "contact_30d_n": 2, "since_last_days": 10, "tenure_days": 60,
        "rated_n": 2, "rated_share": 2 / 3, "rating_mean": 3, "rating_min": 2,
        "rating_last": 4, "rating_trend": 1,
        "unresolved_n": 1, "unresolved_share": 1 / 3, "last_unresolved": 0, "open_n": 1,
        "wait_mean_s": 60, "wait_last_s": 60, "wait_vs_own": math.log(1 / 61),
        "same_venue_share": 2 / 3, "same_channel_share": 2 / 3, "is_known": 1, "customer_value": 250,
    }  # fmt: skip
    assert picked(features_of(ANN, "now", 60 * D), "history", expected) == pytest.approx(expected)


def test_the_past_goes_on_after_the_start():
    """An earlier visit that is reopened since is unresolved again; this visit's own rating is no past one."""
    before, after = (features_of(ANN, "now", second) for second in (61 * D + 3599, 61 * D + 3600))
    assert (before["history_unresolved_n"], before["history_last_unresolved"]) == (1, 0)
    assert (after["history_unresolved_n"], after["history_last_unresolved"]) == (2, 1)
    assert features_of(ANN, "now", 70 * D)["history_rating_mean"] == 3


@pytest.mark.parametrize(
    ("second", "mean", "last"), [(D - 1, None, None), (D, 2, 2), (55 * D - 1, 2, 2), (55 * D, 3, 4)]
)
def test_ratings_count_once_given(second, mean, last):
    """An earlier rating counts from its time on: seen from a visit on the first day that never ends."""
    visits = [visit(name, start, customer_id="Ann") for name, start in [("old", 0), ("lost", 1), ("now", 2)]]
    row = features_of(company(*visits, ratings=[("old", 2, D), ("lost", 4, 55 * D)]), "now", second)
    assert (row["history_rating_mean"], row["history_rating_last"]) == (mean, last)


def test_who_is_new_and_who_is_unknown():
    """A new customer has no contacts; of one who is not known, nothing is known."""
    bob, nobody = (features_of(ANN, name, 60 * D) for name in ("bob", "nobody"))
    assert picked(bob, "history", ["contact_n", "rated_n", "rating_mean", "unresolved_n", "is_known"]) == {
        "contact_n": 0, "rated_n": 0, "rating_mean": None, "unresolved_n": 0, "is_known": 1,
    }  # fmt: skip
    assert {name for name, value in nobody.items() if name.startswith("history_") and value is not None} == {
        "history_is_known"
    }
    assert nobody["history_is_known"] == 0


def test_earlier_is_strictly_before():
    """Two contacts at once are not each other's past."""
    shop = company(visit("a", 5, customer_id="Ann"), visit("b", 5, customer_id="Ann"))
    assert (
        features_of(shop, "a", 10)["history_contact_n"]
        == features_of(shop, "b", 10)["history_contact_n"]
        == 0
    )


def test_only_the_last_fifty():
    """Of a firm that comes every day, the last fifty contacts count."""
    shop = company(*(visit(str(i), i * D, customer_id="Firm") for i in range(70)))
    row = features_of(shop, "69", 69 * D)
    assert picked(row, "history", ["contact_n", "contact_30d_n", "tenure_days"]) == {
        "contact_n": 50,
        "contact_30d_n": 30,
        "tenure_days": 50,
    }


def test_an_end_that_is_never_recorded_is_not_open():
    """Where a company records no closing, whether earlier contacts are still open is not known."""
    shop = company(
        visit("a", 0, (5, "served", "staff"), customer_id="Ann"), visit("b", 100, customer_id="Ann")
    )
    assert features_of(shop, "b", 100)["history_open_n"] is None


def test_of_two_visits_on_a_day_the_order_of_the_rows_tells_nothing():
    """Where only days are known many visits begin at once: the last of them is the same whichever row comes first."""
    tables = company(
        visit("a", 0, (10, "served", "staff"), (20, "closed", "system"), **NORTH),
        visit("b", 0, (3600, "served", "staff"), (3610, "resolved", "staff"), (3620, "closed", "system"), **NORTH),
        visit("now", 9 * D, (9 * D + 20, "served", "staff"), **NORTH),
        ratings=[("a", 5, D), ("b", 1, D)],
    )  # fmt: skip
    turned = tables.replace(interactions=tables.interactions.reverse())
    told = [features_of(one, "now", 9 * D + 30) for one in (tables, turned)]
    assert told[0]["history_rating_last"] == 1  # of "b", whose name comes last
    assert told[0] == told[1]
