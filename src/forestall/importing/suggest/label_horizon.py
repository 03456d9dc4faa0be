"""The horizon of a first label: shorter where nothing says when the outcome was known, and the records are short."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from forestall.importing.suggest.draft import Draft
from forestall.importing.suggest.flag_times import AFTER_ALL, names_in
from forestall.importing.suggest.time_evidence import TimeColumn

HORIZON_DAYS = 30
_SHORTER = (14, 7, 3, 1)
_MOST_OF_SPAN = 0.05
_DAY_S = 86_400


def horizon_days(draft: Draft, times: Mapping[str, TimeColumn], event: str | None = None) -> int:
    """Return the days within which the outcome must come: 30, or fewer so that enough is left to learn from.

    An outcome without a time counts as known a horizon after the interaction ended, and what is not known before the
    test part begins is not learnt from.

    Parameters
    ----------
    draft
        The mapping.
    times
        The times of the source by column.
    event
        The kind of event to predict; None for a rating.
    """
    is_label = event is not None or bool(draft.feedback)
    if "clock" in draft.settings or not is_label or not _is_untimed(draft, event):
        return HORIZON_DAYS
    entry = draft.interactions.get("started_at")
    started = set(names_in(entry.value)) if entry else set()
    spans = [_span_days(time.values) for time in times.values() if started & set(time.columns)]
    longest = _MOST_OF_SPAN * max(spans, default=float("inf"))
    return next((days for days in (HORIZON_DAYS, *_SHORTER) if days <= longest), _SHORTER[-1])


def _is_untimed(draft: Draft, event: str | None) -> bool:
    if event is None:
        return "rated_at" not in draft.feedback
    times = [entry.value["at"] for entry in draft.events if entry.value["kind"] == event]
    return AFTER_ALL in times


def _span_days(times: pl.Series) -> float:
    """Return how many days times span, but for a few that lie apart."""
    seconds = times.drop_nulls().dt.epoch("s")
    low, high = seconds.quantile(0.01), seconds.quantile(0.99)
    return (high - low) / _DAY_S if low is not None and high is not None else float("inf")
