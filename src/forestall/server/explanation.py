"""The risk of one record, moment by moment."""

from __future__ import annotations

from typing import Any, NamedTuple

from forestall.features.events import STAFF
from forestall.features.record_events import NO_TIME
from forestall.features.record_fields import is_blank
from forestall.features.sources import Sources
from forestall.registry import LoadedModel
from forestall.registry.score_rows import explained
from forestall.server.errors import bad, beyond
from forestall.server.settings import Settings
from forestall.server.wire_format import Asked, moments_of

_UNKNOWN = {"queue": None}


def explain(asked: Asked, model: LoadedModel, settings: Settings) -> dict[str, Any]:
    """Return the risk at the start of an interaction and at each of its events up to its moment, with reasons.

    A record tells of the queue at its own moment only: at earlier ones it is not known. Who serves is known
    from the first event of staff on.

    Raises
    ------
    RequestError
        There is not one record, or it has too many moments.
    """
    if len(asked.records) != 1:
        raise bad("an explanation is of exactly one record")
    record, risk_model = asked.records[0], model.risk_model
    last = risk_model.tell([record])["as_of"][0] or NO_TIME
    story = _story(risk_model.sources([record]), has_start=not is_blank(record.get("started_at")), last=last)
    if len(story.moments) > settings.max_moments:
        raise beyond(
            f"an explanation may have {settings.max_moments:,} moments; record 0 has {len(story.moments):,}"
        )
    moments = moments_of({"as_of": story.moments})
    earlier = [
        {**record, "as_of": moment} | _UNKNOWN | ({} if is_served else {"staff": None})
        for moment, is_served in zip(moments[:-1], story.is_served[:-1], strict=True)
    ]
    rows = model.score_rows(
        [*earlier, {**record, "as_of": moments[-1]}],
        reasons=True,
        language=asked.language,
        run_id=None,
        scored_at=None,
    )
    happened = zip(moments, story.kinds, strict=True)
    return explained(rows, {moment: kinds for moment, kinds in happened if moment and kinds})


class _Story(NamedTuple):
    """The moments of an interaction (microseconds), what happened at each, and who serves was known by then."""

    moments: list[int]
    kinds: list[str]
    is_served: list[bool]


def _story(sources: Sources, *, has_start: bool, last: int) -> _Story:
    """Return the start of the one interaction, its events up to `last`, and `last`, all as the features have them."""
    events = sources.events
    names = {number: name for name, number in events.kinds.items()}
    kinds: dict[int, list[str]] = {}
    served = last
    for at, kind, actor in zip(
        events.timeline.at.tolist(),
        events.columns["kind"].tolist(),
        events.columns["actor"].tolist(),
        strict=True,
    ):
        kinds.setdefault(at, []).append(names[kind])
        served = min(served, at) if actor in STAFF else served
    start = [int(sources.interactions["started_at"][0])] if has_start else []
    moments = sorted(at for at in {*start, *kinds, last} if at <= last)
    told = [", ".join(dict.fromkeys(kinds.get(at, ()))) for at in moments]
    return _Story(moments, told, [at >= served for at in moments])
