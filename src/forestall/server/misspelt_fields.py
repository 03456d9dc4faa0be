"""Fields of requests that are not read because their names are misspelt: found at times, and told once.

A field that no record needs is no fault, since a company may send whole tickets; so requests are answered all the same.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from forestall.data.schemas import column_types
from forestall.model import RiskModel
from forestall.model.context import RECORD_FIELDS
from forestall.model.near_fields import near_fields
from forestall.moment_features.record_events import EVENT_FIELDS
from forestall.server.wire_format import RECORDS, SPLIT

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""Seconds between two requests that are looked at, so that looking costs little whatever the requests are."""
_MOST_FIELDS = 60  # of a record with more, nothing is compared
_LONGEST_NAME = 60
_BODY = {RECORDS, SPLIT, "params", "changes"}
_ANY: Any = list[msgspec.Raw]
_Columns = msgspec.defstruct("Columns", [("columns", list[str])])
_Heads = msgspec.defstruct("Heads", [(RECORDS, _ANY, ()), (SPLIT, _Columns | None, None)])
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Heads)


class MisspeltFields:
    """Looks at the names in the first record of a request, at most once in some seconds.

    Parameters
    ----------
    count
        Called with the name of each field that is missing while another has nearly its name.
    every_s
        Seconds between two requests that are looked at.
    """

    def __init__(self, count: Callable[[str], None], every_s: float = EVERY_S) -> None:
        self.count, self.every_s = count, every_s
        self._next = 0.0
        self._told: set[str] = set()

    def look(self, body: bytes, model: RiskModel) -> None:
        """Count the fields that a valid request seems to mean, and name each once in the log.

        Only fields that Forestall knows are named, never a word of the request.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self.every_s
        try:
            found = _missing(body, model)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # a form that only MLflow has
            return
        for field in found:
            self.count(field)
            if field not in self._told:
                self._told.add(field)
                log.warning(
                    "a request lacks %s, and has another field of nearly the same name, which is not read; see "
                    "forestall_misspelt_fields_total in /metrics",
                    field,
                )


def _missing(body: bytes, model: RiskModel) -> list[str]:
    """Return the fields that are missing while another has nearly their name; `events.` is before those of an event."""
    context = model.spec.context
    known = {*column_types("interactions"), *RECORD_FIELDS, *context.holds}
    found = _near(msgspec.json.decode(body, type=dict[str, msgspec.Raw]), {"params"}, _BODY)
    heads = _DECODER.decode(body)
    if getattr(heads, SPLIT) is not None:
        return found + _near(getattr(heads, SPLIT).columns, known)
    records = getattr(heads, RECORDS)
    first = msgspec.json.decode(records[0], type=dict[str, msgspec.Raw]) if records else {}
    found += _near(first, known)
    events = msgspec.json.decode(first.get("events", b"null"))
    if isinstance(events, list) and events and isinstance(events[0], Mapping):
        found += [f"events.{field}" for field in _near(events[0], {*EVENT_FIELDS, *model.attributes})]
    return found


def _near(names: Collection[str], fields: set[str], known: set[str] | None = None) -> list[str]:
    """Return the fields that are not among the names while another of them has nearly the same name."""
    others = {one for one in names if one not in (known or fields) and len(one) <= _LONGEST_NAME}
    if not others or len(names) > _MOST_FIELDS:
        return []
    return [field for field, _ in near_fields({*others, *fields.intersection(names)}, fields)]
