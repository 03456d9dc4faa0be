"""The events that the company records of visits: one row per event, with time, actor, words and amount."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import polars as pl

from forestall.simulation.service import LANGUAGE_OF_LOCALE, LANGUAGES, RUDE
from forestall.simulation.words import NAMES, OCCASIONS, WORDS
from forestall.simulation.world import (
    DAY_S,
    DELIVERY,
    LOCALES,
    Array,
    Columns,
    of_channel,
    world,
)

# events with the same time are written in this order
KINDS = (
    "arrived", "attempted", "human_requested", "informed", "delivered", "greeted", "served", "issue_raised",
    "defect", "hold_started", "hold_ended", "transferred", "escalated", "message", "responded", "returned",
    "refunded", "resolved", "reopened", "abandoned", "closed", "tipped", "complained",
)  # fmt: skip
ACTORS = ("customer", "staff", "manager", "system")
CUSTOMER, STAFF, MANAGER, SYSTEM = range(4)
N_VARIANTS = 3


class EventCollector:
    """Collects events: visit, seconds after its start, kind, actor, index of the words, amount."""

    def __init__(self, visits: Columns, rng: np.random.Generator) -> None:
        self.visits, self.rng = visits, rng
        self.rows: dict[str, list[Array]] = {
            name: [] for name in ("visit", "after", "kind", "actor", "words", "value")
        }

    def add(
        self,
        kind: str,
        where: Array,
        after: Array,
        actor: int | Array,
        occasion: str | Array | None = None,
        *,
        value: Array | None = None,
    ) -> None:
        """Add an event to each visit in the mask `where`.

        Parameters
        ----------
        kind
            Kind of event.
        where
            Mask of visits, shape (n_visits,).
        after
            Seconds after the start of the visit, shape (n_visits,).
        actor
            Index in `ACTORS`.
        occasion
            Occasion of the words (see `words`), in the actor's language; None adds no words.
        value
            Amount, shape (n_visits,).
        """
        visit = np.flatnonzero(where)
        n = len(visit)
        who = np.broadcast_to(np.asarray(actor), len(where))[visit]
        words = np.full(n, -1)
        if occasion is not None:
            code = OCCASIONS.index(occasion) if isinstance(occasion, str) else occasion[visit]
            own = LANGUAGE_OF_LOCALE[self.visits["locale"][visit]]
            language = np.where(who == CUSTOMER, own, self.visits["language"][visit])
            words = (language * len(OCCASIONS) + code) * N_VARIANTS + self.rng.integers(0, N_VARIANTS, n)
        row = {
            "visit": visit,
            "after": after[visit],
            "kind": np.full(n, KINDS.index(kind)),
            "actor": who,
            "words": words,
            "value": np.full(n, np.nan) if value is None else value[visit],
        }
        for name, values in row.items():
            self.rows[name].append(values)


def event_rows(visits: Columns, rng: np.random.Generator) -> pl.DataFrame:
    """Return the events of all visits by visit and time.

    The columns are `visit` (its index), `after_us` (microseconds after its start), `kind`, `actor`, `text` and
    `value`.
    """
    log = EventCollector(visits, rng)
    # each step draws random numbers: another order would change the data of every seed
    _add_arrival(log)
    _add_conversation(log)
    _add_handling(log)
    _add_end(log)
    _add_aftermath(log)
    rows = {name: np.concatenate(parts) for name, parts in log.rows.items()}
    after_us = np.rint(rows["after"] * 1e6).astype(np.int64)
    order = np.lexsort((rows["kind"], after_us, rows["visit"]))
    rows = {name: values[order] for name, values in rows.items()}
    return pl.DataFrame(
        {
            "visit": rows["visit"],
            "after_us": after_us[order],
            "kind": pl.Series(KINDS).gather(rows["kind"]),
            "actor": pl.Series(ACTORS).gather(rows["actor"]),
            "text": _texts(rows["words"], visits, rows["visit"]),
            "value": pl.Series(rows["value"]).fill_nan(None),
        }
    )


def _add_arrival(log: EventCollector) -> None:
    v = log.visits
    zero, everyone = np.zeros(len(v["start"])), np.ones(len(v["start"]), dtype=bool)
    log.add("arrived", everyone, zero, CUSTOMER)
    for i in range(int(v["n_attempts"].max(initial=0))):
        share = (i + 0.5) / np.maximum(v["n_attempts"], 1)
        log.add("attempted", v["n_attempts"] > i, np.round(v["attempt_end"] * share, 3), CUSTOMER)
    log.add("human_requested", (v["n_attempts"] > 0) & ~v["self_solved"], v["attempt_end"], CUSTOMER)
    log.add("informed", v["is_informed"], v["informed"], STAFF, "informed")
    parcel = v["channel"] == DELIVERY
    log.add("delivered", parcel & v["is_served"], v["wait"], SYSTEM)
    greeting = np.where(
        v["by_name"], OCCASIONS.index("greet_by_name"), OCCASIONS.index("greet_rude") + v["manner"] - RUDE
    )
    log.add("greeted", v["is_greeted"], v["greeted"], STAFF, greeting)
    log.add("served", v["is_served"], v["wait"], STAFF)


def _add_conversation(log: EventCollector) -> None:
    v = log.visits
    served, length = v["is_served"], v["service_s"]
    in_writing = (of_channel("is_live")[v["channel"]] == 0) & (v["channel"] != DELIVERY)
    raised = np.where(in_writing, 1.0, v["wait"] + np.minimum(0.1 * length, 15))
    matter = np.where(v["is_fault"], OCCASIONS.index("fault"), OCCASIONS.index("issue"))
    log.add(
        "issue_raised",
        (served | in_writing) & ((v["channel"] != DELIVERY) | v["is_fault"]),
        raised,
        CUSTOMER,
        matter,
    )
    talks = served & (log.rng.random(len(served)) < 0.7)
    log.add(
        "message", talks, v["wait"] + 0.15 * length, STAFF, OCCASIONS.index("say_rude") + v["manner"] - RUDE
    )
    log.add("message", v["is_sorry"], v["wait"] + 0.2 * length, STAFF, "sorry")
    tone = OCCASIONS.index("friendly") + v["tone"] - 1
    for i in range(int(v["n_messages"].max(initial=0))):
        share = 0.25 + 0.3 * (i + 0.5) / np.maximum(v["n_messages"], 1)
        log.add("message", v["n_messages"] > i, v["wait"] + share * length, CUSTOMER, tone)
    log.add("responded", served, v["responded"], STAFF, OCCASIONS.index("answer_rude") + v["manner"] - RUDE)


def _add_handling(log: EventCollector) -> None:
    v = log.visits
    length = v["service_s"]
    begun = v["wait"] + 0.15 * np.minimum(length, v["handled_s"])
    log.add("hold_started", v["hold_s"] > 0, begun, STAFF)
    log.add("hold_ended", v["hold_s"] > 0, begun + v["hold_s"], STAFF)
    for i in range(int(v["n_transfers"].max(initial=0))):
        log.add("transferred", v["n_transfers"] > i, v["wait"] + (0.3 + 0.08 * i) * length, STAFF)
    log.add("escalated", v["is_escalated"], v["wait"] + 0.62 * length, STAFF)
    raised = v["wait"] + np.minimum(0.1 * length, 15)
    log.add("defect", v["is_fault"], raised, CUSTOMER, value=v["fault_cost"])
    solver = np.where(v["self_solved"], SYSTEM, np.where(v["is_escalated"], MANAGER, STAFF))
    log.add("resolved", v["was_resolved"], v["first_resolved"], solver)
    log.add("reopened", v["is_reopened"], v["reopened"], CUSTOMER, "again")
    log.add("resolved", v["is_reopened"] & v["is_resolved"], v["second_resolved"], solver)
    sent_back = v["is_refunded"] & (v["refund_draw"] < 0.25)
    log.add("returned", sent_back, v["settled"], CUSTOMER, value=v["fault_cost"])
    log.add("refunded", v["is_refunded"], v["settled"], STAFF, value=v["fault_cost"])


def _add_end(log: EventCollector) -> None:
    v = log.visits
    log.add("abandoned", v["has_left"], v["left"], CUSTOMER)
    log.add("closed", ~v["has_left"], v["closed"], SYSTEM)


def _add_aftermath(log: EventCollector) -> None:
    """Add events after the closing. What is drawn here depends on visible facts, not on the rating."""
    v, rng, n = log.visits, log.rng, len(log.visits["start"])
    days = np.round(DAY_S * np.exp(rng.normal(0.7, 0.6, n)), 3)
    tip = np.maximum(np.round(v["price"] * rng.choice([0.05, 0.1, 0.15, 0.2], n), 2), 0.5)
    log.add("tipped", v["does_tip"], v["closed"] + 20 + rng.exponential(90, n), CUSTOMER, value=tip)
    log.add("complained", v["does_complain"], v["closed"] + v["complaint_s"], CUSTOMER, "complaint")
    unresolved = ~v["is_resolved"] & v["is_served"]
    log.add("reopened", unresolved & (rng.random(n) < 0.25), v["closed"] + days, CUSTOMER, "again")
    back = unresolved & v["is_fault"] & (rng.random(n) < 0.4)
    log.add("returned", back, v["closed"] + 1.5 * days, CUSTOMER, value=v["fault_cost"])
    log.add("refunded", back, v["closed"] + 2.5 * days, STAFF, value=v["fault_cost"])


@lru_cache(maxsize=1)
def _phrases() -> tuple[pl.Series, pl.Series, pl.Series, Array]:
    """Return the text before and after each phrase's blank, the texts that can fill blanks, and each blank's kind.

    The kind is 0 without a blank, 1 for a name and 2 for a product.
    """
    before, after, blank = [], [], []
    for language in LANGUAGES:
        for occasion in OCCASIONS:
            for phrase in WORDS[language][occasion]:
                parts = re.split(r"\{(name|product)\}", phrase)
                before.append(parts[0])
                after.append(parts[2] if len(parts) > 1 else "")
                blank.append(0 if len(parts) == 1 else 1 if parts[1] == "name" else 2)
    fills = [""] + [name for locale in LOCALES for name in NAMES[locale.name]] + list(world().product["name"])
    return pl.Series(before), pl.Series(after), pl.Series(fills), np.array(blank)


def _texts(words: Array, visits: Columns, visit: Array) -> pl.Series:
    """Return the texts of the words, null for an event without words."""
    before, after, fills, blank = _phrases()
    n_names = len(NAMES[LOCALES[0].name])
    kind = np.where(words < 0, 0, blank[words])
    name = 1 + visits["locale"][visit] * n_names + visits["name"][visit]
    product = 1 + len(LOCALES) * n_names + visits["product"][visit]
    fill = np.select([kind == 1, kind == 2], [name, product], 0)
    index = pl.Series(words).to_frame("i").select(pl.when(pl.col("i") >= 0).then("i")).to_series()
    parts = pl.DataFrame({"a": before.gather(index), "b": fills.gather(fill), "c": after.gather(index)})
    return parts.select(pl.concat_str("a", "b", "c")).to_series()
