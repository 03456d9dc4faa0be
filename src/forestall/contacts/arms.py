"""The arms of an experiment: which customers are held out, drawn by a hash of the customer."""

from __future__ import annotations

import hashlib

import polars as pl

from forestall.data.contact_schema import CONTACT, EXPLORE, HOLDOUT
from forestall.model.policy import Policy

UNIT, ORDER = "arm", "order"
"""What a hash of a customer decides: the arm, or the order in which customers below the threshold are chosen."""


def uniform(experiment: str, customers: pl.Series, what: str = UNIT) -> pl.Series:
    """Return a number in [0, 1) for each customer, from a cryptographic hash of the experiment and the customer.

    It is the same in every job, and independent between experiments and between uses.

    Parameters
    ----------
    experiment
        The salt.
    customers
        Names of customers.
    what
        What the number decides.
    """
    salt = hashlib.sha256(f"forestall {what} {experiment}".encode()).digest()
    numbers = [
        int.from_bytes(hashlib.blake2b(name.encode(), key=salt, digest_size=8).digest()) >> 11
        for name in customers
    ]
    return pl.Series(customers.name, [number / 2**53 for number in numbers], pl.Float64)


def customer_names(rows: pl.DataFrame) -> pl.Series:
    """Return the name by which each row's customer is drawn; an unknown customer is drawn by the interaction."""
    own = pl.concat_str(pl.lit("interaction "), pl.col("interaction_id"))
    return rows.select(customer=pl.coalesce("customer_id", own)).to_series()


def group_of(policy: Policy, customers: pl.Series) -> pl.Series:
    """Return the arm that each customer was drawn for; it stays through an experiment."""
    drawn = uniform(policy.experiment or "", customers)
    held, explored = policy.holdout_share, policy.holdout_share + policy.explore_share
    others = pl.when(drawn < explored).then(pl.lit(EXPLORE)).otherwise(pl.lit(CONTACT))
    arm = pl.when(drawn < held).then(pl.lit(HOLDOUT)).otherwise(others)
    return pl.select(arm.alias("arm")).to_series()


def with_arms(candidates: pl.DataFrame, policy: Policy, most: int) -> pl.DataFrame:
    """Return who is offered to be contacted, with `arm` and `probability`.

    The first of the list are offered in their order, until so many are contacted as there is room for. Then come some
    of those below: of the customers who were drawn to explore or to be held out, in an order by chance. Who is offered
    does not depend on the arm, so the held-out are like the contacted of their part of the list.

    Parameters
    ----------
    candidates
        One row a customer, in the order of the list, with `pays`: whether a contact pays.
    policy
        A policy with an experiment.
    most
        How many can be contacted, exploring included.

    Returns
    -------
    polars.DataFrame
        `probability` is that of being held out for the held-out, and of being contacted for the others, among the
        customers who were offered for the same reason.
    """
    names = customer_names(candidates)
    arms = candidates.with_columns(arm=group_of(policy, names))
    n_explore = min(round(policy.explore_share * most) or 1, most) if policy.explore_share else 0
    arms = arms.with_row_index("place")
    is_held = pl.col("arm") == HOLDOUT
    before = (~is_held).cum_sum() - (~is_held).cast(pl.UInt32)
    first = arms.filter("pays").filter(before < most - n_explore)
    chance = pl.when(is_held).then(policy.holdout_share).otherwise(1 - policy.holdout_share)
    offered = [first.with_columns(probability=chance)]
    if n_explore:
        rest = arms.join(first.select("place"), on="place", how="anti").filter(pl.col("arm") != CONTACT)
        rest = rest.with_columns(order=uniform(policy.experiment or "", customer_names(rest), ORDER)).sort(
            "order"
        )
        share = policy.holdout_share / (policy.holdout_share + policy.explore_share)
        chance = pl.when(is_held).then(share).otherwise(1 - share)
        offered.append(rest.filter(before < n_explore).drop("order").with_columns(probability=chance))
    return pl.concat(offered).sort("place").drop("place")
