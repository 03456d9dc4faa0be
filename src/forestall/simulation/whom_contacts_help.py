"""Whom a contact helps in a simulated company: by nothing that is visible, by visible facts, or all alike."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import polars as pl

from forestall.errors import UsageError, must_be
from forestall.simulation.tables import Frames

Helps = Literal["hidden", "visible", "alike"]
"""Whom a contact helps: drawn for each customer, by facts that are recorded, or everybody by the same share."""
HELPED, LITTLE, ANNOYED = 0, 1, 2
SHARES = (0.3, 0.6, 0.1)
"""The shares of customers who are helped much, little, and who are annoyed."""
VISIBLE_SHARES = (0.3, 0.5, 0.2)
"""The same where visible facts decide."""
_FACTS = ("channel", "product_category", "locale")
_EVENTS = ("transferred", "defect", "escalated", "informed")
_UNSEEN = 0.5  # deviation of what no record shows, where each visible fact has one of 1


def check_helps(helps: str) -> None:
    """Check the name of who is helped.

    Raises
    ------
    UsageError
        There is no such name.
    """
    if helps not in get_args(Helps):
        raise UsageError(must_be("helps", f"one of {', '.join(get_args(Helps))}", helps))


def kinds_of_help(frames: Frames, helps: Helps, rng: np.random.Generator) -> pl.DataFrame:
    """Return what a contact does in each interaction: `interaction_id` and `help`, one of the three kinds.

    Parameters
    ----------
    frames
        `interactions`, `events` and `truth` of a company.
    helps
        `hidden`: the kind is drawn for each customer and nothing recorded goes with it. `visible`: each company draws
        how much each channel, category, locale and kind of event adds; the customers with the highest sums are helped
        much, those with the lowest are annoyed. `alike`: all are helped a little, so the effects of all customers are
        the same share of their risk.
    rng
        Draws what is drawn.
    """
    check_helps(helps)
    interactions = frames["interactions"]
    if helps == "visible":
        return _by_facts(frames, rng)
    who = pl.coalesce("customer_id", "interaction_id")
    customers = interactions.select("interaction_id", who=who)
    if helps == "alike":
        return customers.select("interaction_id", help=pl.lit(LITTLE, pl.Int64))
    names = customers["who"].unique(maintain_order=True)
    kinds = pl.DataFrame({"who": names, "help": rng.choice(3, len(names), p=SHARES)})
    return customers.join(kinds, on="who", how="left", maintain_order="left").drop("who")


def _by_facts(frames: Frames, rng: np.random.Generator) -> pl.DataFrame:
    interactions, events = frames["interactions"], frames["events"]
    total = np.zeros(interactions.height)
    for (
        name
    ) in _FACTS:  # what each value adds comes first: with one seed two companies of unlike sizes agree on it
        values = interactions[name].fill_null("")
        known = values.unique().sort().to_list()
        adds = dict(zip(known, rng.standard_normal(len(known)).tolist(), strict=True))
        total += values.replace_strict(adds, return_dtype=pl.Float64).to_numpy()
    for kind in _EVENTS:
        having = events.filter(pl.col("kind") == kind)["interaction_id"].unique().implode()
        total += rng.standard_normal() * interactions["interaction_id"].is_in(having).to_numpy()
    total += _UNSEEN * rng.standard_normal(interactions.height)
    place = pl.Series(total).rank("ordinal").to_numpy() / len(total)
    few, most = VISIBLE_SHARES[ANNOYED], 1 - VISIBLE_SHARES[HELPED]
    kind_of = np.select([place > most, place <= few], [HELPED, ANNOYED], LITTLE)
    return interactions.select("interaction_id", help=pl.Series(kind_of, dtype=pl.Int64))
