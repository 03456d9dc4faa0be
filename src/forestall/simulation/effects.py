"""The causes of dissatisfaction: f(x), a sum of effects of facts that are visible by the closing.

Each effect is one entry with its name, its family and its equation. No effect is random or depends on hidden traits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forestall.simulation.queues import draw_slots
from forestall.simulation.service import CURT, NEUTRAL, POLITE, RUDE
from forestall.simulation.world import (
    DAY_S,
    IN_STORE,
    PHONE,
    RUDE_VENUE,
    SELF_SERVICE,
    WORLD_SEED,
    Array,
    Columns,
    of_channel,
    of_locale,
    of_segment,
    world,
)


@dataclass(frozen=True)
class Effect:
    """One term of f(x); a positive value raises dissatisfaction."""

    name: str
    family: str
    value: Callable[[Columns], Array]


@lru_cache(maxsize=1)
def usual_wait() -> Array:
    """Return the wait that customers of each line expect: the mean of log(1 + wait / standard), shape (n_lines,)."""
    slots = draw_slots(world(), 60_000, np.random.default_rng(WORLD_SEED + 1))
    waited = np.where(np.isnan(slots["wait"]), slots["left"], slots["wait"])
    ratio = waited / of_channel("standard_s")[slots["channel"]]
    here = ~np.isnan(ratio) & ~slots["lean"]
    n_lines = len(world().line["venue"])
    log_ratio = np.log1p(ratio[here])
    mean: Array = np.bincount(slots["line"][here], weights=log_ratio, minlength=n_lines) / np.bincount(
        slots["line"][here], minlength=n_lines
    )
    return mean


def visible_facts(visit: Columns) -> Columns:
    """Return the visits' columns with facts derived from them and weights of segment, culture and venue."""
    facts = dict(visit)
    segment = visit["segment"]
    for name in ("wait", "manner", "price", "outcome"):  # the segment of an unknown customer is not visible
        facts[f"{name}_weight"] = np.where(visit["is_known"], of_segment(name)[segment], 1.0)
    worth = np.where(visit["is_known"], np.log(visit["value"] / 400) / 2, 0.0)
    facts["worth"] = np.clip(worth, -1, 1)
    for name in ("wait", "manner", "own_language", "level", "fault"):
        facts[f"culture_{name}"] = of_locale(name)[visit["locale"]]
    ratio = visit["ratio"]
    facts["lateness"] = ratio**2 / (ratio**2 + 1.7**2)
    facts["is_late"] = ratio > 1
    facts["failed"] = (ratio > 1.5) | visit["is_fault"] | ~visit["is_resolved"]
    facts["surprise"] = np.where(visit["self_solved"], 0.0, np.log1p(ratio) - usual_wait()[visit["line"]])
    facts["is_rude_venue"] = visit["venue"] == RUDE_VENUE
    facts["is_unresolved"] = ~visit["is_resolved"]
    facts["dear"] = np.log(visit["price"] / world().product["usual_price"][visit["product"]])
    facts["is_commodity"] = world().product["is_commodity"][visit["product"]]
    days = np.nan_to_num(visit["since_last_s"], nan=1e12) / DAY_S
    facts["grudge"] = visit["last_unresolved"] * np.exp(-days / 60)
    resolved = visit["n_before"] - visit["n_unresolved"]
    facts["goodwill"] = np.minimum(resolved, 4) / 4 * (visit["n_unresolved"] == 0)
    facts["is_regular"] = visit["n_before"] >= 2
    return facts


def _wait(f: Columns) -> Array:
    weight = (
        f["culture_wait"]
        * of_channel("wait_weight")[f["channel"]]
        * f["wait_weight"]
        * (1 + 0.2 * f["worth"])
    )
    told = np.where(f["is_informed"], 0.55, 1.0)
    past = 1 + 0.35 * f["grudge"] - 0.3 * f["goodwill"]
    effect: Array = 1.25 * f["lateness"] * weight * told * past
    return effect


def _manner(f: Columns) -> Array:
    weight = f["culture_manner"] * f["manner_weight"] * f["is_served"] * ~f["is_rude_venue"]
    step = np.select(
        [f["manner"] == RUDE, f["manner"] == CURT, f["manner"] == POLITE], [0.85, 0.3, -0.35], 0.0
    )
    effect: Array = step * weight
    return effect


def _rudeness_act(f: Columns) -> Array:
    step = np.select(
        [f["manner"] == RUDE, f["manner"] == CURT, f["manner"] == NEUTRAL], [-0.9, -0.3, 0.7], 1.3
    )
    effect: Array = step * (f["is_rude_venue"] & f["is_served"])
    return effect


EFFECTS = (
    Effect("wait", "service", _wait),
    Effect("surprise", "expectation", lambda f: 0.3 * np.tanh(1.3 * f["surprise"])),
    Effect(
        "jumped",
        "greeting",
        lambda f: 0.45 * np.minimum(f["n_jumped"], 3) ** 0.5 * (1 + 0.5 * (f["channel"] == IN_STORE)),
    ),
    Effect(
        "hold",
        "service",
        lambda f: 0.2 * np.log1p(f["hold_s"] / 30) * np.where(f["channel"] == PHONE, 1.3, 1.0),
    ),
    Effect(
        "failed_self_service",
        "service",
        lambda f: 0.12 * np.minimum(f["n_attempts"], 4) * ~f["self_solved"] * (1 + f["lateness"]),
    ),
    Effect("helped_itself", "service", lambda f: -0.25 * f["self_solved"]),
    Effect(
        "ignored",
        "greeting",
        lambda f: (
            (0.25 + 0.25 * f["is_late"])
            * (f["is_served"] & ~f["is_greeted"])
            * np.where(np.isin(f["channel"], (IN_STORE, SELF_SERVICE)), 1.3, 0.8)
            * ~f["is_rude_venue"]
        ),
    ),
    Effect(
        "late_greeting",
        "greeting",
        lambda f: (
            0.25
            * np.tanh(np.nan_to_num(f["greeted"]) / f["standard"])
            * np.isin(f["channel"], (IN_STORE, SELF_SERVICE))
        ),
    ),
    Effect("by_name", "greeting", lambda f: -(0.1 + 0.2 * f["is_regular"]) * f["by_name"]),
    Effect(
        "foreign_words",
        "greeting",
        lambda f: f["culture_own_language"] * f["is_foreign"] * (1 + 0.5 * f["is_fault"]),
    ),
    Effect("manner", "greeting", _manner),
    Effect("rudeness_act", "expectation", _rudeness_act),
    Effect(
        "rude_and_unresolved",
        "greeting",
        lambda f: 0.3 * ((f["manner"] <= CURT) & f["is_unresolved"] & f["is_served"] & ~f["is_rude_venue"]),
    ),
    Effect(
        "apology",
        "greeting",
        lambda f: np.where(f["failed"], -0.3 * f["manner_weight"], 0.08) * f["is_sorry"],
    ),
    Effect(
        "unresolved",
        "resolution",
        lambda f: 1.55 * f["is_unresolved"] * f["outcome_weight"] * (1 + 0.15 * f["worth"]),
    ),
    Effect("unresolved_again", "resolution", lambda f: 0.5 * f["is_unresolved"] * f["grudge"]),
    Effect("left", "resolution", lambda f: -0.35 * f["has_left"]),
    Effect(
        "slow_solution",
        "resolution",
        lambda f: 0.22 * np.tanh(f["slowness"]) * (1 + 0.6 * f["is_unresolved"]) * f["is_served"],
    ),
    Effect(
        "transfers",
        "resolution",
        lambda f: 0.22 * np.minimum(f["n_transfers"], 3) * (1 + 0.5 * f["is_unresolved"]),
    ),
    Effect("escalation", "resolution", lambda f: np.where(f["is_resolved"], -0.2, 0.2) * f["is_escalated"]),
    Effect("reopened", "resolution", lambda f: 0.55 * f["is_reopened"]),
    Effect("told", "resolution", lambda f: -0.12 * f["is_informed"] * f["culture_wait"]),
    Effect(
        "fault",
        "quality",
        lambda f: (
            (0.35 + 0.45 * np.exp(-1.5 * f["age_share"]))
            * f["is_fault"]
            * f["culture_fault"]
            * f["outcome_weight"]
        ),
    ),
    Effect(
        "fault_cost",
        "quality",
        lambda f: 0.16 * np.log1p(f["fault_cost"] / 40) * (1 - 0.5 * f["is_refunded"]),
    ),
    Effect("fault_of_dear", "quality", lambda f: 0.4 * f["dear"] * f["is_fault"] * ~f["is_commodity"]),
    Effect(
        "commodity_price",
        "quality",
        lambda f: 0.55 * np.clip(f["dear"], -0.8, 0.8) * f["is_commodity"] * f["price_weight"],
    ),
    Effect("grudge", "history", lambda f: 0.4 * f["grudge"]),
    Effect("goodwill", "history", lambda f: -0.25 * f["goodwill"]),
    Effect("worn_patience", "history", lambda f: 0.12 * np.minimum(f["n_unresolved"], 4)),
    Effect(
        "slow_again",
        "history",
        lambda f: 0.3 * f["lateness"] * ((f["last_ratio"] > 1.5) & (f["n_before"] > 0)),
    ),
    Effect("level", "expectation", lambda f: 1.5 * f["culture_level"]),
)


def effects(visit: Columns) -> dict[str, Array]:
    """Return the value of each effect by name, shape (n_visits,); f(x) is their sum."""
    facts = visible_facts(visit)
    return {effect.name: np.asarray(effect.value(facts), dtype=float) for effect in EFFECTS}


def dissatisfaction(visit: Columns) -> Array:
    """Return f(x), the part of latent dissatisfaction that visible facts explain, shape (n_visits,)."""
    total: Array = np.sum(list(effects(visit).values()), axis=0)
    return total
