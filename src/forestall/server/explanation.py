"""The risk of one record, moment by moment."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from forestall.errors import UsageError
from forestall.model import RiskModel
from forestall.model.what_if import ask
from forestall.moment_features.events import STAFF
from forestall.moment_features.record_fields import is_blank
from forestall.moment_features.sources import Sources
from forestall.registry import LoadedModel
from forestall.registry.score_rows import explained, score_rows
from forestall.registry.what_if import with_what_if
from forestall.server.errors import RequestError, bad_request, limit_exceeded
from forestall.server.limits import n_items
from forestall.server.settings import Settings
from forestall.server.wire_format import ScoringRequest, moments_of

AT_ONCE = 50  # moments that are scored before it is asked whether somebody still waits


def explain(
    request: ScoringRequest, model: LoadedModel, settings: Settings, is_over: threading.Event
) -> dict[str, Any]:
    """Return the risk at the start of an interaction and at each of its events up to its moment, with reasons.

    The record is read once, and its moments are scored in one walk through time, some at a time. Its queue is that of
    its own moment, so it is missing at earlier ones. Who serves is known from the first event of staff on.

    Parameters
    ----------
    request
        The request.
    model
        The model that scores.
    settings
        The limits.
    is_over
        Set when nobody waits for the explanation any more: it then ends before the next moments.

    Raises
    ------
    RequestError
        The request has more or fewer than one record, it has too many moments, or nobody waits any more.
    """
    if len(request.records) != 1:
        raise bad_request("an explanation must be for exactly one record")
    record, risk_model = request.records[0], model.risk_model
    sources = risk_model.sources(_variants(record))
    found = _moments(
        sources,
        has_start=not is_blank(record.get("started_at")),
        last=int(sources.interactions["as_of"][0]),
    )
    _check_work(record, len(found.times), settings, n_walks=1 if request.changes is None else 2)
    moments = moments_of({"as_of": found.times})
    walk = _Walk(risk_model, found.is_staff_known, request.language, is_over)
    scored = score_rows(
        walk.scores(sources, found.times),
        model_name=model.name,
        model_version=model.version,
        run_id=None,
        scored_at=None,
    )
    happened = zip(moments, found.kinds, strict=True)
    explanation = explained(scored, {moment: kinds for moment, kinds in happened if moment and kinds})
    if request.changes is None:
        return explanation
    try:
        otherwise = ask(risk_model, record, request.changes)
    except UsageError as error:  # its text names features, never a value of the record
        raise bad_request(f"changes: {error}") from None
    changed = risk_model.sources(_variants(otherwise.record(record, found.times[-1])))
    return with_what_if(
        explanation, otherwise, walk.scores(changed, [otherwise.time(at) for at in found.times])
    )


def _variants(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the record at its own moment, at an earlier one, and at one before staff have come.

    The whole record is the first, so that errors have its number.
    """
    without_queue = {**record, "queue": None}
    return [dict(record), without_queue, {**without_queue, "staff": None}]


@dataclass(frozen=True)
class _Walk:
    """Scores of the moments of one interaction, in one walk through time."""

    model: RiskModel
    is_staff_known: list[bool]
    language: str
    is_over: threading.Event

    def scores(self, sources: Sources, times: list[int]) -> pl.DataFrame:
        """Return the scores of moments of the variants of a record, some at a time."""
        place = np.array([1 if known else 2 for known in self.is_staff_known], dtype=np.int64)
        place[-1] = 0
        as_of, rows = np.array(times, dtype=np.int64), []
        for begin in range(0, len(as_of), AT_ONCE):
            if self.is_over.is_set():
                raise RequestError(504, "nobody waits for the explanation any more")
            part = slice(begin, begin + AT_ONCE)
            rows.append(
                self.model.score_at(sources, place[part], as_of[part], reasons=True, language=self.language)
            )
        return pl.concat(rows)


def _check_work(record: Mapping[str, Any], n_moments: int, settings: Settings, *, n_walks: int) -> None:
    """Raise an error if an explanation has too many moments, or too many moments times items of its lists."""
    if n_moments > settings.max_moments:
        raise limit_exceeded(
            f"an explanation may have {settings.max_moments:,} moments; record 0 has {n_moments:,}"
        )
    work = n_moments * n_items(record) * n_walks
    if work > settings.max_work:
        raise limit_exceeded(
            f"the moments of an explanation times the record's events, earlier interactions and ratings, twice with "
            f"changes, may be {settings.max_work:,}; those of record 0 are {work:,}"
        )


class _Moments(NamedTuple):
    """The moments of an interaction in microseconds, the kinds of events at each, and whether staff is known."""

    times: list[int]
    kinds: list[str]
    is_staff_known: list[bool]


def _moments(sources: Sources, *, has_start: bool, last: int) -> _Moments:
    """Return the start of the interaction, its events up to `last`, and `last`, with the times that features use."""
    events = sources.events
    names = {number: name for name, number in events.kinds.items()}
    kinds: dict[int, list[str]] = {}
    staff_at = last
    own = slice(0, int(events.timeline.offsets[1]))  # those of the whole record
    for at, kind, actor in zip(
        events.timeline.at[own].tolist(),
        events.columns["kind"][own].tolist(),
        events.columns["actor"][own].tolist(),
        strict=True,
    ):
        kinds.setdefault(at, []).append(names[kind])
        staff_at = min(staff_at, at) if actor in STAFF else staff_at
    start = [int(sources.interactions["started_at"][0])] if has_start else []
    moments = sorted(at for at in {*start, *kinds, last} if at <= last)
    shown = [", ".join(dict.fromkeys(kinds.get(at, ()))) for at in moments]
    return _Moments(moments, shown, [at >= staff_at for at in moments])
