"""Greeting: whether the customer is greeted or ignored, and the manner of the staff's words."""

from __future__ import annotations

from forestall.moment_features.event_columns import Count, First, Words
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.shared_terms import (
    ATTENDED,
    ENDED,
    MANNER,
    STAFF_TEXTS,
    STANDARD_S,
    START,
    elapsed,
    has_happened,
    ratio,
    recorded,
)
from forestall.moment_features.state_columns import Queue
from forestall.moment_features.terms import Term, flag, only_if, smallest

_GREET_S = elapsed(START, smallest(First("greeted"), ENDED))
_CUSTOMER_TEXTS = Words("customer", "n_texts")
_CUSTOMER_TONE = (
    Words("customer", "n_positive")
    + Words("customer", "n_thanks")
    - (Words("customer", "n_negative") + Words("customer", "n_rude"))
)


def _of_staff(value: Term) -> Term:
    return only_if(STAFF_TEXTS > 0, value)


def _of_customer(value: Term) -> Term:
    return only_if(_CUSTOMER_TEXTS > 0, value)


GREETING = Family(
    "greeting",
    "Whether the customer is greeted or ignored, and the manner of the staff's words.",
    [
        Feature("greeted", recorded(flag(has_happened("greeted")), "greeted"), "Whether the customer has been greeted.",
                reason="greeted: {value}", low=0, high=1),
        Feature("greet_s", recorded(_GREET_S, "greeted"), "Seconds from arrival until greeted, or until the end or the moment.", +1,
                "waited {value} for a greeting", low=0),
        Feature("greet_ratio", recorded(_GREET_S / STANDARD_S, "greeted"), "Time until greeted, divided by the standard.", +1,
                "waited {value} times the standard of {standard} for a greeting", low=0),
        Feature("ignored_s", recorded(elapsed(START, smallest(First("greeted"), ATTENDED, ENDED)), "greeted"),
                "Seconds from arrival until greeted or served, or until the end or the moment.", +1, "ignored for {value}", low=0),
        Feature("by_manager", recorded(flag(Count("greeted", "manager") > 0), "greeted"), "Whether greeted by a manager.",
                reason="greeted by a manager", low=0, high=1),
        Feature("by_name", _of_staff(flag(Words("staff", "n_names") > 0)), "Whether staff used the customer's name.",
                reason="addressed by name: {value}", low=0, high=1),
        Feature("in_language_share", ratio(Words("staff", "n_in_language"), Words("staff", "n_with_language")),
                "Share of the staff's texts in the customer's language.",
                reason="{value} of the words in the customer's language", low=0, high=1),
        Feature("served_first_n", Queue("n_served_first"),
                "Number of customers who arrived later and were served earlier, among the last 50 served.", +1,
                "{value} who came later {was|were} served first", low=0, high=50),
        Feature("manner", ratio(MANNER, STAFF_TEXTS), "Thanks, apologies and polite words minus twice the rude words, per text by staff.",
                reason="manner of the staff's words: {value}"),
        Feature("greetings_n", _of_staff(Words("staff", "n_greetings")), "Number of words of greeting by staff.",
                reason="{value} {word|words} of greeting", low=0),
        Feature("thanks_n", _of_staff(Words("staff", "n_thanks")), "Number of thanks by staff.", reason="thanked {value} {time|times}", low=0),
        Feature("apologies_n", _of_staff(Words("staff", "n_apologies")), "Number of apologies by staff.",
                reason="{value} {apology|apologies}", low=0),
        Feature("polite_n", _of_staff(Words("staff", "n_polite")), "Number of polite words by staff.",
                reason="{value} {courtesy|courtesies}", low=0),
        Feature("rude_n", _of_staff(Words("staff", "n_rude")), "Number of rude words by staff.", reason="{value} rude {word|words} by staff", low=0),
        Feature("farewells_n", _of_staff(Words("staff", "n_farewells")), "Number of farewells by staff.",
                reason="{value} {farewell|farewells}", low=0),
        Feature("staff_words_mean", ratio(Words("staff", "n_words"), STAFF_TEXTS), "Mean number of words per text by staff.",
                reason="{value} {word|words} per answer", low=0),
        Feature("staff_questions_n", _of_staff(Words("staff", "n_questions")), "Number of questions by staff.",
                reason="asked {value} {question|questions}", low=0),
        Feature("customer_tone", ratio(_CUSTOMER_TONE, _CUSTOMER_TEXTS),
                "Positive words and thanks minus negative and rude words, per text by the customer.",
                reason="tone of the customer's words: {value}", is_sign=True),
        Feature("customer_negative_n", _of_customer(Words("customer", "n_negative")), "Number of negative words by the customer.",
                reason="{value} negative {word|words} by the customer", low=0, is_sign=True),
        Feature("customer_thanks_n", _of_customer(Words("customer", "n_thanks")), "Number of thanks by the customer.",
                reason="the customer thanked {value} {time|times}", low=0, is_sign=True),
        Feature("customer_rude_n", _of_customer(Words("customer", "n_rude")), "Number of rude words by the customer.",
                reason="{value} rude {word|words} by the customer", low=0, is_sign=True),
        Feature("customer_shouts_n", _of_customer(Words("customer", "n_shouts")), "Number of words in capitals or with several exclamation marks by the customer.",
                reason="{value} {word|words} shouted", low=0, is_sign=True),
        Feature("customer_words_n", _of_customer(Words("customer", "n_words")), "Number of words by the customer.",
                reason="{value} {word|words} by the customer", low=0, is_sign=True),
    ],
)  # fmt: skip
