"""Expectation: what this venue, locale, channel and product usually deliver, and how far this is from it."""

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
# Where rudeness is what people come for, the rude are rated above the polite (and the tips and returns show it).
_STYLE = Usual("venue", "rating_rude") - Usual("venue", "rating_polite")


def _places(dimension: str, noun: str) -> list[Feature]:
    """Return how a venue or category is rated, and this wait and resolution against its usual."""
    return [
        Feature(f"{dimension}_rating", Usual(dimension, "rating"), f"Mean rating {noun} so far.",
                reason=f"interactions {noun} are rated {{value}}"),
        *_deviations(dimension, noun),
    ]  # fmt: skip


def _deviations(dimension: str, noun: str) -> list[Feature]:
    """Return this wait and resolution against the usual of a venue, channel or culture.

    Their usual waits themselves are no features: as of each moment of training they would be little more than a clock.
    """
    return [
        Feature(f"wait_vs_{dimension}", log_ratio(WAIT_S, Usual(dimension, "wait_s")),
                f"This wait against the usual {noun}, log ratio.", +1, f"the wait is {{value}} times the usual {noun}", is_log=True),
        Feature(f"resolve_vs_{dimension}", recorded(log_ratio(RESOLVE_S, Usual(dimension, "resolve_s")), "resolved"),
                f"This time to resolution against the usual {noun}, log ratio.", +1,
                f"the time to resolution is {{value}} times the usual {noun}", is_log=True),
    ]  # fmt: skip


EXPECTATION = Family(
    "expectation",
    "What this venue, locale, channel and product usually deliver, and how far this is from it.",
    [
        *_places("venue", "at this venue"),
        *_deviations("channel", "in this channel"),
        *_deviations("locale", "in this culture"),
        *_places("product_category", "in this category"),
        Feature("wait_vs_queue", log_ratio(WAIT_S, Usual("queue", "wait_s")),
                "This wait against the usual of the venue and channel, log ratio.", +1,
                "the wait is {value} times the usual at this venue and channel", is_log=True),
        Feature("queue_rating", Usual("queue", "rating"), "Mean rating at this venue and channel so far.",
                reason="interactions here are rated {value}"),
        Feature("venue_resolved_share", recorded(Usual("venue", "resolved_share"), "resolved"), "Share resolved at this venue.",
                reason="{value} are resolved at this venue", low=0, high=1),
        Feature("channel_resolved_share", recorded(Usual("channel", "resolved_share"), "resolved"), "Share resolved in this channel.",
                reason="{value} are resolved in this channel", low=0, high=1),
        Feature("venue_greeted_share", recorded(Usual("venue", "greeted_share"), "greeted"), "Share greeted at this venue.",
                reason="{value} are greeted at this venue", low=0, high=1),
        Feature("greeted_vs_venue", recorded(_GREETED - Usual("venue", "greeted_share"), "greeted"),
                "Greeted or not, less the share greeted at this venue.", reason="greeting against the usual here: {value}",
                low=-1, high=1),
        Feature("venue_manner", Usual("venue", "manner"), "Usual manner of the words at this venue.",
                reason="usual manner at this venue: {value}"),
        Feature("manner_vs_venue", _MANNER - Usual("venue", "manner"), "Manner of the words less the venue's usual.",
                reason="manner against the usual at this venue: {value}"),
        Feature("manner_vs_locale", _MANNER - Usual("locale", "manner"), "Manner of the words less the culture's usual.",
                reason="manner against the usual in this culture: {value}"),
        Feature("venue_tip_share", recorded(Usual("venue", "tip_share"), "tipped"), "Tips per interaction at this venue.",
                reason="tips in {value} of the interactions here", low=0),
        Feature("venue_again_share", Usual("venue", "again_share") - Usual("all", "again_share"),
                "Share of customers here who have been here before, less the company's.",
                reason="returning customers here against the company's share: {value}", low=-1, high=1),
        Feature("venue_style", _STYLE, "Mean rating here after rude words less that after polite ones: above 0 where rudeness is the act.",
                reason="rudeness is what people come for here: {value}"),
        Feature("manner_for_style", only_if(_STYLE > 0, -_MANNER),
                "Manner of the words where rudeness is the act, turned round; null elsewhere.",
                reason="manner, seen as it is seen here: {value}"),
        Feature("venue", text("venue"), "The venue.", is_category=True, reason="at {value}"),
        Feature("channel", text("channel"), "The channel.", is_category=True, reason="by {value}"),
        Feature("locale", text("locale"), "Language and culture.", is_category=True, reason="in {value}"),
    ],
)  # fmt: skip
