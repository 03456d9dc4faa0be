"""Requests whose records are plain, read into rows of one type: this takes half the time of dicts.

A record is plain if each field has its own type in JSON: texts, numbers, true or false, lists of objects. Everything
else (other forms that are legal, and all that is not) is read by `server.wire_format`, which has the messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from keyword import iskeyword
from typing import Any

import msgspec
import polars as pl

from forestall.data.schemas import column_types
from forestall.data.text_values import name_of
from forestall.model import RiskModel
from forestall.moment_features.record_circumstances import HISTORY_FIELDS, QUEUE_FIELDS, RATING_FIELDS
from forestall.moment_features.record_events import EVENT_FIELDS
from forestall.server.limits import LISTS, may_hold_long_text
from forestall.server.settings import Settings
from forestall.server.wire_format import RECORDS, SPLIT, ScoringRequest, read_params

_TYPES: dict[Any, Any] = {pl.Float64: float | None, pl.Boolean: bool | None}  # times and names are texts
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_plain_request(body: bytes, model: RiskModel, settings: Settings) -> ScoringRequest | None:
    """Return the content of a request's body; None if it is not plain, or not valid.

    Parameters
    ----------
    body
        The body.
    model
        The model that scores it.
    settings
        The limits.

    Raises
    ------
    RequestError
        The records are valid, and the parameters are not.
    """
    context = model.spec.context
    # which fields an event has matters for attributes: a row has all of them
    if model.attributes or not _is_utf8(body) or may_hold_long_text(body, settings.max_text):
        return None
    decoder = _decoder(tuple(context.texts), tuple(context.numbers))
    if decoder is None:
        return None
    try:
        content = decoder.decode(body)
    except _UNREADABLE:
        return None
    records = getattr(content, RECORDS)
    if getattr(content, SPLIT) is not msgspec.UNSET or not _are_within_limits(records, settings):
        return None
    return ScoringRequest(records, *read_params(content.params))


def _are_within_limits(records: list[Any], settings: Settings) -> bool:
    names = [record.interaction_id for record in records]
    if len(records) > settings.max_records or None in names or not all(map(name_of, names)):
        return False
    lengths = [len(one) for record in records for name in LISTS if (one := getattr(record, name))]
    return max(lengths, default=0) <= settings.max_events and sum(lengths) <= settings.max_work


def _is_utf8(body: bytes) -> bool:
    """Return whether a body is UTF-8, also in fields that are not read."""
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=8)
def _decoder(categorical: tuple[str, ...], numeric: tuple[str, ...]) -> msgspec.json.Decoder[Any] | None:
    """Return what reads the body of a request for a model with these columns of context.

    None if one of their names is no name of an attribute.
    """
    own: dict[str, Any] = {**column_types("interactions"), "as_of": pl.String}
    own |= dict.fromkeys(categorical, pl.String) | dict.fromkeys(numeric, pl.Float64)
    event, earlier, rating = (
        _row(name, types)
        for name, types in (("Event", EVENT_FIELDS), ("Earlier", HISTORY_FIELDS), ("Rating", RATING_FIELDS))
    )
    nested: dict[str, Any] = {"events": event, "history": earlier, "earlier_ratings": rating}
    nested = {field: list[row] | None for field, row in nested.items()}  # type: ignore[valid-type]
    nested["queue"] = _row("Queue", QUEUE_FIELDS) | None
    if not all(name.isidentifier() and not iskeyword(name) and not name.startswith("_") for name in own):
        return None
    record = _row("Record", own, nested)
    records: Any = list[record]  # type: ignore[valid-type]
    fields = [(SPLIT, Any, msgspec.UNSET), ("params", Any, None)]
    return msgspec.json.Decoder(msgspec.defstruct("Request", [(RECORDS, records), *fields]))


def _row(name: str, types: Mapping[str, Any], nested: Mapping[str, Any] | None = None) -> Any:
    """Return the type of a row; each field is None where it is left out, and unknown ones are skipped."""
    plain = {field: _TYPES.get(dtype, str | None) for field, dtype in types.items()}
    fields = [(field, kind, None) for field, kind in {**plain, **(nested or {})}.items()]
    # rows hold texts, numbers and other rows, so that no cycle can arise
    return msgspec.defstruct(name, fields, gc=False)
