"""The tables of a data folder, made from visits."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from forestall.simulation.events import event_rows
from forestall.simulation.world import (
    CATEGORIES,
    CHANNEL_NAMES,
    LOCALES,
    SEGMENTS,
    SPAN_S,
    START,
    VENUES,
    Array,
    Columns,
    World,
)

Frames = dict[str, pl.DataFrame]
_START_US = int(START.astype(np.int64))
_END_US = _START_US + int(SPAN_S * 1e6)
END = datetime.fromtimestamp(_END_US / 1e6, UTC)
"""The end of the simulated time, when the records are taken."""
_TIME = pl.Datetime("us", "UTC")


def make_tables(
    world: World, visits: Columns, rng: np.random.Generator, first: tuple[int, int], width: int
) -> Frames:
    """Return interactions, events, feedback and truth, as the company knows them at the end of the simulated time.

    Parameters
    ----------
    world
        The world.
    visits
        Visits from `draw_visits`.
    rng
        Random generator of phrases and short delays.
    first
        Numbers of the first interaction and of the first customer.
    width
        Number of digits of an id.
    """
    start_us = start_times(visits)
    keys = _ids("i", np.arange(len(start_us)) + first[0], width)
    customers = _ids("c", visits["customer"] + first[1], width)
    events = event_rows(visits, rng)
    at = pl.Series(start_us).gather(events["visit"]) + events["after_us"]
    events = events.select(
        interaction_id=keys.gather(events["visit"]),
        at=at.cast(_TIME),
        kind="kind",
        actor="actor",
        text="text",
        value="value",
    ).filter(at <= _END_US)
    closed_us = start_us + _microseconds(visits["closed"])
    rated_us = closed_us + _microseconds(np.where(visits["does_rate"], visits["rating_s"], 0.0))
    feedback = pl.DataFrame(
        {"interaction_id": keys, "rating": visits["rating"].astype(float), "rated_at": _times(rated_us)}
    ).filter(visits["does_rate"] & (rated_us <= _END_US))
    truth = pl.DataFrame(
        {"interaction_id": keys, "true_risk": visits["true_risk"], "true_risk_all": visits["true_risk_all"]}
    ).filter(closed_us <= _END_US)
    return {
        "interactions": _interactions(world, visits, start_us, keys, customers),
        "events": events,
        "feedback": feedback,
        "truth": truth,
    }


def start_times(visits: Columns) -> Array:
    """Return the start of each visit, microseconds since 1970, shape (n_visits,)."""
    times: Array = _START_US + _microseconds(visits["start"])
    return times


def _interactions(
    world: World, visits: Columns, start_us: Array, keys: pl.Series, customers: pl.Series
) -> pl.DataFrame:
    known = pl.Series(visits["is_known"])
    product, staff = visits["product"], visits["staff"]
    columns = {
        "interaction_id": keys,
        "started_at": _times(start_us),
        "customer_id": customers,
        "channel": pl.Series(CHANNEL_NAMES).gather(visits["channel"]),
        "venue": pl.Series([venue.name for venue in VENUES]).gather(visits["venue"]),
        "locale": pl.Series([locale.name for locale in LOCALES]).gather(visits["locale"]),
        "product": pl.Series(world.product["name"]).gather(product),
        "product_category": pl.Series([one.name for one in CATEGORIES]).gather(
            world.product["category"][product]
        ),
        "price": visits["price"],
        "is_commodity": world.product["is_commodity"][product],
        "promised_at": _times(start_us + _microseconds(visits["promised"]), ~np.isnan(visits["promised"])),
        "purchased_at": _times(
            _START_US + _microseconds(visits["purchased"]), ~np.isnan(visits["purchased"])
        ),
        "customer_value": visits["value"],
        "staff": pl.Series(world.staff["name"]).gather(np.maximum(staff, 0)),
        "segment": pl.Series([segment.name for segment in SEGMENTS]).gather(visits["segment"]),
    }
    only_known = [
        pl.when(known).then(pl.col(name)).alias(name) for name in ("customer_id", "customer_value", "segment")
    ]
    served = pl.Series(visits["is_served"])
    return pl.DataFrame(columns).with_columns(
        *only_known, pl.when(served).then(pl.col("staff")).alias("staff")
    )


def _microseconds(seconds: Array) -> Array:
    return np.rint(np.nan_to_num(seconds) * 1e6).astype(np.int64)


def _times(microseconds: Array, where: Array | None = None) -> pl.Series:
    times = pl.Series(microseconds).cast(_TIME)
    if where is None:
        return times
    return pl.DataFrame({"t": times, "w": where}).select(pl.when("w").then("t")).to_series()


def _ids(letter: str, numbers: Array, width: int) -> pl.Series:
    text = pl.Series(numbers).cast(pl.String).str.zfill(width)
    return pl.select(pl.lit(letter) + text).to_series()
