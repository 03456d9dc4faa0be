"""The risk of one record, moment by moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from forestall.registry import LoadedModel
from forestall.registry.scores import explained
from forestall.serve.errors import bad, beyond
from forestall.serve.settings import Settings
from forestall.serve.wire import Asked, moments_of

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
    record = asked.records[0]
    (last,) = moments_of(model.risk_model.tell([record]))  # checks the record, too
    moments = _moments(record, last)
    if len(moments) > settings.max_moments:
        raise beyond(
            f"an explanation may have {settings.max_moments:,} moments; record 0 has {len(moments):,}"
        )
    served = min(_times(record, moments[0], "staff"), default=last)
    earlier = [
        {**record, "as_of": moment.isoformat()} | _UNKNOWN | ({"staff": None} if moment < served else {})
        for moment in moments[:-1]
    ]
    rows = model.score_rows(
        [*earlier, {**record, "as_of": last.isoformat()}],
        reasons=True,
        language=asked.language,
        run_id=None,
        scored_at=None,
    )
    return explained(rows, _happened(record, moments[0]))


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    try:
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        raise bad("record 0: its times must be of the years 1 to 9999, in UTC") from None


def _moments(record: dict[str, Any], last: datetime) -> list[datetime]:
    """Return the start, the times of the events up to `last`, and `last`; the last alone where there is no start."""
    if record.get("started_at") is None:
        return [last]
    start = _time(record["started_at"])
    return sorted(time for time in {start, *_times(record, start), last} if time <= last)


def _times(record: dict[str, Any], start: datetime, actor: str | None = None) -> list[datetime]:
    """Return when the events happened, or those of an actor; one before the start by a fault of a clock, then."""
    events = [event for event in record.get("events") or () if event.get("at") is not None]
    return [max(_time(event["at"]), start) for event in events if actor in (None, event.get("actor"))]


def _happened(record: dict[str, Any], start: datetime) -> dict[datetime, str]:
    """Return the kinds of the events at each moment."""
    kinds: dict[datetime, list[str]] = {}
    for event in record.get("events") or ():
        if event.get("at") is not None and event.get("kind") is not None:
            kinds.setdefault(max(_time(event["at"]), start), []).append(str(event["kind"]))
    return {time: ", ".join(dict.fromkeys(some)) for time, some in kinds.items()}
