"""The service of a visit: greeting, manner, faults, holds, transfers, solutions; times in seconds after its start."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from forestall.simulation.world import (
    CHAT,
    DELIVERY,
    IN_STORE,
    LOCALES,
    PHONE,
    REGIONS,
    RUDE_VENUE,
    SELF_SERVICE,
    VENUES,
    Array,
    Columns,
    World,
    of_channel,
    of_venue,
)

LANGUAGES = ("af", "da", "en", "de", "pt")
RUDE, CURT, NEUTRAL, POLITE = -2, -1, 0, 1
MAX_TRANSFERS = 4
LANGUAGE_OF_LOCALE = np.array([LANGUAGES.index(locale.language) for locale in LOCALES])
FALLBACK_OF_VENUE = np.array([LANGUAGES.index(REGIONS[venue.region][1]) for venue in VENUES])
# probability that staff speak the customer's language if it is not the region's own
SPEAKS_LANGUAGE = {"ZA": 0.72, "DK": 0.75, "GB": 0.15, "DE": 0.6, "PT": 0.6}
SPEAKS_OF_VENUE = np.array([SPEAKS_LANGUAGE[venue.region] for venue in VENUES])


def add_service(world: World, visit: Columns, rng: np.random.Generator) -> None:
    """Add all facts of the visits up to their closing."""
    # each step draws random numbers: another order would change the data of every seed
    n = len(visit["start"])
    visit["is_served"] = ~np.isnan(visit["wait"])
    visit["has_left"] = ~np.isnan(visit["left"])
    _add_standard(visit, rng)
    _add_greeting(world, visit, rng)
    _add_fault(world, visit, rng)
    _add_handling(world, visit, rng)
    _add_times(visit, rng)
    visit["n_messages"] = np.where(
        visit["is_served"] & (rng.random(n) < of_channel("talk")[visit["channel"]]),
        1 + rng.poisson(0.35, n),
        0,
    )
    visit["tone_level"] = np.minimum(
        (visit["ratio"] > 1.5).astype(int) + visit["is_fault"] + (visit["n_transfers"] > 0), 2
    )


def _add_standard(visit: Columns, rng: np.random.Generator) -> None:
    """Add the standard of each visit: its own promise if the channel makes promises, else the channel's."""
    channel = visit["channel"]
    live = of_channel("is_live")[channel] > 0
    own = of_channel("standard_s")[channel] * rng.choice([0.75, 1.0, 1.5], len(channel), p=[0.3, 0.5, 0.2])
    visit["promised"] = np.where(live, np.nan, own)
    visit["standard"] = np.where(live, of_channel("standard_s")[channel], own)
    waited = np.where(
        visit["is_served"], visit["wait"], np.where(visit["has_left"], visit["left"], visit["attempt_end"])
    )
    visit["waited"] = waited
    visit["ratio"] = np.where(visit["self_solved"], 0.0, waited / visit["standard"])


def _add_greeting(world: World, visit: Columns, rng: np.random.Generator) -> None:
    """Add greeting, language, manner, apology, and whether the customer was informed before asking."""
    n, venue, served = len(visit["start"]), visit["venue"], visit["is_served"]
    late = visit["ratio"] > 1
    care = of_venue("care")[venue] - 0.5 * visit["lean"]
    own = LANGUAGE_OF_LOCALE[visit["locale"]]
    speaks = (own == FALLBACK_OF_VENUE[venue]) | (rng.random(n) < SPEAKS_OF_VENUE[venue])
    visit["language"] = np.where(speaks, own, FALLBACK_OF_VENUE[venue])
    visit["is_foreign"] = served & ~speaks
    greets = rng.random(n) < expit(1.3 + care - 0.5 * late)
    early = rng.random(n) < expit(0.3 + care)
    in_place = np.isin(visit["channel"], (IN_STORE, SELF_SERVICE))
    soon = np.minimum(visit["attempt_end"] + 4 + rng.exponential(22, n), np.nan_to_num(visit["wait"]))
    greeted = np.where(in_place & early, soon, visit["wait"])
    visit["greeted"] = np.where(greets & served, np.round(greeted, 3), np.nan)
    visit["is_greeted"] = greets & served
    knows = visit["is_known"] & (rng.random(n) < np.where(visit["n_before"] > 0, 0.55, 0.3))
    visit["by_name"] = visit["is_greeted"] & knows & (venue != RUDE_VENUE)
    mood = world.staff["manner"][visit["staff"]] + 0.5 - 0.45 * visit["lean"] + rng.normal(0, 0.75, n)
    manner = (mood > -1.3).astype(int) + (mood > -0.55) + (mood > 0.55) - 2
    visit["manner"] = np.where(served, manner, NEUTRAL)
    visit["is_informed"] = late & (rng.random(n) < expit(-0.6 + 1.2 * care)) & ~visit["self_solved"]
    told = visit["attempt_end"] + (visit["waited"] - visit["attempt_end"]) * rng.uniform(0.2, 0.8, n)
    visit["informed"] = np.where(visit["is_informed"], np.round(told, 3), np.nan)
    visit["apology_draw"] = rng.random(n)


def _add_fault(world: World, visit: Columns, rng: np.random.Generator) -> None:
    """Add whether the contact is about a fault, and the fault's cost. Older products have more faults."""
    n = len(visit["start"])
    age = np.where(visit["owns"], visit["start"] - visit["purchased"], 0.0)
    visit["age_share"] = np.where(np.isnan(age), 0.0, age) / world.product["life_s"][visit["product"]]
    wear = 0.7 + 1.6 * np.minimum(visit["age_share"], 2.0) ** 1.5
    chance = np.where(visit["owns"], 1.0, np.where(visit["channel"] == DELIVERY, 0.5, 0.0))
    fault = rng.random(n) < np.minimum(chance * world.product["fault"][visit["product"]] * wear, 0.7)
    visit["is_fault"] = fault & visit["is_served"]
    visit["fault_cost"] = np.where(
        visit["is_fault"], np.round(visit["price"] * rng.uniform(0.2, 1.0, n), 2), 0.0
    )
    visit["refund_draw"] = rng.random(n)


def _add_handling(world: World, visit: Columns, rng: np.random.Generator) -> None:
    """Add holds, transfers, escalation and resolution, by difficulty, fault and skill."""
    n, channel, served = len(visit["start"]), visit["channel"], visit["is_served"]
    holds = served & (rng.random(n) < hold_chance(visit))
    visit["hold_share"] = np.where(holds, rng.uniform(0.1, 0.6, n), 0.0)
    parcel = channel == DELIVERY
    passed = rng.poisson(transfer_mean(world, visit))
    visit["n_transfers"] = np.where(served & ~parcel, np.minimum(passed, MAX_TRANSFERS), 0)
    visit["is_escalated"] = served & ~parcel & (rng.random(n) < escalation_chance(visit))
    visit["is_solved"] = served & (rng.random(n) < solution_chance(world, visit))
    solved = visit["is_solved"]
    visit["is_reopened"] = solved & (
        rng.random(n) < expit(-2.9 + 0.4 * _total_difficulty(visit) - 0.4 * _skill(world, visit))
    )
    again = rng.random(n) < 0.65
    visit["was_resolved"] = solved | visit["self_solved"]
    visit["is_resolved"] = (solved & (~visit["is_reopened"] | again)) | visit["self_solved"]
    visit["is_sorry"] = served & (visit["apology_draw"] < apology_chance(visit))
    visit["is_refunded"] = visit["is_fault"] & visit["is_resolved"] & (visit["refund_draw"] < 0.45)


def _total_difficulty(visit: Columns) -> Array:
    total: Array = visit["difficulty"] + 0.5 * visit["is_fault"]
    return total


def _skill(world: World, visit: Columns) -> Array:
    return np.where(visit["is_served"], world.staff["skill"][visit["staff"]], 0.0)


def hold_chance(visit: Columns) -> Array:
    """Return the probability of a hold for customers who are served, shape (n_visits,)."""
    channel = visit["channel"]
    elsewhere = np.where(channel == IN_STORE, 0.06, 0.0)
    return np.where(np.isin(channel, (PHONE, CHAT)), expit(-0.9 + 0.5 * _total_difficulty(visit)), elsewhere)


def transfer_mean(world: World, visit: Columns) -> Array:
    """Return the mean number of transfers of customers who are served, shape (n_visits,)."""
    is_remote = np.isin(visit["channel"], (PHONE, CHAT))
    rate = -1.9 + 0.55 * _total_difficulty(visit) - 0.4 * _skill(world, visit) + 0.5 * is_remote
    mean: Array = np.exp(np.clip(rate, -6, 1))
    return mean


def escalation_chance(visit: Columns) -> Array:
    """Return the probability of an escalation, given the transfers, shape (n_visits,)."""
    chance: Array = expit(-3.1 + 0.8 * _total_difficulty(visit) + 0.5 * visit["n_transfers"])
    return chance


def solution_chance(world: World, visit: Columns) -> Array:
    """Return the probability that staff find a solution, given transfers and escalation, shape (n_visits,)."""
    score = (
        1.75
        + 0.7 * _skill(world, visit)
        - 0.75 * _total_difficulty(visit)
        - 0.35 * visit["n_transfers"]
        + 0.8 * visit["is_escalated"]
    )
    chance: Array = expit(score + 1.2 * (visit["channel"] == DELIVERY))
    return chance


def apology_chance(visit: Columns) -> Array:
    """Return the probability of an apology, shape (n_visits,): higher after a failure and by polite staff."""
    return (
        np.where(late_or_failed(visit), 0.5, 0.1)
        * (visit["manner"] >= NEUTRAL)
        * np.where(visit["manner"] == POLITE, 1.3, 0.8)
    )


def late_or_failed(visit: Columns) -> Array:
    """Return whether there is a reason for an apology, shape (n_visits,)."""
    failed: Array = (visit["ratio"] > 1.5) | visit["is_fault"] | ~visit["is_resolved"]
    return failed


def _add_times(visit: Columns, rng: np.random.Generator) -> None:
    """Add the times at which the visit was answered, resolved, reopened and closed."""
    n, slow = len(visit["start"]), of_channel("is_live")[visit["channel"]] == 0
    served = np.nan_to_num(visit["wait"])
    later = np.where(
        slow & (visit["channel"] != DELIVERY),
        np.exp(rng.normal(9.2, 0.9, n) + 0.35 * visit["difficulty"]),
        0.0,
    )
    again = np.where(slow, np.exp(rng.normal(10.6, 0.5, n)), 40 + rng.exponential(150, n))
    handled = visit["service_s"] * rng.uniform(0.7, 0.95, n) * (1 + 0.25 * visit["n_transfers"]) + later
    visit["responded"] = np.round(served + visit["service_s"] * rng.uniform(0.3, 0.6, n), 3)
    visit["hold_s"] = np.round(visit["hold_share"] * handled, 3)
    first = np.where(visit["self_solved"], visit["attempt_end"], served + handled)
    visit["done"] = first
    first = visit["done"]  # a copy with an observed value keeps it instead of what was just drawn
    visit["first_resolved"] = np.round(first, 3)
    visit["reopened"] = np.round(first + again, 3)
    visit["second_resolved"] = np.round(visit["reopened"] + again * rng.uniform(0.5, 1.5, n), 3)
    end = np.where(
        visit["is_reopened"],
        np.where(visit["is_resolved"], visit["second_resolved"], visit["reopened"] + 30),
        first,
    )
    tail = np.where(slow, np.exp(rng.normal(9.0, 0.6, n)), 5 + rng.exponential(25, n))
    visit["settled"] = np.round(end, 3)
    visit["closed"] = np.round(np.where(visit["has_left"], visit["left"], end + tail), 3)
    # the records do not show when staff gave up: an unresolved issue was handled until its closing
    over = np.where(visit["is_resolved"], visit["settled"], visit["closed"])
    visit["handled_s"] = np.where(visit["is_served"], over - served, 0.0)
    usual = np.where(
        visit["channel"] == DELIVERY,
        240.0,
        of_channel("service_s")[visit["channel"]] * np.where(slow, 6.0, 0.9),
    )
    visit["slowness"] = np.where(visit["is_served"], np.log(np.maximum(visit["handled_s"], 1) / usual), 0.0)
