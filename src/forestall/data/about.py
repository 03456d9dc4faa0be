"""What `about.json` says of the data beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from forestall.data.schemas import column_types
from forestall.errors import InputError, nearest

_CHOICES = {"clock": ("times", "none"), "rating_known": ("times", "none")}


def complete_about(
    about: Mapping[str, Any], interactions: pl.DataFrame, feedback: pl.DataFrame
) -> dict[str, Any]:
    """Return `about` with `timezone`, `clock`, `known_at` and `rating_known` where they were left out.

    Raises
    ------
    InputError
        A value is none of those that are known, or `known_at` names something else than a kept column.
    """
    timeless = bool(feedback.height) and feedback["rated_at"].null_count() == feedback.height
    said = {"rating_known": "none" if timeless else "times"}
    whole: dict[str, Any] = {"timezone": "UTC", "clock": "times", "known_at": {}, **said, **about}
    for key, choices in _CHOICES.items():
        if whole[key] not in choices:
            raise InputError(f"about: {key} must be {' or '.join(choices)}")
    known_at = whole["known_at"]
    if not isinstance(known_at, Mapping) or not all(isinstance(kind, str) for kind in known_at.values()):
        raise InputError("about: known_at must give for each column the kind of an event")
    own = set(interactions.columns) - set(column_types("interactions"))
    for column in known_at:
        if column not in own:
            raise InputError(
                f"about: known_at must name a column of the company's own, {nearest(column, own)}"
            )
    return whole
