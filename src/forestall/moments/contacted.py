"""Labels as if nobody contacted: those that came after a contact are censored, and the held-out stand for them.

A customer is offered to be contacted at a time at which the outcome is not known. Of those offered, chance decides who
is contacted. What happens to the contacted from then on says nothing about an uncontacted customer, so all outcomes
that were open at that time are censored. The held-out are a random part of the same customers: each counts for as many
as one over the probability of being held out. Outcomes that were known before the offer count once, as do those of
customers who were never offered.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from forestall.data import Tables
from forestall.data.contact_schema import HOLDOUT

CONTACTED = "contacted"
"""The outcome of a moment whose label came, or would have come, after a contact."""
HOLDOUT_WEIGHT = "holdout_weight"
"""For how many customers, contacted ones included, a moment stands."""


def censor_contacted(
    tables: Tables, labelled: pl.DataFrame, horizon: timedelta, *, has_event: bool
) -> pl.DataFrame:
    """Return labelled moments without the labels that a contact may have changed.

    Parameters
    ----------
    tables
        The records, with their contacts.
    labelled
        Moments with `label`, `decided_at` and `outcome`, and of an event label with `came_at`: when the event came.
    horizon
        The label's horizon.
    has_event
        Whether an event decides the label; else a rating does.

    Returns
    -------
    polars.DataFrame
        The same rows in the same order. Moments whose outcome was open when their customer was contacted have no label
        and the outcome `contacted`. `holdout_weight` is one over the probability of being held out where the outcome
        was open when the customer was held out, else 1.
    """
    offers = _offers(tables)
    known_at = pl.col("as_of") + horizon
    if has_event:  # an event decides at once, silence only when the horizon is over
        known_at = pl.min_horizontal(known_at, pl.when(pl.col("label") == 1).then("came_at"))
    else:
        known_at = pl.when(pl.col("label").is_not_null()).then("came_at")
    rows = labelled.with_row_index("row").with_columns(known_at=known_at)
    open_at_offer = (pl.col("known_at") > pl.col("offered_at")) | pl.col("known_at").is_null()
    found = (
        rows.select("row", "interaction_id", "known_at")
        .join(
            offers, on="interaction_id", maintain_order="left_right"
        )  # a product of shares depends on their order
        .filter(open_at_offer)
        .group_by("row")
        .agg(
            is_contacted=(pl.col("arm") != HOLDOUT).any(),
            holdout_weight=(1 / pl.col("probability")).product(),
        )
    )
    joined = rows.join(found, on="row", how="left", maintain_order="left")
    is_contacted = pl.col("is_contacted").fill_null(False)
    return joined.with_columns(
        label=pl.when(~is_contacted).then("label"),
        decided_at=pl.when(~is_contacted).then("decided_at"),
        outcome=pl.when(is_contacted).then(pl.lit(CONTACTED)).otherwise("outcome"),
        holdout_weight=pl.when(is_contacted).then(1.0).otherwise(pl.col("holdout_weight").fill_null(1.0)),
    ).drop("row", "known_at", "is_contacted")


def _offers(tables: Tables) -> pl.DataFrame:
    """Return the offers of each interaction that was going on: of its own, and of its customer's other interactions.

    A customer who is contacted about one interaction is contacted, whatever else is open. An interaction that starts
    later is another occasion. Each offer counts once for an interaction.
    """
    offers = tables.contacts.select(
        "experiment", "contact_id", "arm", "probability", offered_at="at", about="interaction_id"
    )
    visits = tables.interactions.select("interaction_id", "customer_id", "started_at")
    own = offers.with_columns(interaction_id="about")
    by_customer = (
        offers.join(visits.select(about="interaction_id", customer_id="customer_id"), on="about")
        .drop_nulls("customer_id")
        .join(visits, on="customer_id")
        .filter(pl.col("started_at") <= pl.col("offered_at"))
        .select(own.columns)
    )
    # a customer held out through an experiment is held out once, however often the offer was repeated
    once = pl.concat([own, by_customer]).sort("offered_at", "contact_id")
    customers = visits.select(about="interaction_id", customer=pl.coalesce("customer_id", "interaction_id"))
    return once.join(customers, on="about", maintain_order="left").unique(
        ["interaction_id", "experiment", "customer"], keep="first", maintain_order=True
    )


def contact_notes(tables: Tables) -> list[str]:
    """Return what a reader of a training must know of its contacts; nothing if there are none."""
    arms = dict(tables.contacts["arm"].value_counts().iter_rows())
    n_held = arms.get(HOLDOUT, 0)
    n_contacted = sum(arms.values()) - n_held
    if not n_contacted:
        return []
    if not n_held:
        return [
            f"{n_contacted:,} contacts are recorded and no customer was held out, so this model will learn its own "
            "effect: nothing shows the risk of those who are contacted if nobody contacts them. Set 'holdout_share' "
            "and 'experiment' under 'policy' in model.yaml."
        ]
    return [
        f"The risk is that of a customer whom nobody contacts: outcomes after {n_contacted:,} contacts are censored, "
        f"and {n_held:,} held-out customers stand for them."
    ]
