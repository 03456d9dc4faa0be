"""Moments for a label event that comes while interactions are open: drawn without a look at what comes later."""

import numpy as np
import polars as pl
import pytest

from companies import DAY, at, company, simulated, visit
from forestall.data import Tables
from forestall.moments import Label, label_moments
from forestall.moments.open_sampling import open_moments

KEY = ["interaction_id", "as_of"]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return simulated(n=300)


def test_each_draw_weighs_the_same_and_lies_where_the_interaction_is_open(tables):
    """No moment lies before the start or after the closing; what does not count takes its weight with it."""
    moments = open_moments(tables, 4, seed=1, label_event="escalated")
    assert moments.select(KEY).is_unique().all()
    assert moments.group_by("interaction_id").agg(pl.col("weight").sum())["weight"].max() <= 1 + 1e-12
    assert (moments["weight"] * 4 % 1 == 0).all()
    closed = tables.events.filter(pl.col("kind").is_in(["closed", "abandoned"]))
    closed = closed.group_by("interaction_id").agg(closed_at=pl.col("at").min())
    lives = moments.join(tables.interactions, on="interaction_id").join(
        closed, on="interaction_id", how="left"
    )
    assert (lives["as_of"] >= lives["started_at"]).all()
    assert (lives["as_of"] <= lives["closed_at"]).drop_nulls().all()
    assert (lives["as_of"] == lives["closed_at"]).drop_nulls().any()
    judged_lives = lives.filter("is_last")
    assert (judged_lives["as_of"] < judged_lives["closed_at"]).drop_nulls().all()
    judged = moments.filter("is_last")
    assert judged["interaction_id"].is_unique().all()
    assert judged.height > 0.5 * tables.interactions.height


def test_the_order_of_rows_does_not_change_them(tables):
    """The same interactions in another order get the same moments."""
    shuffled = tables.replace(
        **{
            name: getattr(tables, name).sample(fraction=1, shuffle=True, seed=9)
            for name in ("interactions", "events")
        }
    )
    one, other = (open_moments(some, 4, 1, "escalated").sort(KEY) for some in (tables, shuffled))
    assert one.equals(other)
    assert not open_moments(tables, 4, 2, "escalated").sort(KEY).equals(one)


def test_the_labels_own_events_do_not_move_the_moments():
    """With or without an escalation, the moments are the same."""
    visits, escalated = [], []
    for i in range(50):
        start = i * 1000
        steps = [(start + 60, "served"), (start + 600, "resolved")]
        visits.append(visit(str(i), start, *steps))
        escalated.append(visit(str(i), start, *steps, (start + 300, "escalated")))
    one, other = (open_moments(company(*some), 3, 1, "escalated") for some in (visits, escalated))
    assert one.equals(other)


def test_a_silent_interaction_is_over_after_the_open_days():
    """A moment never lies so long after the last event, nor after the end of the records."""
    long = [visit(f"l{i}", 0, (40 * DAY, "served"), (41 * DAY, "closed")) for i in range(100)]
    silent = [visit(f"s{i}", 0) for i in range(100)]
    tables = company(*long, *silent)
    moments = open_moments(tables, 4, 1, "complained", open_days=10)
    of_silent = moments.filter(pl.col("interaction_id").str.starts_with("s"))
    assert at(5 * DAY) < of_silent["as_of"].max() <= at(10 * DAY)
    # nobody knows on the 20th day that it will be closed on the 41st
    of_long = moments.filter(pl.col("interaction_id").str.starts_with("l"))
    assert of_long.filter(pl.col("as_of").is_between(at(10 * DAY), at(40 * DAY), closed="none")).is_empty()
    later = open_moments(tables, 4, 1, "complained", open_days=60)
    assert later.filter(pl.col("interaction_id").str.starts_with("s"))["as_of"].max() > at(10 * DAY)
    assert later["as_of"].max() <= at(41 * DAY)


def test_consequences_of_the_event_do_not_reveal_it():
    """Staff answer each complaint, nothing is closed, and complaints come by chance: no state has more of them."""
    rng = np.random.default_rng(3)
    visits = []
    for i in range(4000):
        start, resolved = i * 3600, i * 3600 + rng.uniform(1, 48) * 3600
        complained = resolved + rng.uniform(3, 10) * DAY
        later = [(complained, "complained"), (complained + DAY, "responded")] if rng.random() < 0.2 else []
        visits.append(visit(str(i), start, (resolved, "resolved"), *later))
    tables = company(*visits, visit("last", 4000 * 3600 + 60 * DAY))
    label = Label(event="complained", horizon_days=30)
    moments = label_moments(tables, open_moments(tables, 4, 1, "complained"), label)
    known = moments.filter(pl.col("label").is_not_null()).join(tables.interactions, on="interaction_id")
    resolved = tables.events.filter(pl.col("kind") == "resolved").select("interaction_id", resolved_at="at")
    known = known.join(resolved, on="interaction_id").with_columns(
        since=pl.col("as_of") - pl.col("resolved_at")
    )
    early = known.filter(pl.col("since") <= pl.duration(days=2))
    assert abs(early["label"].mean() - 0.2) < 0.02
    late = known.filter(pl.col("since").is_between(pl.duration(days=3), pl.duration(days=7)))
    assert 0.05 < late["label"].mean() < 0.2  # some have complained already: they are dropped
