"""Which kinds of events each feature reads, from the features' declarations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import polars as pl

from forestall.data.schemas import CORE_KINDS
from forestall.features.catalogue import FAMILIES, columns_of
from forestall.features.terms import DERIVED
from tables import code, markdown_table

OF_EVENTS = ("n:", "sum:", "since:", "first:", "last:")
ENDS = ("closed", "abandoned")
TERMS = {name: value for step in DERIVED for name, value in step.items()}


def table() -> str:
    """Return the table of kinds: the features that are null without a kind, and the others that read it."""
    needed, reading = features_by_kind()
    rows = [(code(kind), _named(needed[kind]), _named(reading[kind])) for kind in sorted(CORE_KINDS)]
    return markdown_table(["kind", "null until the company records it", "also used by"], rows)


def lost_without_closed() -> str:
    """Return the features that read the end of an interaction."""
    needed, reading = features_by_kind()
    ends = {name for kind in ENDS for name in needed[kind] | reading[kind]}
    return _named(ends)


def features_by_kind() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return by kind the features that are null until the company has recorded it, and the others that read it.

    A feature that any of several kinds is enough for is listed under each of them.
    """
    needed: dict[str, set[str]] = defaultdict(set)
    reading: dict[str, set[str]] = defaultdict(set)
    for name, feature in columns_of(FAMILIES).items():
        columns = set(_columns(feature.value))
        wanted = {column.split(":")[1] for column in columns if column.startswith("recorded:")}
        read = {
            column.split(":")[1]
            for column in columns
            if column.startswith(("n:", "sum:", "since:", "first:", "last:"))
        }
        for kind in wanted & CORE_KINDS:
            needed[kind].add(name)
        for kind in (read - wanted) & CORE_KINDS:
            reading[kind].add(name)
    return needed, reading


def _columns(value: pl.Expr) -> Iterable[str]:
    for name in value.meta.root_names():
        if name in TERMS:
            yield from _columns(TERMS[name])
        else:
            yield name


def _named(features: set[str]) -> str:
    links = [f"[`{name}`](../reference/features.md#{name.partition('_')[0]})" for name in sorted(features)]
    return ", ".join(links) or "–"
