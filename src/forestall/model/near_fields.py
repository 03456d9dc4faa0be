"""Fields of records that are not read because their names are misspelt."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from forestall.data.schemas import column_types
from forestall.model.context import RECORD_FIELDS, Context
from forestall.moment_features.record_events import EVENT_FIELDS

log = logging.getLogger(__name__)

_NEAR = 0.8
_MOST_FIELDS = 200  # of a record with more, nothing is compared


def warn_of_near_fields(data: Any, context: Context) -> None:
    """Name in the log the fields that the first record lacks, if it has one of nearly the same name.

    Such a field is not read: the fact counts as missing. Other further fields are no fault, since a company may send
    whole tickets.

    Parameters
    ----------
    data
        A list of records, or a frame of them.
    context
        The further columns that the model reads.
    """
    first = data[0] if isinstance(data, Sequence) and data and isinstance(data[0], Mapping) else None
    names = list(first) if first is not None else list(getattr(data, "columns", ()))
    _warn(names, {*column_types("interactions"), *RECORD_FIELDS, *context.holds}, "records")
    events = first.get("events") if first is not None else None
    if isinstance(events, Sequence) and events and isinstance(events[0], Mapping):
        _warn(list(events[0]), set(EVENT_FIELDS), "events of records")


def near_fields(names: Collection[Any], known: Collection[str]) -> list[tuple[str, str]]:
    """Return the known names that are missing, each with a further name that is nearly the same.

    Examples
    --------
    >>> near_fields(["customr_id", "colour"], ["customer_id", "channel"])
    [('customer_id', 'customr_id')]
    """
    others = {name.lower(): name for name in names if isinstance(name, str) and name not in known}
    if not others or len(names) > _MOST_FIELDS:
        return []
    found = []
    for field in sorted(set(known).difference(names)):
        near = difflib.get_close_matches(field.lower(), others, n=1, cutoff=_NEAR)
        found += [(field, others[one]) for one in near]
    return found


def _warn(names: Collection[Any], known: Collection[str], where: str) -> None:
    for field, near in near_fields(names, known):
        log.warning("%s have no field %s; they have %s, which is not read", where, field, near)
