"""Expectation: hand examples of what a venue usually delivers, drawn to the company's, without oneself."""

import math

import pytest

from companies import company, features_of, picked, visit


def served(name, start, wait, venue, *more, **columns):
    """Return a visit that is served after a wait, resolved and closed."""
    end = start + wait + 50
    steps = [(start + wait, "served", "staff"), *more, (end, "resolved", "staff"), (end, "closed", "system")]
    return visit(name, start, *steps, venue=venue, **columns)


# who  venue  waits  greeted  rated
#  b   North   10    yes      5
#  c   North   40    no       2
#  d   South  100    no       4
#  a   North   70 so far
SHOPS = company(
    visit("a", 1000, (1000, "arrived", "customer"), venue="North", channel="shop", locale="en"),
    served(
        "b",
        0,
        10,
        "North",
        (5, "greeted", "staff"),
        (50, "tipped", "customer", 3.0),
        channel="shop",
        locale="en",
    ),
    served("c", 100, 40, "North", channel="shop", locale="en"),
    served("d", 200, 100, "South", channel="phone", locale="da"),
    ratings=[("a", 1, 5000), ("b", 5, 1010), ("c", 2, 1020), ("d", 4, 1030)],
)


def drawn(total, n, company_mean):
    """Return a mean drawn to the company's with the weight of twenty interactions."""
    return (total + 20 * company_mean) / (n + 20)


def test_what_a_venue_usually_delivers():
    """Waits, shares and ratings of others at the venue, drawn to the mean of all others."""
    row = features_of(SHOPS, "a", 1070)
    wait_s = drawn(50, 2, 50)
    expected = {
        "wait_vs_venue": math.log(71 / (wait_s + 1)),
        "venue_rating": drawn(7, 2, 11 / 3), "wait_vs_channel": math.log(71 / (wait_s + 1)),
        "queue_rating": drawn(7, 2, 11 / 3),
        "venue_greeted_share": drawn(1, 2, 1 / 3), "greeted_vs_venue": -drawn(1, 2, 1 / 3),
        "venue_resolved_share": 1, "venue_tip_share": drawn(1, 2, 1 / 3),
        "resolve_vs_venue": math.log(71 / (drawn(60 + 90, 2, 100) + 1)),
    }  # fmt: skip
    assert picked(row, "expectation", expected) == pytest.approx(expected)
    assert picked(row, "expectation", ["venue", "channel", "locale"]) == {
        "venue": "North",
        "channel": "shop",
        "locale": "en",
    }


def test_oneself_is_no_expectation():
    """Even when served and rated, the customer's own wait and rating are not in what is usual here."""
    late = features_of(SHOPS, "b", 6000)
    # others at North: c rated 2 and a rated 1; all others: 2, 1, 4
    assert late["expectation_venue_rating"] == pytest.approx(drawn(3, 2, 7 / 3))
    assert late["expectation_wait_vs_venue"] == pytest.approx(math.log(11 / (drawn(40, 1, 70) + 1)))


@pytest.mark.parametrize(
    ("second", "rating"),
    [(1009, None), (1010, 5), (1019, 5), (1020, drawn(7, 2, 3.5)), (1030, drawn(7, 2, 11 / 3))],
)
def test_expectations_form_as_ratings_come(second, rating):
    """A rating counts from the time at which it came; before the first nothing is known."""
    assert features_of(SHOPS, "a", second)["expectation_venue_rating"] == pytest.approx(rating)


def test_a_place_unknown_expects_what_the_company_delivers():
    """A venue never seen is expected to be as the company is; of no venue nothing is expected."""
    shops = company(
        visit("x", 2000, venue="West"),
        visit("y", 2000),
        served("b", 0, 10, "North"),
        served("c", 0, 40, "South"),
    )
    assert features_of(shops, "x", 2050)["expectation_wait_vs_venue"] == pytest.approx(math.log(51 / 26))
    assert features_of(shops, "y", 2050)["expectation_wait_vs_venue"] is None


def test_who_comes_back():
    """The share of visits by customers who had been at the venue before, less the company's; strangers do not count."""
    visits = [
        served("b", 0, 10, "North", customer_id="Ann"),
        served("c", 100, 10, "North", customer_id="Ann"),
        served("d", 200, 10, "North", customer_id="Bob"),
        served("e", 300, 10, "North"),
        served("f", 400, 10, "South", customer_id="Bob"),
        served("g", 500, 10, "South", customer_id="Bob"),
    ]
    shops = company(*visits, visit("a", 1000, venue="North", customer_id="Eve"))
    again = features_of(shops, "a", 1000)["expectation_venue_again_share"]
    assert again == pytest.approx(drawn(1, 3, 2 / 5) - 2 / 5)


def test_what_is_usual_does_not_look_ahead():
    """An issue raised after its matter was resolved does not change what was known between the two."""
    early = [visit(str(i), 0, (60, "resolved", "staff"), venue="North") for i in range(3)]
    late = [
        visit(str(i), 0, (60, "resolved", "staff"), (90, "issue_raised", "customer"), venue="North")
        for i in range(3)
    ]
    now = visit("a", 0, venue="North")
    rows = [features_of(company(*others, now), "a", 80) for others in (early, late)]
    assert (
        rows[0]["expectation_resolve_vs_venue"]
        == rows[1]["expectation_resolve_vs_venue"]
        == pytest.approx(math.log(81 / 61))
    )


# At the rude venue the rude are rated 5 and the polite 2, elsewhere it is the other way round.
RUDE, POLITE = "Shut up, you idiot", "Thank you very much, sorry about that"


def test_where_rudeness_is_the_act():
    """A venue's style shows in how its rude and its polite words are rated; there alone manner is turned round."""
    visits, ratings = [], []
    for venue, rating_of in [("Act", {RUDE: 5, POLITE: 2}), ("Bank", {RUDE: 1, POLITE: 5})]:
        for i, (text, rating) in enumerate(list(rating_of.items()) * 30):
            name = f"{venue}{i}"
            visits.append(served(name, i, 10, venue, (i + 15, "message", "staff", text)))
            ratings.append((name, rating, 1000))
        visits.append(visit(venue, 2000, (2010, "message", "staff", RUDE), venue=venue))
    shops = company(*visits, ratings=ratings)
    act, bank = (features_of(shops, venue, 2020) for venue in ("Act", "Bank"))
    assert act["expectation_venue_style"] > 0 > bank["expectation_venue_style"]
    assert act["expectation_manner_for_style"] == -act["greeting_manner"] > 0
    assert bank["expectation_manner_for_style"] is None
    # half of the texts are polite (2 courtesies), half rude (2 words, counted twice), here as there
    assert act["expectation_venue_manner"] == pytest.approx(-1)
    assert act["expectation_manner_vs_venue"] == pytest.approx(act["greeting_manner"] + 1)
