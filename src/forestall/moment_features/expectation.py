"""Expectation: what this venue, locale, channel and product usually deliver, and how far this interaction differs."""

from __future__ import annotations

from forestall.moment_features.family import Family, Feature
from forestall.moment_features.shared_terms import (
    MANNER,
    RESOLVE_S,
    STAFF_TEXTS,
    WAIT_S,
    has_happened,
    log_ratio,
    ratio,
    recorded,
    text,
)
from forestall.moment_features.state_columns import Usual
from forestall.moment_features.terms import flag, only_if

_MANNER = ratio(MANNER, STAFF_TEXTS)
_GREETED = flag(has_happened("greeted"))
# Where customers come for rudeness, ratings after rude words are higher than after polite words.
_STYLE = Usual("venue", "rating_rude") - Usual("venue", "rating_polite")


def _places(dimension: str, noun: str) -> list[Feature]:
    """Return the rating of a venue or category, and how this wait and resolution differ from its usual ones."""
    return [
        Feature(f"{dimension}_rating", Usual(dimension, "rating"), f"Mean rating {noun}.",
                reason=f"interactions {noun} are rated {{value}}"),
        *_deviations(dimension, noun),
    ]  # fmt: skip


def _deviations(dimension: str, noun: str) -> list[Feature]:
    """Return how this wait and resolution differ from the usual ones of a venue, channel or culture.

    The usual waits themselves are not features: as of each moment of training they would mainly show the time.
    """
    return [
        Feature(f"wait_vs_{dimension}", log_ratio(WAIT_S, Usual(dimension, "wait_s")),
                f"Log ratio of this wait to the usual wait {noun}.", +1, f"the wait is {{value}} times the usual {noun}", is_log=True),
        Feature(f"resolve_vs_{dimension}", recorded(log_ratio(RESOLVE_S, Usual(dimension, "resolve_s")), "resolved"),
                f"Log ratio of this time to resolution to the usual time {noun}.", +1,
                f"the time to resolution is {{value}} times the usual {noun}", is_log=True),
    ]  # fmt: skip


EXPECTATION = Family(
    "expectation",
    "What this venue, locale, channel and product usually deliver, and how far this interaction differs.",
    [
        *_places("venue", "at this venue"),
        *_deviations("channel", "in this channel"),
        *_deviations("locale", "in this culture"),
        *_places("product_category", "in this category"),
        Feature("wait_vs_queue", log_ratio(WAIT_S, Usual("queue", "wait_s")),
                "Log ratio of this wait to the usual wait at this venue and channel.", +1,
                "the wait is {value} times the usual at this venue and channel", is_log=True),
        Feature("queue_rating", Usual("queue", "rating"), "Mean rating at this venue and channel.",
                reason="interactions here are rated {value}"),
        Feature("venue_resolved_share", recorded(Usual("venue", "resolved_share"), "resolved"), "Share of interactions resolved at this venue.",
                reason="{value} are resolved at this venue", low=0, high=1),
        Feature("channel_resolved_share", recorded(Usual("channel", "resolved_share"), "resolved"), "Share of interactions resolved in this channel.",
                reason="{value} are resolved in this channel", low=0, high=1),
        Feature("venue_greeted_share", recorded(Usual("venue", "greeted_share"), "greeted"), "Share of interactions with a greeting at this venue.",
                reason="{value} are greeted at this venue", low=0, high=1),
        Feature("greeted_vs_venue", recorded(_GREETED - Usual("venue", "greeted_share"), "greeted"),
                "1 if greeted, else 0, minus the share with a greeting at this venue.", reason="greeting against the usual here: {value}",
                low=-1, high=1),
        Feature("venue_manner", Usual("venue", "manner"), "Usual manner of the staff's words at this venue.",
                reason="usual manner at this venue: {value}"),
        Feature("manner_vs_venue", _MANNER - Usual("venue", "manner"), "Manner of the staff's words minus the usual manner at this venue.",
                reason="manner against the usual at this venue: {value}"),
        Feature("manner_vs_locale", _MANNER - Usual("locale", "manner"), "Manner of the staff's words minus the usual manner in this culture.",
                reason="manner against the usual in this culture: {value}"),
        Feature("venue_tip_share", recorded(Usual("venue", "tip_share"), "tipped"), "Number of tips per interaction at this venue.",
                reason="tips in {value} of the interactions here", low=0),
        Feature("venue_again_share", Usual("venue", "again_share") - Usual("all", "again_share"),
                "Share of returning customers at this venue, minus the share of the company.",
                reason="returning customers here against the company's share: {value}", low=-1, high=1),
        Feature("venue_style", _STYLE, "Mean rating at this venue after rude words minus that after polite words; above 0 where customers come for rudeness.",
                reason="rudeness is what people come for here: {value}"),
        Feature("manner_for_style", only_if(_STYLE > 0, -_MANNER),
                "Manner of the staff's words with its sign reversed, at venues where customers come for rudeness; null elsewhere.",
                reason="manner, seen as it is seen here: {value}"),
        Feature("venue", text("venue"), "The venue.", is_category=True, reason="at {value}"),
        Feature("channel", text("channel"), "The channel.", is_category=True, reason="by {value}"),
        Feature("locale", text("locale"), "Language and culture.", is_category=True, reason="in {value}"),
    ],
)  # fmt: skip
