"""What `about.json` says of the data beside it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import polars as pl

from forestall.data.schemas import column_types
from forestall.errors import InputError, nearest

log = logging.getLogger(__name__)

_CHOICES = {"clock": ("times", "none"), "rating_known": ("times", "none")}


def complete_about(
    about: Mapping[str, Any], interactions: pl.DataFrame, feedback: pl.DataFrame
) -> dict[str, Any]:
    """Return `about` with `timezone`, `clock`, `known_at` and `rating_known` where they were left out.

    Raises
    ------
    InputError
        A value is none of those that are known, or `known_at` names nearly, but not quite, a column that is there.
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
    declared = set(column_types("interactions"))
    own = set(interactions.columns) - declared
    for column in known_at:
        hint = nearest(column, own)
        if column not in own and (column in declared or hint.startswith("did you mean")):
            raise InputError(f"about: known_at must name a column of the company's own, {hint}")
        if column not in own:
            log.warning("about: known_at names the column %s, which interactions do not have", column)
    return whole
