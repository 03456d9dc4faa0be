"""JSON for other programs: what is not defined is null, a time is ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

_PLAIN = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def json_text(content: Any, *, is_indented: bool = True) -> str:
    """Return content as JSON; NaN and infinities are null, dataclasses objects, and what JSON has no word for text.

    Examples
    --------
    >>> json_text({"auc": float("nan"), "n": (1, 2)}, is_indented=False)
    '{"auc":null,"n":[1,2]}'
    """
    option = _PLAIN | (orjson.OPT_INDENT_2 if is_indented else 0)
    return orjson.dumps(content, default=_plain, option=option).decode()


def _plain(value: Any) -> Any:
    """Return what orjson does not know as what it knows: named tuples and other mappings among them."""
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else str(value)
