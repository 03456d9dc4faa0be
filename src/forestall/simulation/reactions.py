"""Customers' reactions to a visit: the rating, whether it is given, words, complaints, tips and returns.

Latent dissatisfaction is y = effect (f(x) - MEAN_F + trait + staff trait + mood) + noise. The rating is 5 minus the
number of cuts below y. All that happens after the closing depends only on the rating and on visible facts.
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
CUTS = np.array([-0.1, 1.45, 2.62, 3.65])  # y above which the rating is at most 4, 3, 2, 1
SD_STAFF, SD_MOOD, SD_NOISE = 0.15, 0.7, 1.65
HORIZON_S = 30 * DAY_S

# by rating 1 to 5
RESPONDS = np.array([1.6, 1.1, 0.75, 0.85, 1.1])
RATING_SHARES = np.array([0.058, 0.064, 0.13, 0.256, 0.492])  # of all visits; they set the mean response rate
RESPONDS_BY_SEGMENT, RESPONDS_UNKNOWN = (0.9, 1.15, 0.95, 1.05), 0.7
DELAY_MEDIAN_S = np.array([0.5, 0.8, 1.2, 1.2, 0.9]) * DAY_S
DELAY_SD = 1.1
COMPLAINS = np.array([0.34, 0.16, 0.02, 0.004, 0.002])
COMPLAINT_MEDIAN_S, COMPLAINT_SD = 1.25 * DAY_S, 0.9
TIPS = np.array([0.03, 0.08, 0.25, 0.55, 0.8])
RETURNS = np.array([0.55, 0.7, 0.84, 0.9, 0.93])
# at the rude venue, by the staff's manner from rude to polite
TIPS_FOR_ACT, RETURNS_FOR_ACT = (1.2, 1.0, 0.7, 0.5), (1.05, 1.0, 0.9, 0.85)
# tone of customers' words, from the mood and from what happened so far
TONE_CUTS, TONE_OF_MOOD, TONE_OF_LEVEL = (-0.8, 0.9), 1.6, (0.0, 0.45, 0.9)
SILENT, FRIENDLY, PLAIN, UPSET = 0, 1, 2, 3


@dataclass(frozen=True)
class Scale:
    """Strength of all causes of dissatisfaction: 1 is the default world, 0 leaves noise of the same variance."""

    effect: float = 1.0

    def centre(self, f: Array) -> Array:
        """Return the explained part of y, centred."""
        return self.effect * (f - MEAN_F)

    @property
    def noise(self) -> float:
        """Return the standard deviation of the noise, which is new at each visit."""
        removed = max(0.0, 1 - self.effect**2)
        caused = SD_F**2 + SD_TRAIT**2 + SD_STAFF**2 + SD_MOOD**2
        return float(np.sqrt(SD_NOISE**2 + removed * caused))


def add_reactions(
    visit: Columns, f: Array, staff_trait: Array, scale: Scale, rng: np.random.Generator
) -> None:
    """Add each customer's rating, the tone of the customer's words and the actions after the closing."""
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
    """Return the position of a customer's words on the scale of tone, before noise."""
    return np.asarray(TONE_OF_LEVEL)[visit["tone_level"]] + TONE_OF_MOOD * mood


def response_chance(visit: Columns, response_rate: float) -> Array:
    """Return the probability of rating, shape (n_visits, 5) for ratings 1 to 5; highest for extreme ratings."""
    by_customer = np.where(
        visit["is_known"], np.array(RESPONDS_BY_SEGMENT)[visit["segment"]], RESPONDS_UNKNOWN
    )
    weight = of_channel("reply")[visit["channel"]] * by_customer
    chance: Array = np.minimum(response_factor(response_rate) * weight[:, None] * RESPONDS, 1.0)
    return chance


def response_factor(response_rate: float) -> float:
    """Return the factor with which the mean probability of rating is `response_rate`, found by bisection."""
    weight = np.outer(of_channel("reply"), RESPONDS_BY_SEGMENT).ravel()
    shares = np.outer(of_channel("share"), of_segment("share")).ravel()
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float(shares @ np.minimum(middle * np.outer(weight, RESPONDS), 1) @ RATING_SHARES)
        low, high = (middle, high) if mean < response_rate else (low, middle)
    return low


def delay_share(elapsed_s: Array) -> Array:
    """Return the share of ratings that come within `elapsed_s` of the closing, shape (n_visits, 5)."""
    z = np.log(np.maximum(elapsed_s[:, None] - 60, 1e-9) / DELAY_MEDIAN_S) / DELAY_SD
    share: Array = ndtr(z)
    return share


def complaint_share(elapsed_s: Array) -> Array:
    """Return the share of complaints that come within `elapsed_s` of the closing, shape (n_visits,)."""
    share: Array = ndtr(np.log(np.maximum(elapsed_s - 600, 1e-9) / COMPLAINT_MEDIAN_S) / COMPLAINT_SD)
    return share


def complaint_chance(visit: Columns) -> Array:
    """Return the probability of a complaint after the closing, shape (n_visits, 5)."""
    chance: Array = np.where(visit["is_resolved"], 0.8, 1.3)[:, None] * COMPLAINS
    return chance


def tip_chance(visit: Columns) -> Array:
    """Return the probability of a tip, shape (n_visits, 5): in person only; at the rude venue, more for rudeness."""
    in_person = np.isin(visit["channel"], (IN_STORE, SELF_SERVICE, DELIVERY)) & visit["is_served"]
    by_visit = of_venue("tips")[visit["venue"]] * in_person * _rude_venue_factor(visit, TIPS_FOR_ACT)
    chance: Array = by_visit[:, None] * TIPS
    return chance


def return_chance(visit: Columns) -> Array:
    """Return the probability that a customer comes again, shape (n_visits, 5); at the rude venue, more for rudeness."""
    chance: Array = (visit["is_known"] * _rude_venue_factor(visit, RETURNS_FOR_ACT))[:, None] * RETURNS
    return chance


def _rude_venue_factor(visit: Columns, by_manner: tuple[float, ...]) -> Array:
    """Return a factor by manner, rude to polite, at the venue that customers visit for its rudeness; 1 elsewhere."""
    here = (visit["venue"] == RUDE_VENUE) & visit["is_served"]
    return np.where(here, np.array(by_manner)[visit["manner"] - RUDE], 1.0)
