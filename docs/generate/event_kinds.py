"""Which kinds of events each feature reads, from the features' declarations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from forestall.data.schemas import CORE_KINDS
from forestall.moment_features import shared_terms as terms
from forestall.moment_features.catalogue import FAMILIES, columns_of
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.event_columns import EventColumn
from forestall.moment_features.state_columns import Recorded
from forestall.moment_features.terms import Term
from forestall.moments.moments import ENDS
from tables import code, markdown_table

FACTS: Mapping[str, Term] = {
    "end of the wait": terms.WAIT_END,
    "begin of service": terms.ATTENDED,
    "whether resolved": terms.IS_RESOLVED,
    "issue raised": terms.RAISED,
    "end of the interaction": terms.ENDED,
}
"""Facts that many features share, each made of several kinds of events."""


def table() -> str:
    """Return the table of kinds: what is null without a kind, which facts it is part of, and what else reads it."""
    needed, reading = features_by_kind()
    rows = []
    for kind in sorted(CORE_KINDS):
        facts = [f"*{name}*" for name, fact in FACTS.items() if kind in _kinds_in(fact)]
        others = _named(reading[kind])
        rows.append(
            (code(kind), _named(needed[kind]) or "–", ", ".join([*facts, *filter(None, [others])]) or "–")
        )
    return markdown_table(["kind", "null until the company records it", "also used for"], rows)


def facts_table() -> str:
    """Return the table of the shared facts: the kinds that each is made of, and the features that read it."""
    rows = [
        (name, ", ".join(code(kind) for kind in sorted(_kinds_in(fact))), _named(features_with(fact)))
        for name, fact in FACTS.items()
    ]
    return markdown_table(["fact", "from", "features"], rows)


def lost_without_closed() -> str:
    """Return the features that read the end of an interaction."""
    needed, reading = features_by_kind()
    ends = {name for kind in ENDS for name in needed[kind] | reading[kind]}
    return _named(ends | features_with(terms.ENDED))


def features_by_kind() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return by kind the features that are null until the company has recorded it, and the others that read it.

    A feature for which any of several kinds is enough is listed under each of them. What a feature reads by a shared
    fact is left out.
    """
    needed: dict[str, set[str]] = defaultdict(set)
    reading: dict[str, set[str]] = defaultdict(set)
    for name, feature in columns_of(FAMILIES).items():
        leaves = list(_parts(feature.value))
        wanted = {one.event_kind for one in leaves if isinstance(one, Recorded)}
        read = {one.event_kind for one in leaves if isinstance(one, EventColumn)}
        for kind in wanted & CORE_KINDS:
            needed[kind].add(name)
        for kind in (read - wanted) & CORE_KINDS:
            reading[kind].add(name)
    return needed, reading


def features_with(fact: Term) -> set[str]:
    """Return the features that read a shared fact."""
    return {name for name, feature in columns_of(FAMILIES).items() if fact in _parts(feature.value)}


def _parts(term: Term) -> Iterable[Term]:
    """Return a term and what it is made of, down to the columns of the state or to a shared fact."""
    yield term
    if term not in FACTS.values():
        for part in term.parts:
            yield from _parts(part)


def _kinds_in(term: Term) -> set[str]:
    return {one.event_kind for one in ColumnsBySource([term]).all if isinstance(one, EventColumn)}


def _named(features: set[str]) -> str:
    links = [f"[`{name}`](../reference/features.md#{name.partition('_')[0]})" for name in sorted(features)]
    return ", ".join(links)
