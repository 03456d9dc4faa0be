"""Greeting: hand examples of being welcomed or ignored, and of the manner of words."""

import pytest

from companies import assert_over_time, company, features_of, picked, visit

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


def test_greeted_and_how_soon():
    """How soon the customer was greeted; before any greeting anywhere nothing is known."""
    expected = {
        "greeted": [None, 1, 1],
        "greet_s": [None, 30, 30],
        "greet_ratio": [None, 30 / 90, 30 / 90],
        "ignored_s": [None, 30, 30],
    }
    assert_over_time(company(CHAT), "a", "greeting", [29, 30, 60], expected)


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
    assert picked(row, "greeting", ["greeted", "greet_s", "ignored_s"]) == {
        "greeted": greeted,
        "greet_s": greet_s,
        "ignored_s": ignored_s,
    }


def test_greeted_by_whom():
    """A manager's greeting is told from that of staff."""
    shop = company(visit("a", 0, (5, "greeted", "staff")), visit("b", 0, (5, "greeted", "manager")))
    assert [features_of(shop, name, 10)["greeting_by_manager"] for name in "ab"] == [0, 1]


def test_manner_of_the_words():
    """Courtesies less twice the rude words, per text; the customer's apart; null before a word is said."""
    expected = {
        "by_name": [None, 1, 1, 1, 1, 1],
        "in_language_share": [None, 1, 1, 1, 1, 1],
        # two courtesies in two texts; with a rude word, which counts twice, in three
        "manner": [None, 0, 0, 2 / 2, (2 - 2) / 3, 0],
        "greetings_n": [None, 2, 2, 2, 2, 2],
        "thanks_n": [None, 0, 0, 1, 1, 1],
        "apologies_n": [None, 0, 0, 1, 1, 1],
        "rude_n": [None, 0, 0, 0, 1, 1],
        "customer_tone": [None, None, -1, -1, -1, -3 / 2],
        "customer_negative_n": [None, None, 1, 1, 1, 2],
        "customer_rude_n": [None, None, 0, 0, 0, 1],
        "customer_shouts_n": [None, None, 0, 0, 0, 1],
        "customer_thanks_n": [None, None, 0, 0, 0, 0],
        "customer_words_n": [None, None, 7, 7, 7, 10],
    }
    assert_over_time(company(CHAT), "a", "greeting", [29, 30, 60, 90, 95, 99], expected)


@pytest.mark.parametrize(("locale", "share"), [("en-GB", 0.5), ("da-DK", 0.5), ("fr", 0), (None, None)])
def test_in_the_customers_language(locale, share):
    """The share of the staff's texts in the customer's language; a text of no known language is left out."""
    events = [
        (5, "message", "staff", "Good morning, how can I help you today?"),
        (6, "message", "staff", "Det skal vi nok hjælpe dig med, hav en god dag"),
        (7, "message", "staff", "12345"),
    ]
    assert (
        features_of(company(visit("a", 0, *events, locale=locale)), "a", 10)["greeting_in_language_share"]
        == share
    )


def test_words_by_nobody_are_not_the_staffs():
    """What the system or nobody says is neither the staff's manner nor the customer's tone."""
    shop = company(
        visit("a", 0, (5, "message", "system", "Thank you, idiot"), (6, "message", None, "Thank you, idiot"))
    )
    row = features_of(shop, "a", 10)
    assert row["greeting_manner"] is None
    assert row["greeting_customer_tone"] is None
