"""Earlier ratings of the interaction itself, where a company asks again: features of later moments.

A rating label is the newest rating, and moments of training lie before it. What they know of their own interaction are
earlier ratings. A company that asks once knows none at any of these moments, and its models do not have the features.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from forestall.moment_features.family import Family, Feature
from forestall.moment_features.sources import Sources
from forestall.moment_features.state_columns import OwnRating
from forestall.moments.timeline import Ints

FAMILY = "resolution"
FEATURES = (
    Feature(
        "rated_n",
        OwnRating("n"),
        "Number of ratings of this interaction so far.",
        reason="rated {value} {time|times} already",
        low=0,
    ),
    Feature(
        "rating_last",
        OwnRating("newest"),
        "Newest rating of this interaction so far.",
        reason="rated {value} before",
    ),
)
MIN_MOMENTS = 50
"""With fewer moments that know an earlier rating there is nothing to learn from them."""


def with_earlier_ratings(families: Iterable[Family]) -> tuple[Family, ...]:
    """Return families with the features of the interaction's earlier ratings, after the others of their family."""
    return tuple(
        replace(family, features=(*family.features, *FEATURES)) if family.name == FAMILY else family
        for family in families
    )


def know_earlier_ratings(sources: Sources, place: Ints, as_of: Ints) -> bool:
    """Return whether enough moments, given as places and microseconds, know an earlier rating of their interaction."""
    return int((sources.circumstances.own_ratings(place, as_of)["n"] > 0).sum()) >= MIN_MOMENTS
