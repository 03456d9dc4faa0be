"""What is no longer recorded: columns, kinds of events and words that nearly all new interactions lack."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from scipy.stats import hypergeom

from forestall.data import CORE_KINDS, Tables
from forestall.model import RiskModel
from forestall.moment_features.columns_read import columns_read
from forestall.moment_features.state_columns import HISTORY

# A fact that this share of the reference had has vanished where less than a quarter of that is left, beyond chance.
COMMON = 0.1
LEFT = 0.25
SURE = 0.001
PAST = "the customers' past"
FEW = 20  # interactions of the reference with the fact


@dataclass(frozen=True)
class Fact:
    """A fact that interactions may have: its name, and the shares of those before and now that have it."""

    name: str
    before: float
    now: float


def vanished(
    model: RiskModel, before: Tables, old: pl.DataFrame, now: Tables, new: pl.DataFrame
) -> list[Fact]:
    """Return the facts that have vanished, the most common first.

    A missing column makes gaps, which a score tells of. A kind that is no longer recorded makes none: it looks as if
    what it tells of never happened, to all of them. And customers whose past the data do not hold look like new ones.

    Parameters
    ----------
    model
        Whose facts: the columns that its features read. Of events, all kinds that features know of.
    before, now
        The records of then and of today.
    old, new
        The moments compared: interaction_id and as_of. What comes later may only not have come yet.
    """
    shares, left = (_shares(model, *one) for one in ((before, old), (now, new)))
    found = [Fact(name, share, left.get(name, 0.0)) for name, share in shares.items()]
    gone = [one for one in found if _is_gone(one, old.height, new.height)]
    return sorted(gone, key=lambda one: (-one.before, one.name))


def _is_gone(fact: Fact, n_old: int, n_new: int) -> bool:
    had, have = round(fact.before * n_old), round(fact.now * n_new)
    if fact.before < COMMON or had < FEW or fact.now >= LEFT * fact.before:
        return False
    return bool(hypergeom.cdf(have, n_old + n_new, had + have, n_new) < SURE)


def _shares(model: RiskModel, tables: Tables, moments: pl.DataFrame) -> dict[str, float]:
    """Return by fact the share of interactions that have it."""
    if not moments.height:
        return {}
    moments = moments.select("interaction_id", "as_of")
    rows = tables.interactions.join(moments, on="interaction_id", how="semi")
    events = tables.events.join(moments, on="interaction_id").filter(pl.col("at") <= pl.col("as_of"))
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
    past = {PAST: _with_past(tables, moments)} if HISTORY in read else {}
    return {name: n / rows.height for name, n in {**columns, **kinds, **words, **past}.items()}


def _with_past(tables: Tables, moments: pl.DataFrame) -> int:
    """Return of how many interactions the tables hold an earlier one of the same customer."""
    is_later = pl.col("started_at") > pl.col("started_at").min().over("customer_id")
    known = tables.interactions.filter(pl.col("customer_id").is_not_null()).filter(is_later)
    return moments.join(known, on="interaction_id", how="semi").height
