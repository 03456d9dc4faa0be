"""Customers: their attributes, products and memory, and which customer takes which slot."""

from __future__ import annotations

import numpy as np

from forestall.simulation.world import (
    DAY_S,
    DELIVERY,
    IN_STORE,
    LOCALES,
    REGION_NAMES,
    REGIONS,
    SEGMENTS,
    VENUES,
    WEB,
    Array,
    Columns,
    World,
    of_segment,
)

WEEK_S = 7 * DAY_S
HOME_SHARE = 0.7
ANONYMOUS_SHARE = 0.12
SD_TRAIT = 0.6
REGION_OF_VENUE = np.array([REGION_NAMES.index(venue.region) for venue in VENUES])
N_NAMES = 12
NEVER = -1


class Customers:
    """The customers of one part, as columns.

    Parameters
    ----------
    world
        The world.
    capacity
        Highest number of customers.

    Attributes
    ----------
    who : dict of arrays
        Attributes of each customer, shape (capacity,).
    history : dict of arrays
        What each customer remembers of earlier visits, shape (capacity,).
    """

    def __init__(self, world: World, capacity: int) -> None:
        self.world, self.n = world, 0
        self.who: Columns = {
            "venue": np.zeros(capacity, dtype=int),
            "region": np.zeros(capacity, dtype=int),
            "locale": np.zeros(capacity, dtype=int),
            "segment": np.zeros(capacity, dtype=int),
            "name": np.zeros(capacity, dtype=int),
            "value": np.zeros(capacity),
            "trait": np.zeros(capacity),
            "is_known": np.zeros(capacity, dtype=bool),
            "owned": np.zeros(capacity, dtype=int),
            "bought": np.zeros(capacity),
            "due_week": np.full(capacity, NEVER),
        }
        self.history: Columns = {
            "n_before": np.zeros(capacity, dtype=int),
            "n_unresolved": np.zeros(capacity, dtype=int),
            "last_closed": np.full(capacity, np.nan),
            "last_unresolved": np.zeros(capacity, dtype=bool),
            "last_ratio": np.zeros(capacity),
        }

    def match(self, slots: Columns, week: int, rng: np.random.Generator) -> Array:
        """Return the customer of each slot of a week.

        Customers who are due come first, most of them to their home venue, then new customers.
        """
        customer = np.full(len(slots["venue"]), NEVER)
        due = np.flatnonzero(self.who["due_week"][: self.n] == week)
        self.who["due_week"][due] = week + 1  # a customer without a slot tries again a week later
        home = due[rng.random(len(due)) < HOME_SHARE]
        at, who = _pair(slots["venue"], self.who["venue"][home], rng)
        customer[at] = home[who]
        rest = np.setdiff1d(due, home[who], assume_unique=True)
        free = np.flatnonzero(customer == NEVER)
        at, who = _pair(REGION_OF_VENUE[slots["venue"][free]], self.who["region"][rest], rng)
        customer[free[at]] = rest[who]
        free = np.flatnonzero(customer == NEVER)
        customer[free] = self._add(slots["venue"][free], slots["channel"][free], slots["start"][free], rng)
        self.who["due_week"][customer] = NEVER
        return customer

    def _add(self, venue: Array, channel: Array, start: Array, rng: np.random.Generator) -> Array:
        n = len(venue)
        ids = self.n + np.arange(n)
        self.n += n
        region = REGION_OF_VENUE[venue]
        mix = np.cumsum(np.array([REGIONS[name][0] for name in REGION_NAMES], dtype=float), axis=1)
        shares = np.cumsum([segment.share for segment in SEGMENTS])
        segment = np.minimum(np.searchsorted(shares, rng.random(n)), len(SEGMENTS) - 1)
        life = self.world.product["life_s"]
        owned = rng.integers(0, len(life), n)
        locale = np.minimum((rng.random(n)[:, None] > mix[region]).sum(axis=1), len(LOCALES) - 1)
        new = {
            "venue": venue,
            "region": region,
            "locale": locale,
            "segment": segment,
            "name": rng.integers(0, N_NAMES, n),
            "value": np.round(of_segment("value")[segment] * np.exp(rng.normal(0, 0.7, n)), 2),
            "trait": rng.normal(0, 1, n) * SD_TRAIT,
            "is_known": (channel != IN_STORE) | (rng.random(n) > ANONYMOUS_SHARE),
            "owned": owned,
            "bought": np.floor(start - rng.gamma(1.2, 0.45, n) * life[owned] - DAY_S),
        }
        for name, values in new.items():
            self.who[name][ids] = values
        return ids

    def visit(self, slots: Columns, customer: Array, rng: np.random.Generator) -> Columns:
        """Return the slots with their customers' attributes, product and memory."""
        n = len(customer)
        product_of = self.world.product
        owns = rng.random(n) < np.where(slots["channel"] == DELIVERY, 0.1, 0.62)
        product = np.where(owns, self.who["owned"][customer], rng.integers(0, len(product_of["price"]), n))
        buys = ~owns & np.isin(slots["channel"], (IN_STORE, WEB, DELIVERY)) & (rng.random(n) < 0.7)
        purchased = np.where(owns, self.who["bought"][customer], np.where(buys, slots["start"], np.nan))
        self.who["owned"][customer] = np.where(buys, product, self.who["owned"][customer])
        self.who["bought"][customer] = np.where(buys, slots["start"], self.who["bought"][customer])
        visit = dict(slots) | {name: values[customer] for name, values in self.history.items()}
        visit |= {
            name: self.who[name][customer]
            for name in ("locale", "segment", "name", "value", "trait", "is_known")
        }
        visit |= {
            "customer": customer,
            "product": product,
            "owns": owns,
            "purchased": purchased,
            "price": np.round(product_of["price"][product] * np.exp(rng.normal(0, 0.12, n)), 2),
            "since_last_s": slots["start"] - visit["last_closed"],
        }
        return visit

    def remember(self, visit: Columns, returns: Array, gap_s: Array) -> None:
        """Store the outcome of each visit, and the week in which the customer comes again, if at all."""
        customer, past = visit["customer"], self.history
        unresolved = ~visit["is_resolved"]
        past["n_before"][customer] += 1
        past["n_unresolved"][customer] += unresolved
        past["last_closed"][customer] = visit["start"] + visit["closed"]
        past["last_unresolved"][customer] = unresolved
        past["last_ratio"][customer] = visit["ratio"]
        again = np.ceil((visit["start"] + visit["closed"] + DAY_S + gap_s) / WEEK_S).astype(int)
        self.who["due_week"][customer] = np.where(returns & visit["is_known"], again, NEVER)


def _pair(group: Array, wanted: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return random pairs of indices whose values in `group` and `wanted` are equal, each index at most once."""
    places, keys = [], []
    for values in (group, wanted):
        shuffled = rng.permutation(len(values))
        order = shuffled[np.argsort(values[shuffled], kind="stable")]
        ordered = values[order]
        first = np.searchsorted(ordered, ordered)
        places.append(order)
        keys.append(ordered.astype(np.int64) * 10_000_000 + np.arange(len(ordered)) - first)
    _, at, who = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    return places[0][at], places[1][who]
