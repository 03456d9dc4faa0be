"""Which columns of a record each feature reads: what is lost with a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from forestall.features.catalogue import columns_of
from forestall.features.family import Family
from forestall.features.standards import Standards
from forestall.features.terms import DERIVED, STANDARD

HISTORY, QUEUE = "history", "queue"  # facts of a record that are no columns of `interactions`
_PLACE = ("venue", "channel")


def columns_read(families: Iterable[Family], standards: Standards) -> dict[str, frozenset[str]]:
    """Return for each feature the columns of `interactions`, `history` and `queue` that it comes from.

    `started_at` and the events are not told: without them a moment is not scored at all.

    Examples
    --------
    >>> from forestall.features import FAMILIES
    >>> sorted(columns_read(FAMILIES, Standards())["service_venue_lean"])
    ['channel', 'queue', 'venue']
    """
    terms = {name: value for step in DERIVED for name, value in step.items()}
    return {
        name: frozenset(_columns(feature.value, terms, standards))
        for name, feature in columns_of(families).items()
    }


def _columns(value: pl.Expr, terms: Mapping[str, pl.Expr], standards: Standards) -> set[str]:
    found: set[str] = set()
    for name in value.meta.root_names():
        found |= _columns(terms[name], terms, standards) if name in terms else _of_state(name, standards)
    return found - {"started_at", "as_of"}


def _of_state(name: str, standards: Standards) -> set[str]:
    """Return the columns that a column of the state comes from (see `features.terms`)."""
    if name == STANDARD:
        of_standard = (("venue", standards.venues), ("channel", standards.channels))
        return {column for column, own in of_standard if own}
    what, mark, rest = name.partition(":")
    if not mark:
        return {name}
    if what == "usual":
        dimension = rest.partition(":")[0]
        return {"queue": set(_PLACE), "all": set()}.get(dimension, {dimension})
    if what == "queue":
        return {QUEUE, *_PLACE}
    if what == "past":
        same = {"n_same_venue": {"venue"}, "n_same_channel": {"channel"}}
        return {HISTORY, "customer_id", *same.get(rest, set())}
    return {"locale"} if what == "words" and rest.endswith("language") else set()
