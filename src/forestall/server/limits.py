"""How much one request may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from forestall.server.errors import beyond
from forestall.server.settings import Settings

LISTS, NESTED = ("events", "history"), ("events", "history", "queue")


def check_count(n_records: int, settings: Settings) -> None:
    """Raise where a request holds too many records."""
    if n_records > settings.max_records:
        raise beyond(f"a request may hold {settings.max_records:,} records; this one has {n_records:,}")


def may_hold_long_text(body: bytes, longest: int) -> bool:
    """Return whether a text of a JSON body may have more characters than this; cheap, and never wrongly no.

    A text lies between two quotes; one of more characters has more bytes. Where a quote stands inside of a text, its
    texts must be measured one by one.
    """
    if len(body) <= longest:
        return False
    if b'\\"' in body:
        return True
    quotes = np.flatnonzero(np.frombuffer(body, np.uint8) == ord('"'))
    return len(quotes) > 1 and int(np.diff(quotes).max()) > longest + 1


def check_record(record: Mapping[str, Any], number: int, settings: Settings, *, measured: bool) -> None:
    """Raise where a list of a record has too many items, or a text of it is too long.

    Parameters
    ----------
    number
        The record's index, for the message.
    measured
        Whether its texts must be measured, one by one: see `may_hold_long_text`.
    """
    for name in LISTS:
        value = record.get(name)
        if isinstance(value, list) and len(value) > settings.max_events:
            limit = f"{name} may have {settings.max_events:,} items; this one has {len(value):,}"
            raise beyond(f"record {number}: {limit}")
    if measured and (field := _too_long(record, settings.max_text)):
        raise beyond(f"record {number}: a text of {field} may have {settings.max_text:,} characters")


def _too_long(record: Mapping[str, Any], longest: int) -> str | None:
    """Return where a record has a text that is too long; a field of another name than ours is not repeated."""
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
