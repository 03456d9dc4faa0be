"""When something happened of which a column says only that it happened."""

from __future__ import annotations

from typing import Any

import polars as pl

from forestall.importing.suggest.column_profile import FALSE, ColumnProfile
from forestall.importing.suggest.draft import Draft
from forestall.importing.suggest.scene import Scene

AFTER_ALL = {"after": "last_event", "minutes": 1}
"""When the event to predict is put if nothing says when it happened.

At the time of another event it would not count as coming after it: who has it would never be seen after that event, and
a model would learn that from then on nothing happens.
"""
GAVE_UP = "gave_up"
"""What `abandoned` is called after the last event: it would end its interaction, and its end would not be seen."""


def time_of_label_event(scene: Scene, draft: Draft, profile: ColumnProfile) -> Any:
    """Return the time to which the event to predict is put: the closing, or just after the last event.

    An event without a time is none, so each row in which it happened must have that time: else these customers would
    count as satisfied.

    Parameters
    ----------
    scene, draft
        The columns, and the events so far.
    profile
        The column that says whether it happened, or how often.
    """
    closing = draft.closing()
    if "clock" in draft.settings:
        return closing.value["at"] if closing else {"after": "started_at"}
    if closing is None or closing.value["kind"] != "closed":
        return AFTER_ALL
    at = closing.value["at"]
    happened = _happened(profile)
    filled = [scene.profiles[name].text.is_not_null() for name in names_in(at) if name in scene.profiles]
    is_timed = all(len(one) == len(happened) and bool((one | ~happened).all()) for one in filled)
    return at if is_timed else AFTER_ALL


def _happened(profile: ColumnProfile) -> pl.Series:
    if not profile.is_flag and profile.numbers is not None:
        return (profile.numbers > 0).fill_null(False)
    return (~profile.text.str.to_lowercase().is_in(list(FALSE))).fill_null(False)


def names_in(at: Any) -> list[str]:
    """Return the texts in a time of the mapping, its columns among them."""
    values = list(at.values()) if isinstance(at, dict) else [at]
    parts = [part for value in values for part in (value if isinstance(value, list) else [value])]
    return [part for part in parts if isinstance(part, str)]
