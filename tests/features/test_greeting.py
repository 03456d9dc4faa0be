"""Greeting: hand examples of being welcomed or ignored, and of the manner of words."""

import pytest
from companies import company, features_of, picked, visit

# second  who       what is said
CHAT = visit(
    "a", 0,
    (0, "arrived", "customer"),
    (30, "greeted", "staff", "Hello Anna, welcome!"),                  # 2 greetings, a name
    (50, "message", "customer", "My order is late. Where is it??"),    # a negative word
    (80, "message", "staff", "Sorry for the delay, thank you!"),       # an apology, thanks
    (95, "message", "staff", "Shut up."),                              # a rude word
    (99, "message", "customer", "TERRIBLE, you idiot"),                # negative, rude and shouted
    locale="en-ZA", channel="chat",
)  # fmt: skip


@pytest.mark.parametrize(
    ("second", "greeted", "greet_s", "ignored_s"), [(29, None, None, None), (30, 1, 30, 30), (60, 1, 30, 30)]
)
def test_greeted_and_how_soon(second, greeted, greet_s, ignored_s):
    """How soon the customer was greeted; before any greeting anywhere nothing is known."""
    expected = {"greeted": greeted, "greet_s": greet_s, "ignored_s": ignored_s, "greet_ratio": greet_s and greet_s / 90}
    assert picked(features_of(company(CHAT), "a", second), "greeting", expected) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("events", "greeted", "greet_s", "ignored_s"),
    [
        ([], 0, 200, 200),                                                     # ignored until now
        ([(80, "served", "staff")], 0, 200, 80),                               # served without a greeting
        ([(80, "served", "staff"), (90, "greeted", "staff")], 1, 90, 80),      # greeted too late
        ([(80, "abandoned", "customer")], 0, 80, 80),                          # gone
    ],
)  # fmt: skip
def test_ignored(events, greeted, greet_s, ignored_s):
    """Who is neither greeted nor served is ignored until now, or until giving up."""
    row = features_of(company(CHAT, visit("b", 0, *events)), "b", 200)
    assert picked(row, "greeting", ["greeted", "greet_s", "ignored_s"]) == {"greeted": greeted, "greet_s": greet_s, "ignored_s": ignored_s}


def test_greeted_by_whom():
    """A manager's greeting is told from that of staff."""
    shop = company(visit("a", 0, (5, "greeted", "staff")), visit("b", 0, (5, "greeted", "manager")))
    assert [features_of(shop, name, 10)["greeting_by_manager"] for name in "ab"] == [0, 1]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (29, {"by_name": None, "in_language": None, "manner": None, "greetings_n": None, "rude_n": None, "customer_tone": None}),
        (30, {"by_name": 1, "in_language": 1, "manner": 0, "greetings_n": 2, "rude_n": 0, "customer_tone": None}),
        (60, {"by_name": 1, "in_language": 1, "manner": 0, "greetings_n": 2, "rude_n": 0, "customer_tone": -1}),
        # courtesies per text of staff: an apology and thanks, in two texts
        (90, {"by_name": 1, "in_language": 1, "manner": 1, "greetings_n": 2, "thanks_n": 1, "apologies_n": 1, "rude_n": 0}),
        # and once rude, which counts twice, in three
        (95, {"manner": (2 - 2 * 1) / 3, "rude_n": 1, "customer_rude_n": 0, "customer_shouts_n": 0}),
        (99, {"manner": 0, "customer_tone": -3 / 2, "customer_negative_n": 2, "customer_rude_n": 1, "customer_shouts_n": 1,
              "customer_words_n": 10, "customer_thanks_n": 0}),
    ],
)  # fmt: skip
def test_manner_of_the_words(second, expected):
    """Courtesies less twice the rude words, per text; the customer's own words apart; null before a word is said."""
    assert picked(features_of(company(CHAT), "a", second), "greeting", expected) == pytest.approx(expected)


@pytest.mark.parametrize(("locale", "share"), [("en-GB", 0.5), ("da-DK", 0.5), ("fr", 0), (None, None)])
def test_in_the_customers_language(locale, share):
    """The share of the staff's texts in the customer's language; a text of no known language is left out."""
    events = [(5, "message", "staff", "Good morning, how can I help you today?"), (6, "message", "staff", "Det skal vi nok hjælpe dig med, hav en god dag"), (7, "message", "staff", "12345")]
    assert features_of(company(visit("a", 0, *events, locale=locale)), "a", 10)["greeting_in_language"] == share


def test_words_by_nobody_are_not_the_staffs():
    """What the system or nobody says is neither the staff's manner nor the customer's tone."""
    shop = company(visit("a", 0, (5, "message", "system", "Thank you, idiot"), (6, "message", None, "Thank you, idiot")))
    row = features_of(shop, "a", 10)
    assert row["greeting_manner"] is None
    assert row["greeting_customer_tone"] is None
