"""Changes of learnt facts: what each interaction adds to their sums, and when that becomes known."""

from __future__ import annotations

import numpy as np
import polars as pl

from forestall.moment_features import shared_terms as terms
from forestall.moment_features.event_columns import Words
from forestall.moment_features.events import Events
from forestall.moment_features.facts_in_time import FactsInTime, is_small
from forestall.moment_features.interaction_lists import QUEUE_KEY
from forestall.moment_features.learnt_facts import COUNTS, DIMENSIONS
from forestall.moment_features.milestones import terms_of_events
from forestall.moments.timeline import Ints, whole

FAILURES = ("defect", "returned", "refunded")  # the value of these kinds of events is the cost of a failure


def facts_in_time(
    interactions: pl.DataFrame, events: Events, reached: pl.DataFrame, feedback: pl.DataFrame
) -> FactsInTime:
    """Return the learnt facts as of each moment; `reached` are the milestones of the interactions."""
    started_at = interactions["started_at"].to_numpy()
    frame = interactions.select("started_at", "price").hstack(reached).with_row_index("place")
    frame = frame.with_columns(pl.col("place").cast(pl.Int64))
    ended = frame.filter(pl.col("ended_at").is_not_null())
    rated = feedback.filter(pl.col("rated_at").is_not_null())
    changes = [
        _started(frame, interactions),
        frame.filter(pl.col("wait_end").is_not_null()).select(
            "place", at="wait_end", wait_us=(pl.col("wait_end") - pl.col("started_at")).clip(0), n_waits=1
        ),
        frame.filter(pl.col("resolved_at").is_not_null()).select(
            "place",
            at="resolved_at",
            # an issue raised after its resolution was not known by then
            resolve_us=pl.col("resolved_at")
            - pl.when(pl.col("raised_at") <= pl.col("resolved_at")).then("raised_at").otherwise("started_at"),
            n_resolves=1,
        ),
        _ended(ended, events, started_at),
        _rated(rated, events, started_at),
        _failures(events),
    ]
    counts = dict.fromkeys(COUNTS, pl.Int64)
    empty = pl.DataFrame(schema={"place": pl.Int64, "at": pl.Int64, **counts})
    merged = pl.concat([empty, *changes], how="diagonal_relaxed").with_columns(pl.col(*COUNTS).fill_null(0))
    small = [name for name in COUNTS if is_small(merged[name].to_numpy())]
    # they are gathered in other orders many times, which takes less time the fewer bytes they have
    merged = merged.with_columns(merged[name].shrink_dtype() for name in small)
    return FactsInTime(
        merged.sort("at", maintain_order=True),
        interactions.select(*DIMENSIONS[:-1], "customer_id", queue=QUEUE_KEY),
        _first_recorded(events),
    )


def _first_recorded(events: Events) -> dict[str, int]:
    """Return when the company first recorded each kind of event."""
    frame = pl.DataFrame({"kind": events.columns["kind"], "at": events.timeline.at})
    first = dict(frame.group_by("kind").agg(pl.col("at").min()).iter_rows())
    return {kind: first[number] for kind, number in events.kinds.items()}


def _started(frame: pl.DataFrame, interactions: pl.DataFrame) -> pl.DataFrame:
    """Return what is known from the start on: the price, and whether the customer has been at the venue before."""
    again = interactions.select(
        pl.col("started_at").rank("min").over("customer_id", "venue").gt(1)
        & pl.col("customer_id").is_not_null()
    ).to_series()
    return frame.select(
        "place", at="started_at", n_started=1, n_again=again.cast(pl.Int64),
        n_known=interactions["customer_id"].is_not_null().cast(pl.Int64),
        price_cents=pl.Series(whole(frame["price"].fill_null(0).to_numpy() * 100)),
        n_priced=pl.col("price").is_not_null().cast(pl.Int64),
    )  # fmt: skip


def _ended(ended: pl.DataFrame, events: Events, started_at: Ints) -> pl.DataFrame:
    """Return what is known from the end on: whether it was resolved and greeted, and the manner of the words."""
    at = ended["ended_at"].to_numpy()
    outcome = terms_of_events(
        events, ended["place"].to_numpy(), at, started_at,
        n_resolved=terms.IS_RESOLVED.or_else(False),
        n_greeted=terms.has_happened("greeted"),
        manner=terms.MANNER, n_staff_texts=terms.STAFF_TEXTS,
    ).cast(pl.Int64)  # fmt: skip
    return outcome.with_columns(ended["place"], at=pl.Series(at), n_ended=pl.lit(1))


def _rated(rated: pl.DataFrame, events: Events, started_at: Ints) -> pl.DataFrame:
    """Return what is known from the rating on: the rating, also by the manner of the words.

    A further rating of the same interaction takes the place of the one before it: its change is the difference.
    """
    at = rated["rated_at"].to_numpy()
    is_rude, is_polite = Words("staff", "n_rude") > 0, terms.MANNER > 0
    manner = terms_of_events(
        events, rated["place"].to_numpy(), at, started_at,
        n_rated_rude=is_rude, n_rated_polite=is_polite & ~is_rude,
    ).cast(pl.Int64)  # fmt: skip
    rating = pl.Series(whole(rated["rating"].to_numpy() * 100))
    changes = manner.with_columns(
        rated["place"].cast(pl.Int64), at=pl.Series(at), rating=rating, n_rated=pl.lit(1),
        rating_rude=pl.col("n_rated_rude") * rating, rating_polite=pl.col("n_rated_polite") * rating,
    )  # fmt: skip
    if rated["place"].is_unique().all():
        return changes
    sums = pl.exclude("place", "at")
    return changes.sort("place", "at").with_columns(sums - sums.shift(1).over("place").fill_null(0))


def _failures(events: Events) -> pl.DataFrame:
    """Return tips, defects, returns and their costs, each known when it happens."""
    kind, owner = events.columns["kind"], events.timeline.owners()
    number = {name: events.kinds.get(name, -1) for name in ("tipped", *FAILURES)}
    rows = np.flatnonzero(np.isin(kind, list(number.values())))
    is_tip = kind[rows] == number["tipped"]
    return pl.DataFrame(
        {
            "place": owner[rows],
            "at": events.timeline.at[rows],
            "n_tips": is_tip.astype(np.int64),
            "n_defects": (kind[rows] == number["defect"]).astype(np.int64),
            "n_returns": (kind[rows] == number["returned"]).astype(np.int64),
            "failure_cents": np.where(is_tip, 0, events.columns["cents"][rows]),
        }
    )
