"""Which columns of a record each feature is computed from: what is lost with a column."""

from __future__ import annotations

from collections.abc import Iterable

from forestall.moment_features.catalogue import columns_of
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.family import Family
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import Input


def columns_read(families: Iterable[Family], standards: Standards) -> dict[str, frozenset[Input]]:
    """Return for each feature the columns and fields of a record that it is computed from.

    These are columns of `interactions`, further columns of `events`, `history`, `queue` and `earlier_ratings`.
    `started_at` and the events themselves are left out: without them a moment is not scored at all.

    Examples
    --------
    >>> from forestall.moment_features import FAMILIES
    >>> sorted(columns_read(FAMILIES, Standards())["service_venue_lean"])
    ['channel', 'queue', 'venue']
    """
    return {
        name: frozenset().union(*(one.read_from(standards) for one in ColumnsBySource([feature.value]).all))
        for name, feature in columns_of(families).items()
    }
