"""What is no longer recorded: columns, kinds of events and words that nearly all new interactions lack."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from scipy.stats import binom

from forestall.data import CORE_KINDS, Tables
from forestall.features.reads import columns_read
from forestall.model import RiskModel

# A fact that this share of the reference had has vanished where less than a quarter of that is left, beyond chance.
COMMON = 0.1
LEFT = 0.25
SURE = 0.001


@dataclass(frozen=True)
class Fact:
    """A fact that interactions may have: its name, and the shares of those before and now that have it."""

    name: str
    before: float
    now: float


def vanished(model: RiskModel, before: Tables, old: pl.Series, now: Tables, new: pl.Series) -> list[Fact]:
    """Return the facts that have vanished, the most common first.

    A missing column makes gaps, which a score tells of. A kind that is no longer recorded makes none: it looks as if
    what it tells of never happened, to all of them.

    Parameters
    ----------
    model
        Whose facts: the columns that its features read. Of events, all kinds that features know of.
    before, now
        The records of then and of today.
    old, new
        interaction_id of those compared.
    """
    shares, left = (_shares(model, tables, ids) for tables, ids in ((before, old), (now, new)))
    found = [Fact(name, share, left.get(name, 0.0)) for name, share in shares.items()]
    gone = [one for one in found if one.before >= COMMON and _is_gone(one, len(new))]
    return sorted(gone, key=lambda one: (-one.before, one.name))


def _is_gone(fact: Fact, n: int) -> bool:
    by_chance = binom.cdf(round(fact.now * n), n, fact.before)
    return fact.now < LEFT * fact.before and bool(by_chance < SURE)


def _shares(model: RiskModel, tables: Tables, ids: pl.Series) -> dict[str, float]:
    """Return by fact the share of interactions that have it."""
    if not len(ids):
        return {}
    among = pl.col("interaction_id").is_in(ids.implode())
    rows, events = tables.interactions.filter(among), tables.events.filter(among)
    read = {name for names in columns_read(model.families, model.spec.standards).values() for name in names}
    columns = {f"the column {name}": rows[name].count() for name in rows.columns if name in read}
    with_kind = events.filter(pl.col("kind").is_in(CORE_KINDS)).group_by("kind")
    kinds = {
        f"events '{kind}'": n for kind, n in with_kind.agg(pl.col("interaction_id").n_unique()).iter_rows()
    }
    with_words = events.filter(pl.col("text").is_not_null()).group_by("actor")
    words = {
        f"words of the {actor}": n
        for actor, n in with_words.agg(pl.col("interaction_id").n_unique()).drop_nulls("actor").iter_rows()
    }
    return {name: n / rows.height for name, n in {**columns, **kinds, **words}.items()}
