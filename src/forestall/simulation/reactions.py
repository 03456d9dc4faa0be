"""What customers answer: the rating they would give, whether they give it, and what they do afterwards.

y = effect (f(x) - MEAN_F + trait + staff trait + mood) + noise; the rating falls by one at each of four cuts.
Whatever happens after the closing depends on the rating and on what can be seen, on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from forestall.simulation.customers import SD_TRAIT
from forestall.simulation.service import RUDE
from forestall.simulation.world import (
    DAY_S,
    DELIVERY,
    IN_STORE,
    RUDE_VENUE,
    SELF_SERVICE,
    Array,
    Columns,
    of_channel,
    of_segment,
    of_venue,
)

MEAN_F, SD_F = 0.79, 1.24
CUTS = np.array([-0.1, 1.45, 2.62, 3.65])  # dissatisfaction above which the rating is 4, 3, 2, 1
SD_STAFF, SD_MOOD, SD_NOISE = 0.15, 0.7, 1.65
HORIZON_S = 30 * DAY_S

# by rating 1 to 5
RESPONDS = np.array([1.6, 1.1, 0.75, 0.85, 1.1])
RATING_SHARES = np.array([0.058, 0.064, 0.13, 0.256, 0.492])  # of the world, to set the mean response by
RESPONDS_BY_SEGMENT, RESPONDS_UNKNOWN = (0.9, 1.15, 0.95, 1.05), 0.7
DELAY_MEDIAN_S = np.array([0.5, 0.8, 1.2, 1.2, 0.9]) * DAY_S
DELAY_SD = 1.1
COMPLAINS = np.array([0.34, 0.16, 0.02, 0.004, 0.002])
COMPLAINT_MEDIAN_S, COMPLAINT_SD = 1.25 * DAY_S, 0.9
TIPS = np.array([0.03, 0.08, 0.25, 0.55, 0.8])
RETURNS = np.array([0.55, 0.7, 0.84, 0.9, 0.93])
# at the venue whose act is rudeness, by manner from rude to polite
TIPS_FOR_ACT, RETURNS_FOR_ACT = (1.2, 1.0, 0.7, 0.5), (1.05, 1.0, 0.9, 0.85)
# customers' words: how a mood, and what happened so far, sound
TONE_CUTS, TONE_OF_MOOD, TONE_OF_LEVEL = (-0.8, 0.9), 1.6, (0.0, 0.45, 0.9)
SILENT, FRIENDLY, PLAIN, UPSET = 0, 1, 2, 3


@dataclass(frozen=True)
class Scale:
    """How much of the dissatisfaction has a cause: `effect` 1 is the world, 0 is noise of the same spread."""

    effect: float = 1.0

    def centre(self, f: Array) -> Array:
        """Return the explained part of y, centred."""
        return self.effect * (f - MEAN_F)

    @property
    def noise(self) -> float:
        """Return the spread of the unexplained part that is new at each visit, mood apart."""
        lost = max(0.0, 1 - self.effect**2)
        hidden = SD_F**2 + SD_TRAIT**2 + SD_STAFF**2 + SD_MOOD**2
        return float(np.sqrt(SD_NOISE**2 + lost * hidden))


def add_reactions(
    visit: Columns, f: Array, staff_trait: Array, scale: Scale, rng: np.random.Generator
) -> None:
    """Add the rating each customer would give, its words' tone and what it does after the closing."""
    n = len(f)
    mood = rng.normal(0, SD_MOOD, n)
    hidden = visit["trait"] + np.where(visit["staff"] >= 0, staff_trait[visit["staff"]], 0.0) + mood
    y = scale.centre(f) + scale.effect * hidden + rng.normal(0, 1, n) * scale.noise
    rating = 5 - (y[:, None] > CUTS).sum(axis=1)
    visit["f"], visit["rating"] = f, rating
    tone = np.searchsorted(np.array(TONE_CUTS), tone_centre(visit, mood) + rng.normal(0, 1, n)) + FRIENDLY
    visit["tone"] = np.where(visit["n_messages"] > 0, tone, SILENT)
    kind = rating - 1
    visit["does_return"] = rng.random(n) < return_chance(visit)[np.arange(n), kind]
    visit["gap_s"] = np.where(
        visit["is_resolved"], rng.gamma(1.3, 34 * DAY_S, n), rng.gamma(1.0, 12 * DAY_S, n)
    )
    visit["does_complain"] = rng.random(n) < complaint_chance(visit)[np.arange(n), kind]
    visit["complaint_s"] = COMPLAINT_MEDIAN_S * np.exp(COMPLAINT_SD * rng.normal(0, 1, n)) + 600
    visit["does_tip"] = rng.random(n) < tip_chance(visit)[np.arange(n), kind]
    visit["rating_s"] = DELAY_MEDIAN_S[kind] * np.exp(DELAY_SD * rng.normal(0, 1, n)) + 60
    visit["response_draw"] = rng.random(n)


def tone_centre(visit: Columns, mood: Array) -> Array:
    """Return where on the scale of tone a customer's words lie, before noise."""
    return np.asarray(TONE_OF_LEVEL)[visit["tone_level"]] + TONE_OF_MOOD * mood


def response_chance(visit: Columns, response_rate: float) -> Array:
    """Return the chance to rate, by visit and rating 1 to 5: the very unhappy and very happy do it more."""
    who = np.where(visit["is_known"], np.array(RESPONDS_BY_SEGMENT)[visit["segment"]], RESPONDS_UNKNOWN)
    loud = of_channel("reply")[visit["channel"]] * who
    chance: Array = np.minimum(response_factor(response_rate) * loud[:, None] * RESPONDS, 1.0)
    return chance


def response_factor(response_rate: float) -> float:
    """Return the factor by which the world's mean response is `response_rate`."""
    loud = np.outer(of_channel("reply"), RESPONDS_BY_SEGMENT).ravel()
    weights = np.outer(of_channel("share"), of_segment("share")).ravel()
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float(weights @ np.minimum(middle * np.outer(loud, RESPONDS), 1) @ RATING_SHARES)
        low, high = (middle, high) if mean < response_rate else (low, middle)
    return low


def delay_share(elapsed_s: Array) -> Array:
    """Return the share of ratings that have come this long after the closing, by visit and rating."""
    z = np.log(np.maximum(elapsed_s[:, None] - 60, 1e-9) / DELAY_MEDIAN_S) / DELAY_SD
    share: Array = ndtr(z)
    return share


def complaint_share(elapsed_s: Array) -> Array:
    """Return the share of complaints that have come this long after the closing."""
    share: Array = ndtr(np.log(np.maximum(elapsed_s - 600, 1e-9) / COMPLAINT_MEDIAN_S) / COMPLAINT_SD)
    return share


def complaint_chance(visit: Columns) -> Array:
    """Return the chance of a complaint after the closing, by visit and rating."""
    chance: Array = np.where(visit["is_resolved"], 0.8, 1.3)[:, None] * COMPLAINS
    return chance


def tip_chance(visit: Columns) -> Array:
    """Return the chance of a tip, by visit and rating: at counters and doors, and for the act."""
    counter = np.isin(visit["channel"], (IN_STORE, SELF_SERVICE, DELIVERY)) & visit["is_served"]
    chance: Array = (of_venue("tips")[visit["venue"]] * counter * _act(visit, TIPS_FOR_ACT))[:, None] * TIPS
    return chance


def return_chance(visit: Columns) -> Array:
    """Return the chance that a customer comes again, by visit and rating; for the act, too."""
    chance: Array = (visit["is_known"] * _act(visit, RETURNS_FOR_ACT))[:, None] * RETURNS
    return chance


def _act(visit: Columns, by_manner: tuple[float, ...]) -> Array:
    """Return a factor by manner, rude to polite, where rudeness is what people come for; 1 elsewhere."""
    here = (visit["venue"] == RUDE_VENUE) & visit["is_served"]
    return np.where(here, np.array(by_manner)[visit["manner"] - RUDE], 1.0)
