"""Which facts a feature that is never known lacks: columns, kinds of events, texts or ratings, from its term."""

from __future__ import annotations

from collections.abc import Iterator

from forestall.data_report.records import Records
from forestall.moment_features import Feature, Standards
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.event_columns import ANY_KIND, EventColumn, Words
from forestall.moment_features.state_columns import Recorded, Usual, of_interactions


def missing_facts(feature: Feature, records: Records, standards: Standards) -> set[str]:
    """Return what a feature reads and the records do not hold.

    Each is `column NAME`, `kind NAME`, `texts of ACTOR` or `ratings with a time`.
    """
    return set(_missing(feature, records, standards))


def _missing(feature: Feature, records: Records, standards: Standards) -> Iterator[str]:
    interactions = records.tables.interactions
    for leaf in ColumnsBySource([feature.value]).all:
        for column in of_interactions(leaf.read_from(standards)):
            if column not in interactions.columns or column in records.empty_columns:
                yield f"column {column}"
        if isinstance(leaf, EventColumn | Recorded):
            if leaf.event_kind != ANY_KIND and leaf.event_kind not in records.kinds:
                yield f"kind {leaf.event_kind}"
        elif isinstance(leaf, Words):
            if leaf.actor not in records.actors_with_text:
                yield f"texts of {leaf.actor}"
        elif isinstance(leaf, Usual) and leaf.fact.startswith("rating") and not records.has_rating_times:
            yield "ratings with a time"
