"""The sources of interaction records: the features of a record are those of its moment in tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from forestall.data.schemas import column_types
from forestall.errors import InputError
from forestall.moment_features.interaction_lists import InteractionLists
from forestall.moment_features.learnt_facts import Facts
from forestall.moment_features.name_columns import listed
from forestall.moment_features.nested_fields import Record, are_objects
from forestall.moment_features.record_circumstances import RecordCircumstances
from forestall.moment_features.record_events import (
    NO_TIME,
    default_as_of,
    default_as_of_without_start,
    events_of_records,
)
from forestall.moment_features.record_fields import MOMENT, are_typed, read_fields
from forestall.moment_features.sources import Sources
from forestall.moment_features.standards import Standards


def sources_of_records(
    data: Any,
    standards: Standards,
    facts: Facts,
    context: Mapping[str, Any] | None = None,
    scale: tuple[float, float] | None = None,
    label_event: str | None = None,
    *,
    hides_label_event: bool = False,
    attributes: Mapping[str, Any] | None = None,
) -> Sources:
    """Return the sources of interaction records: one moment each, at its `as_of`.

    Parameters
    ----------
    data
        A list of dicts, or a pandas or Polars frame: the columns of `interactions`, `as_of`, `events`,
        `history` and `queue`, the last three also as JSON.
    standards
        What is promised.
    facts
        Learnt facts, frozen.
    context, attributes
        Further columns of the interactions, and further fields of the events, that are used, with their types.
    scale
        The lowest and highest rating; one off the scale counts as none.
    label_event
        The kind of event that the model predicts: it does not end an interaction.
    hides_label_event
        Whether this event is left out, as from records without a clock: its order says nothing.

    Returns
    -------
    Sources
        Its interactions have `as_of`, microseconds. A record without `started_at` has no events; its `as_of` is the
        time of its last event, or `NO_TIME`.

    Raises
    ------
    InputError
        A field is not of its type; the record's number and the field are named, never the value.
    """
    records = _records(data)
    types = {**column_types("interactions"), **(context or {}), "as_of": MOMENT}
    own = read_fields(records, types)
    starts = own["started_at"]
    started_at = np.array([NO_TIME if start is None else start for start in starts], dtype=np.int64)
    events = events_of_records(records, starts, started_at, own["locale"], attributes)
    if hides_label_event:
        events = events.without(label_event)
    if None in own["as_of"]:
        defaults = default_as_of(events, started_at, label_event)
        own["as_of"] = [two if one is None else one for one, two in zip(own["as_of"], defaults, strict=True)]
        if None in starts:
            _set_moments_without_start(records, starts, own["as_of"], label_event)
    past = RecordCircumstances.of(records, own, started_at, scale)
    whole = {name: pl.Int64 if _is_time(dtype) else dtype for name, dtype in types.items()}
    columns = {name: listed(values) for name, values in {**own, "started_at": started_at}.items()}
    return Sources(InteractionLists.of(columns, whole, standards), events, facts, past)


def _is_time(dtype: Any) -> bool:
    return dtype == MOMENT or isinstance(dtype, pl.Datetime)


def _records(data: Any) -> Sequence[Record]:
    if isinstance(data, pl.DataFrame):
        return data.to_dicts()
    if hasattr(data, "to_dict"):
        return list(data.to_dict(orient="records"))
    if isinstance(data, Mapping):
        return [data]
    if isinstance(data, list) and are_typed(data):
        return data
    if isinstance(data, Iterable) and not isinstance(data, str | bytes):
        records = list(data)
        if are_objects(records):
            return records
    raise InputError("data must be Tables or interaction records: a frame, or a list of dicts")


def _set_moments_without_start(
    records: Sequence[Record], starts: Sequence[int | None], as_of: list[int], label_event: str | None
) -> None:
    """Set the default moments of records without a start, in place."""
    some = [place for place, start in enumerate(starts) if start is None and as_of[place] == NO_TIME]
    moments = default_as_of_without_start([records[one] for one in some], label_event)
    for place, moment in zip(some, moments, strict=True):
        as_of[place] = moment
