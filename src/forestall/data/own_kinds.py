"""Kinds of events by their use: those that features know by name, and a company's own."""

from __future__ import annotations

import polars as pl

from forestall.data.schemas import CORE_KINDS
from forestall.data.tables import Tables

_MIN_INTERACTIONS, _MIN_SHARE = 20, 0.01


def is_own(kind: str) -> bool:
    """Return whether a kind of event is a company's own.

    Examples
    --------
    >>> is_own("parcel_lost"), is_own("reopened")
    (True, False)
    """
    return kind not in CORE_KINDS


def least_interactions(n: int) -> float:
    """Return how many of `n` interactions must have a kind for it to be common enough to learn from."""
    return max(_MIN_INTERACTIONS, _MIN_SHARE * n)


def common_kinds(events: pl.DataFrame, n: int) -> list[str]:
    """Return the kinds that are common enough among `n` interactions, the most common first.

    Parameters
    ----------
    events
        Their events: `interaction_id` and `kind`.
    n
        The number of interactions.
    """
    counts = events.select("interaction_id", "kind").unique().group_by("kind").len()
    found = counts.filter(pl.col("len") >= least_interactions(n)).sort(
        ["len", "kind"], descending=[True, False]
    )
    return found["kind"].to_list()


def kinds_by_use(tables: Tables) -> dict[str, list[str]]:
    """Return the kinds of events by their use, each in alphabetical order.

    Returns
    -------
    dict
        `known`: features know them by name. `own`: a company's own that are common enough among all interactions, which
        training considers as features. `own_rare`: the company's own that are not.
    """
    kinds = sorted(set(tables.events["kind"]))
    common = set(common_kinds(tables.events, tables.interactions.height))
    own = [kind for kind in kinds if is_own(kind)]
    return {
        "known": [kind for kind in kinds if not is_own(kind)],
        "own": [kind for kind in own if kind in common],
        "own_rare": [kind for kind in own if kind not in common],
    }
