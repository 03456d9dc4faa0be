"""The risk of one record, moment by moment."""

from __future__ import annotations

from typing import Any, NamedTuple

from forestall.moment_features.events import STAFF
from forestall.moment_features.record_events import NO_TIME
from forestall.moment_features.record_fields import is_blank
from forestall.moment_features.sources import Sources
from forestall.registry import LoadedModel
from forestall.registry.score_rows import explained
from forestall.server.errors import bad_request, limit_exceeded
from forestall.server.settings import Settings
from forestall.server.wire_format import ScoringRequest, moments_of


def explain(request: ScoringRequest, model: LoadedModel, settings: Settings) -> dict[str, Any]:
    """Return the risk at the start of an interaction and at each of its events up to its moment, with reasons.

    The record's queue is that of its own moment, so it is missing at earlier ones. Who serves is known from the first
    event of staff on.

    Raises
    ------
    RequestError
        The request has more or fewer than one record, or it has too many moments.
    """
    if len(request.records) != 1:
        raise bad_request("an explanation must be for exactly one record")
    record, risk_model = request.records[0], model.risk_model
    last = risk_model.score_as_lists([record])["as_of"][0] or NO_TIME
    found = _moments(
        risk_model.sources([record]), has_start=not is_blank(record.get("started_at")), last=last
    )
    if len(found.times) > settings.max_moments:
        raise limit_exceeded(
            f"an explanation may have {settings.max_moments:,} moments; record 0 has {len(found.times):,}"
        )
    moments = moments_of({"as_of": found.times})
    earlier = [
        {**record, "as_of": moment} | {"queue": None} | ({} if is_staff_known else {"staff": None})
        for moment, is_staff_known in zip(moments[:-1], found.is_staff_known[:-1], strict=True)
    ]
    rows = model.score_rows(
        [*earlier, {**record, "as_of": moments[-1]}],
        reasons=True,
        language=request.language,
        run_id=None,
        scored_at=None,
    )
    happened = zip(moments, found.kinds, strict=True)
    return explained(rows, {moment: kinds for moment, kinds in happened if moment and kinds})


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
    for at, kind, actor in zip(
        events.timeline.at.tolist(),
        events.columns["kind"].tolist(),
        events.columns["actor"].tolist(),
        strict=True,
    ):
        kinds.setdefault(at, []).append(names[kind])
        staff_at = min(staff_at, at) if actor in STAFF else staff_at
    start = [int(sources.interactions["started_at"][0])] if has_start else []
    moments = sorted(at for at in {*start, *kinds, last} if at <= last)
    shown = [", ".join(dict.fromkeys(kinds.get(at, ()))) for at in moments]
    return _Moments(moments, shown, [at >= staff_at for at in moments])
