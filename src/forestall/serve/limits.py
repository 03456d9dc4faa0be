"""How much one request may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forestall.serve.errors import beyond
from forestall.serve.settings import Settings

LISTS, NESTED = ("events", "history"), ("events", "history", "queue")


def check_count(n_records: int, settings: Settings) -> None:
    """Raise where a request holds too many records."""
    if n_records > settings.max_records:
        raise beyond(f"a request may hold {settings.max_records:,} records; this one has {n_records:,}")


def check_record(record: Mapping[str, Any], number: int, settings: Settings, *, is_small: bool) -> None:
    """Raise where a list of a record has too many items, or a text of it is too long.

    Parameters
    ----------
    number
        The record's index, for the message.
    is_small
        Whether the whole body is shorter than the longest text: then no text in it need be measured.
    """
    for name in LISTS:
        value = record.get(name)
        if isinstance(value, list) and len(value) > settings.max_events:
            limit = f"{name} may have {settings.max_events:,} items; this one has {len(value):,}"
            raise beyond(f"record {number}: {limit}")
    if not is_small and (field := _too_long(record, settings.max_text)):
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
