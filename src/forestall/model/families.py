"""The families of features that a specification asks for, and what they read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from forestall.model.column_presence import InputColumns
from forestall.model.spec import Spec
from forestall.moment_features import FAMILIES, Family, context_family
from forestall.moment_features.business_time import with_business_time
from forestall.moment_features.calendars import STORED, Calendar
from forestall.moment_features.catalogue import without_clock, without_staff
from forestall.moment_features.columns_read import columns_read
from forestall.moment_features.earlier_ratings import with_earlier_ratings
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.own_kinds import NO_KINDS, OwnKinds, with_own_kinds
from forestall.moment_features.text_features import with_text_scores
from forestall.moment_features.text_score import TextWeights
from forestall.own_features import NO_FEATURES, OwnFeatures

ASKS_AGAIN = "asks_again"  # in a model's `info`


def families_of(
    spec: Spec,
    known_at: Mapping[str, str],
    calendars: OpenCalendars | None = None,
    own_kinds: OwnKinds = NO_KINDS,
    own_features: OwnFeatures = NO_FEATURES,
    text_weights: TextWeights | None = None,
    *,
    has_clock: bool = True,
    asks_again: bool = False,
    names_staff: bool | None = None,
) -> tuple[Family, ...]:
    """Return the families that a model learns from; the company's own columns and kinds of events are the last.

    Parameters
    ----------
    spec
        The specification.
    known_at
        By column, the kind of event from which on it is known.
    calendars
        The calendars of a trained model; by default those of the specification, with the holidays that are known today.
    own_kinds
        The company's own kinds of events that have features.
    own_features
        The company's own features, whose families come after all others.
    text_weights
        The learnt weights of texts; None: texts are counted by the lexicons only.
    has_clock
        Whether the records that it learns from have times. Without, no feature comes from the order of rows.
    asks_again
        Whether moments of training knew earlier ratings of their own interactions: see
        `moment_features.earlier_ratings`.
    names_staff
        Whether the agent or team that serves is a feature; by default as the specification says.
    """
    chosen: Iterable[Family] = [family for family in FAMILIES if family.name in spec.families]
    if not (spec.privacy.staff if names_staff is None else names_staff):
        chosen = without_staff(chosen)
    chosen = with_text_scores(chosen, text_weights)
    if asks_again:
        chosen = with_earlier_ratings(chosen)
    if spec.calendars:
        chosen = with_business_time(chosen, calendars or open_calendars(spec))
    columns = context_family(spec.context.categorical, spec.context.numeric, known_at)
    own = with_own_kinds(columns, own_kinds)
    added = own_features.families
    if not has_clock:
        chosen, added = without_clock(chosen), without_clock(added)
    return (*chosen, *((own,) if own.features else ()), *added)


def open_calendars(spec: Spec) -> OpenCalendars:
    """Return the calendars of a specification; within a process the same object for the same ones."""
    return _open_calendars(json.dumps(spec.model_dump(mode="json", include={"calendars"})["calendars"]))


@lru_cache(maxsize=16)
def _open_calendars(content: str) -> OpenCalendars:
    return OpenCalendars.of(
        {name: Calendar.model_validate(one, context=STORED) for name, one in json.loads(content).items()}
    )


def input_columns(families: Sequence[Family], spec: Spec, known_at: Mapping[str, str]) -> InputColumns:
    """Return the columns of a record that the features of families read."""
    read = columns_read(families, spec.standards)
    features = [family.column(one) for family in families for one in family.features]
    inputs = {one for columns in read.values() for one in columns}
    reads = {one: np.array([one in read[feature] for feature in features], dtype=bool) for one in inputs}
    return InputColumns(reads, known_later(known_at))


def known_later(known_at: Mapping[str, str]) -> frozenset[str]:
    """Return the columns that are known only from some event on: who serves, and the company's own with `known_at`."""
    return frozenset({"staff", *known_at})
