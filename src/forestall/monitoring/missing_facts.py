"""Facts that are no longer recorded: columns, kinds of events and texts that almost no new interaction has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from scipy.stats import hypergeom

from forestall.data import CORE_KINDS, Tables
from forestall.data.numbers import parse_numbers
from forestall.data.text_values import read_names
from forestall.model import RiskModel
from forestall.moment_features.columns_read import columns_read
from forestall.moment_features.state_columns import HISTORY, RATINGS
from forestall.moment_features.text_score import vector_columns

# A fact is lost if at least `COMMON` of the reference has it, the share of new interactions with it is less than
# `LARGEST_RATIO` of that, and the difference has a p-value below `LEVEL`.
COMMON = 0.1
LARGEST_RATIO = 0.25
LEVEL = 0.001
PAST = "the customers' past"
RATED_BEFORE = "earlier ratings of the interaction"
MIN_INTERACTIONS = 20  # of the reference with the fact


@dataclass(frozen=True)
class Fact:
    """A fact: its name, and the shares of the interactions that have it, in the reference and now."""

    name: str
    before: float
    now: float


@dataclass(frozen=True)
class FactCounts:
    """How many interactions have each fact, by its name, and how many there are; those of others may be added."""

    n: int = 0
    by_name: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: FactCounts) -> FactCounts:
        """Return the counts of these and of other interactions."""
        names = dict.fromkeys([*self.by_name, *other.by_name])
        both = {name: self.by_name.get(name, 0) + other.by_name.get(name, 0) for name in names}
        return FactCounts(self.n + other.n, both)

    @property
    def shares(self) -> dict[str, float]:
        """The share of the interactions that have each fact."""
        return {name: count / self.n for name, count in self.by_name.items()} if self.n else {}


def find_lost_facts(before: FactCounts, now: FactCounts) -> list[Fact]:
    """Return the facts that are no longer recorded, the most common first.

    A missing column shows in the `data_quality` of the scores, but other lost facts do not. A kind of event that is no
    longer recorded looks as if the event never happened, and an attribute that is no longer filled as if no event had
    a value. Customers whose past is missing look like new customers.

    Parameters
    ----------
    before, now
        The facts of the reference, and those of today; see `count_facts`.
    """
    shares_now = now.shares
    found = [Fact(name, share, shares_now.get(name, 0.0)) for name, share in before.shares.items()]
    lost = [one for one in found if _is_lost(one, before.n, now.n)]
    return sorted(lost, key=lambda one: (-one.before, one.name))


def _is_lost(fact: Fact, n_old: int, n_new: int) -> bool:
    n_before, n_now = round(fact.before * n_old), round(fact.now * n_new)
    if fact.before < COMMON or n_before < MIN_INTERACTIONS or fact.now >= LARGEST_RATIO * fact.before:
        return False
    return bool(hypergeom.cdf(n_now, n_old + n_new, n_before + n_now, n_new) < LEVEL)


def count_facts(model: RiskModel, tables: Tables, moments: pl.DataFrame) -> FactCounts:
    """Return how many of the interactions have each fact.

    Parameters
    ----------
    model
        The model: the columns, own kinds and attributes of events, and earlier ratings that its features read are
        counted, and all core kinds.
    tables
        The records, with the whole past of the interactions' customers.
    moments
        The moments compared: interaction_id and as_of. Later events are ignored.
    """
    if not moments.height:
        return FactCounts()
    moments = moments.select("interaction_id", "as_of")
    rows = tables.interactions.join(moments, on="interaction_id", how="semi")
    events = tables.events.join(moments, on="interaction_id").filter(pl.col("at") <= pl.col("as_of"))
    read = {name for names in columns_read(model.families, model.spec.standards).values() for name in names}
    columns = {f"the column {name}": rows[name].count() for name in rows.columns if name in read}
    read_kinds = CORE_KINDS | model.own_kinds.all | model.own_features.kinds
    with_kind = events.filter(pl.col("kind").is_in(read_kinds)).group_by("kind")
    kinds = {
        f"events '{kind}'": n for kind, n in with_kind.agg(pl.col("interaction_id").n_unique()).iter_rows()
    }
    with_words = events.filter(pl.col("text").is_not_null()).group_by("actor")
    words = {
        f"words of the {actor}": n
        for actor, n in with_words.agg(pl.col("interaction_id").n_unique()).drop_nulls("actor").iter_rows()
    }
    past = {PAST: _with_past(tables, moments)} if HISTORY in read else {}
    vector = vector_columns(model.text_weights)
    attributes = {
        f"'{name}' of events": _n_interactions(events.filter(_has_value(name, dtype)))
        for name, dtype in model.attributes.items()
        if name in events.columns and name not in vector[1:]  # the first column stands for the vector
    }
    rated = {RATED_BEFORE: _n_rated(tables, moments)} if RATINGS in read else {}
    return FactCounts(rows.height, {**columns, **kinds, **words, **past, **attributes, **rated})


def _has_value(attribute: str, dtype: Any) -> pl.Expr:
    """Return whether events have a value of an attribute, as the features read it."""
    text = pl.col(attribute).cast(pl.String)
    read = parse_numbers if dtype == pl.Float64 else read_names
    return text.map_batches(read).is_not_null()


def _n_interactions(rows: pl.DataFrame) -> int:
    return rows["interaction_id"].n_unique()


def _n_rated(tables: Tables, moments: pl.DataFrame) -> int:
    """Return the number of interactions that were rated by their moment."""
    rated = tables.feedback.join(moments, on="interaction_id")
    return _n_interactions(rated.filter(pl.col("rated_at") <= pl.col("as_of")))


def _with_past(tables: Tables, moments: pl.DataFrame) -> int:
    """Return the number of interactions whose customer has an earlier one in the tables."""
    is_later = pl.col("started_at") > pl.col("started_at").min().over("customer_id")
    known = tables.interactions.filter(pl.col("customer_id").is_not_null()).filter(is_later)
    return moments.join(known, on="interaction_id", how="semi").height
