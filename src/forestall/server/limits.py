"""The limits of one request: records, items of a list, length of a text."""

from __future__ import annotations

from collections.abc import Mapping
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


def may_hold_long_text(body: bytes, longest: int) -> bool:
    """Return whether a text of a JSON body may have more characters than this: a quick check, true if in doubt.

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
    if measured and (field := _too_long(record, settings.max_text)):
        raise limit_exceeded(f"record {number}: a text of {field} may have {settings.max_text:,} characters")


def _too_long(record: Mapping[str, Any], longest: int) -> str | None:
    """Return the field of a record that has a too long text; the name of an unknown field is not repeated."""
    for name, value in record.items():
        if isinstance(value, str):
            if len(value) > longest:
                return "a field"
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    for text in item.values():
                        if type(text) is str and len(text) > longest:
                            return name if name in LISTS else "a field"
    return None
