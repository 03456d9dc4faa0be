"""The table `contacts`: who was offered to be contacted, in which arm, and what came of it."""

# ruff: noqa: N805 (dataframely passes the class to a rule)

from __future__ import annotations

import dataframely as dy
import polars as pl

from forestall.data.schema_types import Row, number_column, text_column, time_column

CONTACT, HOLDOUT, EXPLORE = "contact", "holdout", "explore"
ARMS = (CONTACT, HOLDOUT, EXPLORE)
"""What a customer was drawn for: to be contacted, to be left alone, to be contacted although the risk is low."""
REACHED, NOT_REACHED, NOT_NEEDED = "reached", "not_reached", "not_needed"
RESULTS = (REACHED, NOT_REACHED, NOT_NEEDED)


class Contacts(Row):
    """An offer to contact a customer about an interaction, with the arm that was drawn."""

    contact_id = text_column()
    interaction_id = text_column()
    customer_id = text_column()
    at = time_column()
    experiment = text_column()
    arm = text_column()
    probability = number_column()
    risk = number_column()
    model_name = text_column()
    model_version = text_column()
    done_at = time_column()
    result = text_column()
    channel = text_column()
    cost = number_column()

    @dy.rule()
    def no_contact_id(cls) -> pl.Expr:
        """Check that the row has a key."""
        return pl.col("contact_id").is_not_null()

    @dy.rule()
    def no_interaction_id(cls) -> pl.Expr:
        """Check that the row has the key of its interaction."""
        return pl.col("interaction_id").is_not_null()

    @dy.rule()
    def no_time(cls) -> pl.Expr:
        """Check that the row has a time."""
        return pl.col("at").is_not_null()

    @dy.rule()
    def no_experiment(cls) -> pl.Expr:
        """Check that the row names its experiment."""
        return pl.col("experiment").is_not_null()

    @dy.rule()
    def unknown_arm(cls) -> pl.Expr:
        """Check that the arm is one of `ARMS`."""
        return pl.col("arm").is_in(ARMS).fill_null(False)

    @dy.rule()
    def no_probability(cls) -> pl.Expr:
        """Check that the probability of the arm is above 0 and at most 1."""
        return ((pl.col("probability") > 0) & (pl.col("probability") <= 1)).fill_null(False)

    @dy.rule()
    def no_risk(cls) -> pl.Expr:
        """Check that the risk is from 0 to 1."""
        return pl.col("risk").is_between(0, 1).fill_null(False)

    @dy.rule()
    def unknown_result(cls) -> pl.Expr:
        """Check that the result is one of `RESULTS`, or null."""
        return pl.col("result").is_in(RESULTS)

    @dy.rule()
    def done_before_offer(cls) -> pl.Expr:
        """Check that the contact was not made before it was offered."""
        return pl.col("done_at") >= pl.col("at")

    @dy.rule()
    def infinite_number(cls) -> pl.Expr:
        """Check that the cost is finite."""
        return pl.col("cost").is_finite()


class OwnedContacts(Row):
    """Contacts that meet the rules of a row, with the start of their interaction (null if there is none)."""

    contact_id = text_column()
    experiment = text_column()
    at = time_column()
    started_at = time_column()

    @dy.rule()
    def orphan_contact(cls) -> pl.Expr:
        """Check that the interaction is in the tables."""
        return pl.col("started_at").is_not_null()

    @dy.rule()
    def contact_before_start(cls) -> pl.Expr:
        """Check that the contact is not before its interaction's start."""
        return pl.col("at") >= pl.col("started_at")


class KeyedContacts(Row):
    """Contacts that meet all other rules. Of rows with the same experiment and key, the first is kept."""

    contact_id = text_column()
    experiment = text_column()

    @dy.rule()
    def duplicate_key(cls) -> pl.Expr:
        """Check that the row is the first of its experiment with its key."""
        return pl.struct("experiment", "contact_id").is_first_distinct()
