"""Which kinds of events each feature reads by name."""

from __future__ import annotations

from collections.abc import Iterable

from forestall.moment_features.catalogue import columns_of
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.event_columns import ANY_KIND, EventColumn
from forestall.moment_features.family import Family
from forestall.moment_features.state_columns import Recorded


def kinds_read(families: Iterable[Family]) -> dict[str, frozenset[str]]:
    """Return for each feature the kinds of events that it reads by name, from its term.

    Examples
    --------
    >>> from forestall.moment_features import FAMILIES
    >>> sorted(kinds_read(FAMILIES)["service_hold_n"])
    ['hold_started']
    """
    return {
        name: frozenset(
            one.event_kind
            for one in ColumnsBySource([feature.value]).all
            if isinstance(one, EventColumn | Recorded) and one.event_kind != ANY_KIND
        )
        for name, feature in columns_of(families).items()
    }
