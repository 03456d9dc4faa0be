"""The tables: their columns, their types and the rules that each row must meet."""

# ruff: noqa: N805 (dataframely passes the class to a rule)

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import dataframely as dy
import polars as pl

from forestall.data.contact_schema import Contacts
from forestall.data.schema_types import (
    ROW,
    RULE,
    TIME,
    Row,
    number_column,
    text_column,
    time_column,
)

__all__ = ["ROW", "RULE", "TIME"]

TABLES = ("interactions", "events", "feedback")
CONTACTS = "contacts"
"""The optional fourth table: who was offered to be contacted. No feature and no score uses it."""
ALL_TABLES = (*TABLES, CONTACTS)
CLOCK_FAULT_S = 5
CLOCK_FAULT = pl.duration(seconds=CLOCK_FAULT_S)
"""How far before its interaction's start an event may lie, because clocks of systems differ."""

CORE_KINDS = frozenset(
    {
        "arrived",
        "attempted",
        "human_requested",
        "greeted",
        "served",
        "message",
        "informed",
        "hold_started",
        "hold_ended",
        "transferred",
        "escalated",
        "issue_raised",
        "responded",
        "resolved",
        "reopened",
        "defect",
        "returned",
        "refunded",
        "complained",
        "tipped",
        "abandoned",
        "delivered",
        "closed",
    }
)
"""The kinds of event that features use; other kinds are kept and counted."""

_WORD = r"^\p{N}[\p{N}_.:-]*\p{L}[\p{L}\p{M}\p{N}_.:-]*$|^\p{L}[\p{L}\p{M}\p{N}_.:-]*$"
LONGEST_WORD = 64

REQUIRED = {
    "interactions": ("interaction_id", "started_at"),
    "events": ("interaction_id", "at", "kind"),
    "feedback": ("interaction_id", "rating"),
    CONTACTS: ("contact_id", "interaction_id", "at", "experiment", "arm", "probability", "risk"),
}


FROM_DAY_START = frozenset({"started_at", "purchased_at"})
"""The times that are the beginning of a day where they have no time of day; all others are its end. What happened on
that day came after its start."""


def is_word(kind: pl.Expr) -> pl.Expr:
    """Return whether each text can be a kind of event: one word of at most 64 characters; false for null."""
    return (kind.str.contains(_WORD) & (kind.str.len_chars() <= LONGEST_WORD)).fill_null(False)


def find_word_fault(kind: object) -> str | None:
    """Return why `kind` cannot be a kind of event, or None if it can."""
    if isinstance(kind, str) and pl.select(is_word(pl.lit(kind))).item():
        return None
    return f"must be one word of letters, digits and _, at most {LONGEST_WORD}, with at least one letter"


class Interactions(Row):
    """One contact between a customer and the company: the unit scored.

    The types allow nulls and infinite numbers, because rules reject them under names of their own.
    """

    interaction_id = text_column()
    started_at = time_column()
    customer_id = text_column()
    channel = text_column()
    venue = text_column()
    locale = text_column()
    product = text_column()
    product_category = text_column()
    price = number_column()
    is_commodity = dy.Bool(nullable=True)
    promised_at = time_column()
    purchased_at = time_column()
    customer_value = number_column()
    staff = text_column()

    @dy.rule()
    def no_interaction_id(cls) -> pl.Expr:
        """Check that the row has a key."""
        return pl.col("interaction_id").is_not_null()

    @dy.rule()
    def no_time(cls) -> pl.Expr:
        """Check that the row has a start."""
        return pl.col("started_at").is_not_null()

    @dy.rule()
    def infinite_number(cls) -> pl.Expr:
        """Check that the row's numbers are finite."""
        return pl.col("price").is_finite().fill_null(True) & pl.col("customer_value").is_finite().fill_null(
            True
        )


class Events(Row):
    """What happened in an interaction, each with the time at which the company knew it."""

    interaction_id = text_column()
    at = time_column()
    kind = text_column()
    actor = text_column()
    text = text_column()
    value = number_column()

    @dy.rule()
    def no_interaction_id(cls) -> pl.Expr:
        """Check that the row has the key of its interaction."""
        return pl.col("interaction_id").is_not_null()

    @dy.rule()
    def no_time(cls) -> pl.Expr:
        """Check that the row has a time."""
        return pl.col("at").is_not_null()

    @dy.rule()
    def kind_is_no_word(cls) -> pl.Expr:
        """Check that the row's kind is a word."""
        return is_word(pl.col("kind"))

    @dy.rule()
    def infinite_number(cls) -> pl.Expr:
        """Check that the row's amount is finite."""
        return pl.col("value").is_finite()


class Feedback(Row):
    """The rating that a customer gave an interaction afterwards."""

    interaction_id = text_column()
    rating = number_column()
    rated_at = time_column()

    @dy.rule()
    def no_interaction_id(cls) -> pl.Expr:
        """Check that the row has the key of its interaction."""
        return pl.col("interaction_id").is_not_null()

    @dy.rule()
    def no_rating(cls) -> pl.Expr:
        """Check that the row has a rating."""
        return pl.col("rating").is_not_null()

    @dy.rule()
    def infinite_number(cls) -> pl.Expr:
        """Check that the rating is finite."""
        return pl.col("rating").is_finite()


class Keyed(Row):
    """Rows that meet all other rules. Of rows with the same key, the first is kept."""

    interaction_id = text_column()

    @dy.rule()
    def duplicate_key(cls) -> pl.Expr:
        """Check that the row is the first with its key."""
        return pl.col("interaction_id").is_first_distinct()


class KeyedFeedback(Row):
    """Ratings that meet all other rules. Of rows with the same interaction and time, the first is kept."""

    interaction_id = text_column()
    rated_at = time_column()

    @dy.rule()
    def duplicate_key(cls) -> pl.Expr:
        """Check that the row is the first of its interaction with its time, or without a time."""
        return pl.struct("interaction_id", "rated_at").is_first_distinct()


class OwnedEvents(Row):
    """Events that meet the rules of a row, with the start of their interaction (null if there is none)."""

    at = time_column()
    started_at = time_column()

    @dy.rule()
    def orphan_event(cls) -> pl.Expr:
        """Check that the event's interaction is in the tables."""
        return pl.col("started_at").is_not_null()

    @dy.rule()
    def event_before_start(cls) -> pl.Expr:
        """Check that the event is not more than `CLOCK_FAULT` before its interaction's start."""
        return pl.col("at") >= pl.col("started_at") - CLOCK_FAULT


class OwnedFeedback(Row):
    """Feedback that meets the rules of a row, with the start of its interaction (null if there is none)."""

    rated_at = time_column()
    started_at = time_column()

    @dy.rule()
    def orphan_feedback(cls) -> pl.Expr:
        """Check that the interaction is in the tables."""
        return pl.col("started_at").is_not_null()

    @dy.rule()
    def rated_before_start(cls) -> pl.Expr:
        """Check that the rating is after the interaction's start; an earlier one belongs to another."""
        return pl.col("rated_at") > pl.col("started_at")


SCHEMAS: dict[str, type[dy.Schema]] = {
    "interactions": Interactions,
    "events": Events,
    "feedback": Feedback,
    CONTACTS: Contacts,
}


@cache
def column_types(table: str) -> Mapping[str, pl.DataType]:
    """Return the columns of `table` in the contract and their types, in order."""
    return {name: column.dtype for name, column in SCHEMAS[table].columns().items() if name != ROW}


def empty_table(table: str) -> pl.DataFrame:
    """Return a table without rows."""
    return pl.DataFrame(schema=column_types(table))


def broken_rules(frame: pl.DataFrame, schema: type[dy.Schema]) -> pl.DataFrame:
    """Return the rows of `frame` that break a rule: `ROW`, and as `RULE` the first rule that is broken.

    Parameters
    ----------
    frame
        A frame with at least the columns of `schema`, in their types.
    schema
        The rules, each named as its method.
    """
    _, failure = schema.filter(frame)
    if not len(failure):
        return pl.DataFrame(schema={ROW: pl.UInt32, RULE: pl.String})
    details = failure.details()
    rules = [name for name in details.columns if name not in schema.column_names()]
    first = pl.coalesce(pl.when(pl.col(rule) == "invalid").then(pl.lit(rule)) for rule in rules)
    return details.select(ROW, first.alias(RULE))
