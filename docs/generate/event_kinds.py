"""Which kinds of events each feature reads, from the features' declarations."""

from __future__ import annotations

from collections import defaultdict

from forestall.data.schemas import CORE_KINDS
from forestall.features.catalogue import FAMILIES, columns_of
from forestall.features.columns_by_source import ColumnsBySource
from forestall.features.event_columns import EventColumn
from forestall.features.state_columns import Recorded
from forestall.moments.moments import ENDS
from tables import code, markdown_table


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
        columns = ColumnsBySource([feature.value]).all
        wanted = {one.event_kind for one in columns if isinstance(one, Recorded)}
        read = {one.event_kind for one in columns if isinstance(one, EventColumn)}
        for kind in wanted & CORE_KINDS:
            needed[kind].add(name)
        for kind in (read - wanted) & CORE_KINDS:
            reading[kind].add(name)
    return needed, reading


def _named(features: set[str]) -> str:
    links = [f"[`{name}`](../reference/features.md#{name.partition('_')[0]})" for name in sorted(features)]
    return ", ".join(links) or "–"
