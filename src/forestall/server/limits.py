"""The limits of one request: records, items of a list and of all lists, length of a text and of a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forestall.server.errors import limit_exceeded
from forestall.server.settings import Settings

LISTS = ("events", "history", "earlier_ratings")
NESTED = (*LISTS, "queue")


def check_count(n_records: int, settings: Settings) -> None:
    """Raise an error if a request holds too many records."""
    if n_records > settings.max_records:
        raise limit_exceeded(
            f"a request may hold {settings.max_records:,} records; this one has {n_records:,}"
        )


def n_items(record: Any) -> int:
    """Return how many events, earlier interactions and ratings a record has, which may be of a msgspec type."""
    is_typed = not isinstance(record, Mapping)
    found = (getattr(record, name) if is_typed else record.get(name) for name in LISTS)
    return sum(len(one) for one in found if isinstance(one, list))


def check_work(records: Sequence[Any], settings: Settings) -> None:
    """Raise an error if the records of a request have too many items together."""
    n = sum(map(n_items, records))
    if n > settings.max_work:
        raise limit_exceeded(
            f"the records of a request may have {settings.max_work:,} events, earlier interactions and ratings "
            f"together; these have {n:,}. Send fewer records at a time"
        )


def may_hold_long_text(body: bytes, longest: int) -> bool:
    """Return whether a text or a key of a JSON body may have more characters than this: quick, true if in doubt.

    A text lies between two quotes and has at least as many bytes as characters. With escaped quotes in the body its
    texts must be measured one by one.
    """
    if len(body) <= longest:
        return False
    if b'\\"' in body:
        return True
    quotes = np.flatnonzero(np.frombuffer(body, np.uint8) == ord('"'))
    return len(quotes) > 1 and int(np.diff(quotes).max()) > longest + 1


def check_record(record: Mapping[str, Any], number: int, settings: Settings, *, measured: bool) -> None:
    """Raise an error if a list of a record has too many items, or one of its texts is too long.

    Parameters
    ----------
    record
        The record, with its nested fields read.
    number
        The record's index, for the message.
    settings
        The limits.
    measured
        Whether its texts must be measured one by one, see `may_hold_long_text`.
    """
    for name in LISTS:
        value = record.get(name)
        if isinstance(value, list) and len(value) > settings.max_events:
            limit = f"{name} may have {settings.max_events:,} items; this one has {len(value):,}"
            raise limit_exceeded(f"record {number}: {limit}")
    if measured and (found := _too_long(record, settings.max_text)):
        raise limit_exceeded(f"record {number}: {found} may have {settings.max_text:,} characters")


def check_keys(content: Mapping[str, Any], settings: Settings) -> None:
    """Raise an error if a key or a text beside the records is too long."""
    if _is_too_long(list(content), settings.max_text) or _is_too_long(
        content.get("params"), settings.max_text
    ):
        raise limit_exceeded(
            f"a key or text beside the records may have {settings.max_text:,} characters; this one has more"
        )


def _too_long(record: Mapping[str, Any], longest: int) -> str | None:
    """Return what is too long in a record; the name of an unknown field is not repeated."""
    for name, value in record.items():
        field = name if name in NESTED else "a field"
        if len(name) > longest:
            return "a key"
        if _is_too_long(value, longest):
            return f"a text of {field}, or a key in it,"
    return None


def _is_too_long(content: Any, longest: int) -> bool:
    """Return whether a text or a key in content of any depth is too long; without recursion, for any nesting."""
    left = [content]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if len(one) > longest:
                return True
        elif isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
    return False
