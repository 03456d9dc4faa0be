"""The content of `about.json`, which describes the tables beside it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from forestall.data.plausible_times import read_exported_at
from forestall.data.schemas import column_types
from forestall.errors import InputError, nearest

log = logging.getLogger(__name__)

KEYS, ROW_NUMBER = "keys", "row_number"
"""Key of `about`, and its value where the source has no key: `interaction_id` is then the number of the row."""

_CHOICES = {"clock": ("times", "none"), "rating_known": ("times", "none")}


def complete_about(
    about: Mapping[str, Any], columns: Sequence[str], *, has_rating_times: bool
) -> dict[str, Any]:
    """Return `about` with defaults for missing `timezone`, `clock`, `known_at` and `rating_known`.

    Parameters
    ----------
    about
        The content of `about.json`.
    columns
        The columns of the interactions.
    has_rating_times
        Whether a valid rating has a time, or there is none.

    Raises
    ------
    InputError
        A value is not valid, or `known_at` names a column of the contract or a misspelt further column.
    """
    rating_known = "times" if has_rating_times else "none"
    complete: dict[str, Any] = {
        "timezone": "UTC",
        "clock": "times",
        "known_at": {},
        "rating_known": rating_known,
        **about,
    }
    if isinstance(complete.get("exported_at"), datetime):  # as JSON has it
        complete["exported_at"] = read_exported_at(complete["exported_at"]).isoformat()
    for key, choices in _CHOICES.items():
        if complete[key] not in choices:
            raise InputError(f"about.json: {key} must be {' or '.join(choices)}, is {complete[key]!r}")
    _check_known_at(complete["known_at"], columns)
    return complete


def _check_known_at(known_at: object, columns: Sequence[str]) -> None:
    if not isinstance(known_at, Mapping) or not all(isinstance(kind, str) for kind in known_at.values()):
        raise InputError(
            'about.json: known_at must be an object such as {"close_code": "closed"}: '
            "for each column, the kind of event from which on it is known"
        )
    declared = set(column_types("interactions"))
    further = set(columns) - declared
    for column in known_at:
        if column in further:
            continue
        hint = nearest(column, further)
        if column in declared or hint.startswith("did you mean"):
            raise InputError(f"about.json: known_at must name a further column of interactions, {hint}")
        log.warning("about.json: known_at names the column %s, which interactions do not have", column)
