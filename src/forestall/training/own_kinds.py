"""Which own kinds and attributes of events become features: those that go with the label beyond chance."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.common_names import common_names
from forestall.data.own_kinds import common_kinds, is_own
from forestall.errors import InputError, nearest
from forestall.evaluation.metrics.multiple_testing import adjusted_p_values
from forestall.model import Spec
from forestall.moment_features.event_attributes import attribute_types
from forestall.moment_features.own_kinds import OwnKinds
from forestall.moment_features.sources import Sources
from forestall.training.kind_search import LAST, KindSearch, Tested

log = logging.getLogger(__name__)

MOST_TRIED, MOST_CHOSEN = 500, 100
FALSE_SHARE = 0.05  # the expected share of kinds and attributes without an effect among those chosen
_CLOSED = "closed"  # other features know that an interaction has ended: what came before says more


def chosen_kinds(tables: Tables, moments: pl.DataFrame, spec: Spec, sources: Sources) -> OwnKinds:
    """Return the own kinds and attributes of events that become features, chosen on the training part of the split.

    Parameters
    ----------
    tables
        The company's records.
    moments
        Labelled moments with their part.
    spec
        The specification: what is considered.
    sources
        The timelines of the tables.

    Raises
    ------
    InputError
        The specification names a kind or a column that the events do not have.
    """
    kinds, attributes = spec.kinds.own, spec.kinds.attributes
    has_clock = tables.about.get("clock") != "none"
    types = attribute_types(tables.events)
    _check_there("own", "kind", kinds, set(tables.events["kind"]))
    _check_there("attributes", "column", attributes, set(types))
    found = OwnKinds(has_clock=has_clock, label_event=spec.label.event or "")
    if isinstance(kinds, list):
        named = tuple(sorted(set(kinds)))
        found = replace(found, counted=named, timed=named if has_clock else ())
    if isinstance(attributes, list):
        found = _with_attributes(found, attributes, types)
    train = moments.filter((pl.col("part") == "train").fill_null(False) & pl.col("is_last"))
    common = _common_kinds(tables, train, spec) if kinds != "none" else []
    own = [kind for kind in common if is_own(kind)][:MOST_TRIED]
    tried = [one for one in types if one not in spec.words.embedding] if attributes == "auto" else []
    if train["label"].n_unique() < 2 or not (own or found.counted or tried):
        return found
    among = tuple(sorted(kind for kind in common if kind != _CLOSED)) if own or found.counted else ()
    search = KindSearch.of(train, sources, has_clock=has_clock)
    p_values = search.of_attributes(_with_attributes(found, tried, types))
    if kinds == "auto":
        p_values |= search.of_kinds(own)
    if among and has_clock:
        p_values[LAST] = search.of_last(among)
    passed = _passed(p_values)
    if kinds == "auto":
        counted = tuple(sorted(name for what, name in passed if what == "kind"))
        found = replace(found, counted=counted, timed=counted if has_clock else ())
    if attributes == "auto":
        found = _with_attributes(found, [name for what, name in passed if what == "attribute"], types)
    log.info("own kinds of events: %d common enough, features of %d", len(own), len(found.all))
    return replace(found, last_among=among if LAST in passed else ())


def _passed(p_values: dict[Tested, float]) -> list[Tested]:
    """Return what passes the tests, corrected for their number; the smallest p-values if these are too many."""
    adjusted = dict(zip(p_values, adjusted_p_values(list(p_values.values())), strict=True))
    passed = [one for one in adjusted if adjusted[one] <= FALSE_SHARE]
    return sorted(passed, key=lambda one: (p_values[one], one))[:MOST_CHOSEN]


def _with_attributes(found: OwnKinds, names: list[str], types: dict[str, Any]) -> OwnKinds:
    """Return what is found with attributes of events; a text has no last value without a clock."""
    names = sorted(set(names))
    texts = [name for name in names if types[name] == pl.String and found.has_clock]
    return replace(
        found, numbers=tuple(name for name in names if types[name] == pl.Float64), texts=tuple(texts)
    )


def _common_kinds(tables: Tables, train: pl.DataFrame, spec: Spec) -> list[str]:
    """Return the kinds that are common enough, the most common first, without the label's own event.

    Of a kind that fewer customers have than `privacy.least_customers` not even the name is kept.
    """
    customers = train.select("interaction_id", "customer_id")
    events = tables.events.select("interaction_id", "kind").join(customers, on="interaction_id")
    enough = set(common_names(events, "kind", spec.privacy.least_customers))
    return [kind for kind in common_kinds(events, train.height) if kind in enough - {spec.label.event}]


def _check_there(key: str, what: str, wanted: str | list[str], there: set[str]) -> None:
    for name in wanted if isinstance(wanted, list) else ():
        if name not in there:
            raise InputError(
                f"kinds.{key} in model.yaml: the events must have the {what} '{name}'; {nearest(name, there)}"
            )
