"""The world, which is the same for every seed: channels, venues, lines, staff, locales, products and segments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Columns = dict[str, Array]

WORLD_SEED = 20250101
START = np.datetime64("2025-01-01T00:00:00", "us")
N_WEEKS = 78
N_DAYS = 7 * N_WEEKS
DAY_S = 86_400.0
SPAN_S = N_DAYS * DAY_S
N_STAFF = 200
HOURS = np.arange(8, 18)
HOUR_LOAD = np.array([0.75, 0.9, 1.05, 1.2, 1.25, 1.0, 0.9, 0.95, 1.15, 1.2])


@dataclass(frozen=True)
class Channel:
    """A channel of contact.

    `standard_s`: standard wait; `cell_s`: length of a sampled hour or day; `service_s`: usual length of service;
    `load`: share of time in which servers are busy; `share`: share of interactions; `patience`: median patience in
    standards (None: customers never leave); `is_live`: whether staff and customer meet or talk at the same time;
    `wait_weight`: weight of the wait; `talk`: probability that the customer says something; `reply`: factor of
    the response rate.
    """

    name: str
    standard_s: float
    cell_s: float
    servers: int
    service_s: float
    load: float
    share: float
    patience: float | None
    is_live: bool
    wait_weight: float
    talk: float
    reply: float


CHANNELS = (
    Channel("in_store", 90, 3600, 2, 240, 0.60, 0.42, 13, True, 1.0, 0.45, 1.0),
    Channel("phone", 60, 3600, 2, 280, 0.55, 0.17, 12, True, 1.15, 0.60, 0.8),
    Channel("chat", 45, 3600, 3, 420, 0.56, 0.11, 12, True, 1.1, 0.90, 1.15),
    Channel("email", 14_400, 36_000, 2, 2400, 1.2, 0.08, None, False, 0.8, 1.0, 1.1),
    Channel("web", 10_800, 36_000, 2, 2700, 1.15, 0.05, None, False, 0.75, 0.90, 1.1),
    Channel("self_service", 90, 3600, 1, 200, 0.50, 0.10, 12, True, 0.9, 0.45, 0.85),
    Channel("delivery", 86_400, 36_000, 2, 2400, 1.5, 0.07, None, False, 1.1, 0.35, 1.05),
)
CHANNEL_NAMES = tuple(channel.name for channel in CHANNELS)
IN_STORE, PHONE, CHAT, EMAIL, WEB, SELF_SERVICE, DELIVERY = range(7)


@dataclass(frozen=True)
class Venue:
    """A venue.

    `size`: share of its channels' interactions, relative to other venues; `pressure`: load relative to its channels;
    `manner`: politeness of its staff; `care`: how often staff greet and inform; `jumps`: share of customers who are
    let past the queue; `tips`: how usual tips are; `is_lean`: short of cash, and so of staff, in the lean season.
    """

    name: str
    region: str
    channels: tuple[int, ...]
    size: float
    pressure: float
    manner: float
    care: float
    jumps: float
    tips: float
    is_lean: bool


_STORE, _KIOSK = (IN_STORE,), (IN_STORE, SELF_SERVICE)
VENUES = (
    Venue("Stellenbosch", "ZA", _STORE, 1.0, 0.95, 0.5, 0.4, 0.04, 0.5, False),
    Venue("Pretoria Oos", "ZA", _STORE, 1.2, 1.10, 0.1, -0.2, 0.12, 0.3, True),
    Venue("Durban North", "ZA", _KIOSK, 1.1, 1.05, 0.0, 0.0, 0.05, 0.3, False),
    Venue("Soweto Mall", "ZA", _KIOSK, 1.3, 1.20, 0.2, -0.1, 0.15, 0.2, True),
    Venue("Kaaplyn", "ZA", (PHONE, CHAT), 1.3, 1.10, 0.2, 0.1, 0.0, 0.0, True),
    Venue("Bloemfontein Pos", "ZA", (EMAIL, WEB), 1.0, 1.05, 0.1, 0.0, 0.0, 0.0, False),
    Venue("Vloot Suid", "ZA", (DELIVERY,), 1.0, 1.05, 0.2, 0.2, 0.0, 0.3, True),
    Venue("København K", "DK", _KIOSK, 1.2, 1.00, -0.1, 0.1, 0.02, 0.0, False),
    Venue("Aarhus", "DK", _STORE, 1.0, 0.90, 0.0, 0.3, 0.02, 0.0, False),
    Venue("Odense", "DK", _STORE, 0.8, 1.05, -0.3, -0.4, 0.03, 0.0, True),
    Venue("Nordlinjen", "DK", (PHONE, CHAT), 1.0, 0.95, 0.0, 0.2, 0.0, 0.0, False),
    Venue("Postkontoret", "DK", (EMAIL, WEB), 0.9, 0.95, -0.1, 0.3, 0.0, 0.0, False),
    Venue("Leeds", "GB", _KIOSK, 1.1, 1.05, 0.2, 0.0, 0.03, 0.1, False),
    Venue("Bristol", "GB", _STORE, 0.9, 0.90, 0.4, 0.4, 0.03, 0.2, False),
    Venue("The Snug Toad", "GB", _STORE, 2.4, 1.00, -1.2, -0.1, 0.06, 0.9, False),
    Venue("Tyne Line", "GB", (PHONE, CHAT, EMAIL), 1.2, 1.15, 0.1, -0.1, 0.0, 0.0, True),
    Venue("Fleet Midlands", "GB", (DELIVERY,), 1.0, 0.95, 0.1, 0.0, 0.0, 0.1, False),
    Venue("Berlin Mitte", "DE", _KIOSK, 1.1, 1.05, -0.4, -0.3, 0.05, 0.1, False),
    Venue("Hamburg", "DE", _STORE, 0.9, 0.95, -0.1, 0.1, 0.03, 0.1, False),
    Venue("Rheinkontakt", "DE", (PHONE, CHAT, WEB), 1.0, 1.05, 0.0, 0.1, 0.0, 0.0, True),
    Venue("Flotte Nord", "DE", (DELIVERY,), 0.9, 1.10, 0.0, -0.2, 0.0, 0.1, False),
    Venue("Lisboa Baixa", "PT", _KIOSK, 1.1, 1.10, 0.4, 0.2, 0.10, 0.5, True),
    Venue("Porto", "PT", _STORE, 0.9, 0.95, 0.5, 0.4, 0.06, 0.5, False),
    Venue("Linha Lisboa", "PT", (PHONE, CHAT, EMAIL), 0.9, 1.00, 0.3, 0.1, 0.0, 0.0, False),
)
RUDE_VENUE = next(i for i, venue in enumerate(VENUES) if venue.name == "The Snug Toad")
# days of the simulated time in which lean venues are short of cash and of staff
LEAN_DAYS = (285, 415)


@dataclass(frozen=True)
class Locale:
    """A culture: weights of waits, manner, own language and faults, and the level of its ratings."""

    name: str
    language: str
    wait: float
    manner: float
    own_language: float
    level: float
    fault: float


LOCALES = (
    Locale("af-ZA", "af", 0.85, 1.25, 0.45, -0.05, 0.9),
    Locale("en-ZA", "en", 0.9, 1.05, 0.15, -0.05, 0.95),
    Locale("da-DK", "da", 1.2, 0.5, 0.25, 0.1, 1.0),
    Locale("en-GB", "en", 1.0, 1.15, 0.1, 0.0, 1.0),
    Locale("de-DE", "de", 1.25, 0.65, 0.35, 0.15, 1.25),
    Locale("pt-PT", "pt", 0.75, 1.35, 0.3, -0.1, 0.9),
)
# of each region: share of each locale among customers, and the language that all its staff speak
REGIONS = {
    "ZA": ((0.5, 0.5, 0, 0, 0, 0), "en"),
    "DK": ((0, 0, 0.85, 0.15, 0, 0), "da"),
    "GB": ((0, 0, 0, 0.94, 0.02, 0.04), "en"),
    "DE": ((0, 0, 0, 0.10, 0.90, 0), "de"),
    "PT": ((0, 0, 0, 0.12, 0.03, 0.85), "pt"),
}
REGION_NAMES = tuple(REGIONS)


@dataclass(frozen=True)
class Segment:
    """A segment of customers: its weights of wait, manner, price and outcome, and its yearly value."""

    name: str
    share: float
    wait: float
    manner: float
    price: float
    outcome: float
    value: float


SEGMENTS = (
    Segment("hurried", 0.28, 1.3, 0.8, 0.9, 1.0, 600),
    Segment("sociable", 0.27, 0.85, 1.35, 0.9, 0.95, 350),
    Segment("thrifty", 0.25, 0.95, 0.9, 1.6, 0.95, 220),
    Segment("careful", 0.20, 0.95, 1.0, 1.0, 1.2, 800),
)


@dataclass(frozen=True)
class Category:
    """A category of products: usual price, life in years, share of contacts about a fault, and product names."""

    name: str
    price: float
    life_years: float
    fault: float
    is_commodity: bool
    models: tuple[str, ...]


CATEGORIES = (
    Category("groceries", 25, 0.3, 0.08, True, ("Basket", "Crate", "Weekly box")),
    Category("meals", 18, 0.1, 0.07, False, ("Lunch", "Supper", "Platter")),
    Category("clothing", 60, 2.0, 0.12, False, ("Jacket", "Shoe", "Shirt")),
    Category("furniture", 380, 8.0, 0.14, False, ("Chair", "Table", "Shelf")),
    Category("appliances", 290, 6.0, 0.20, False, ("Kettle", "Washer", "Oven")),
    Category("phones", 520, 3.0, 0.22, False, ("Phone", "Headset", "Watch")),
    Category("cables", 15, 2.0, 0.12, True, ("Cable", "Charger", "Battery")),
    Category("broadband", 40, 2.0, 0.24, True, ("Line", "Router plan", "Mobile plan")),
)


@dataclass(frozen=True)
class World:
    """The world as arrays.

    `line`, `staff` and `product` are columns with one value per line (a venue's channel), member of staff and
    product. `rosters` has the staff of each line.
    """

    line: Columns
    staff: Columns
    product: Columns
    rosters: tuple[Array, ...]


@lru_cache(maxsize=1)
def world() -> World:
    """Return the world, drawn once with `WORLD_SEED`."""
    rng = np.random.default_rng(WORLD_SEED)
    line = _lines()
    staff, rosters = _staff(line, rng)
    return World(line, staff, _products(rng), rosters)


def of_venue(attribute: str) -> Array:
    """Return one attribute of all venues."""
    return np.array([getattr(venue, attribute) for venue in VENUES])


def of_channel(attribute: str) -> Array:
    """Return one attribute of all channels."""
    return np.array([getattr(channel, attribute) for channel in CHANNELS], dtype=float)


def of_locale(attribute: str) -> Array:
    """Return one attribute of all locales."""
    return np.array([getattr(locale, attribute) for locale in LOCALES])


def of_segment(attribute: str) -> Array:
    """Return one attribute of all segments."""
    return np.array([getattr(segment, attribute) for segment in SEGMENTS])


def _lines() -> Columns:
    pairs = [(v, c) for v, venue in enumerate(VENUES) for c in venue.channels]
    venue, channel = (np.array(ids) for ids in zip(*pairs, strict=True))
    size = of_venue("size")[venue]
    of_size = np.bincount(channel, weights=size)
    share = of_channel("share")[channel] * size / of_size[channel]
    return {"venue": venue, "channel": channel, "share": share / share.sum()}


def _staff(line: Columns, rng: np.random.Generator) -> tuple[Columns, tuple[Array, ...]]:
    """Return staff with skill, manner and speed, and the staff of each line."""
    n_lines = len(line["venue"])
    at = np.sort(
        np.concatenate(
            [
                np.arange(N_STAFF - N_STAFF % n_lines) % n_lines,
                rng.choice(n_lines, N_STAFF % n_lines, replace=False),
            ]
        )
    )
    venue = line["venue"][at]
    staff = {
        "line": at,
        "skill": rng.normal(0, 0.7, N_STAFF),
        "manner": of_venue("manner")[venue] + rng.normal(0, 0.55, N_STAFF),
        "speed": np.exp(rng.normal(0, 0.15, N_STAFF)),
        "name": np.array([f"S{number:03d}" for number in rng.permutation(N_STAFF) + 1]),
    }
    return staff, tuple(np.flatnonzero(at == i) for i in range(n_lines))


def _products(rng: np.random.Generator) -> Columns:
    n = 60
    category = np.sort(np.arange(n) % len(CATEGORIES))
    usual = np.array([CATEGORIES[c].price for c in category], dtype=float)
    names = [
        f"{CATEGORIES[c].models[i % 3]} {'ABCDEFGHIJ'[i // 3 % 10]}{i + 1}" for i, c in enumerate(category)
    ]
    return {
        "category": category,
        "name": np.array(names),
        "price": np.round(usual * np.exp(rng.normal(0, 0.35, n)), 2),
        "usual_price": usual,
        "life_s": np.array([CATEGORIES[c].life_years for c in category]) * 365 * DAY_S,
        "fault": np.array([CATEGORIES[c].fault for c in category]) * np.exp(rng.normal(0, 0.5, n)),
        "is_commodity": np.array([CATEGORIES[c].is_commodity for c in category]),
    }
