"""Made-up records that travel with a packaged model, with their answers: what it must still say elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

from forestall.model import RiskModel

N_PROBES = 42
_START = datetime(2026, 11, 2, 9, tzinfo=UTC)
_TEXTS = (
    "Good morning Ms Probe, how may I help you? Thank you for waiting.",
    "I am sorry, that is not good enough. WHERE is my order?!",
    "Goeie môre, baie dankie, ons maak dit vandag reg.",
    "Godmorgen, tak for beskeden. Undskyld ventetiden!",
    "Shut up and sit down.",
)
# Lives of interactions: kind, actor, seconds since the start, whether there are words, an amount.
_LIVES: tuple[tuple[tuple[str, str, int, bool, float | None], ...], ...] = (
    (("arrived", "customer", 0, False, None),),
    (("arrived", "customer", 0, False, None), ("greeted", "staff", 20, True, None)),
    (("arrived", "customer", 0, False, None), ("greeted", "manager", 5, True, None), ("served", "staff", 75, True, None),
     ("hold_started", "staff", 90, False, None), ("hold_ended", "staff", 400, False, None)),
    (("attempted", "customer", 0, False, None), ("human_requested", "customer", 45, True, None),
     ("issue_raised", "customer", 60, True, None), ("message", "customer", 900, True, None)),
    (("issue_raised", "customer", 0, True, None), ("responded", "staff", 700, True, None),
     ("transferred", "staff", 800, False, None), ("escalated", "staff", 5000, False, None),
     ("message", "customer", 9000, True, None), ("message", "staff", 9500, True, None)),
    (("defect", "customer", 0, True, 40.0), ("informed", "staff", 30, True, None), ("returned", "customer", 60, False, 25.5),
     ("refunded", "staff", 3600, False, 12.25), ("resolved", "manager", 4000, True, None), ("reopened", "customer", 9000, True, None)),
    (("arrived", "customer", 0, False, None), ("served", "staff", 240, True, None), ("resolved", "staff", 700, True, None),
     ("complained", "customer", 800, True, None), ("tipped", "customer", 900, False, 2.5), ("delivered", "staff", 950, False, None),
     ("closed", "system", 1000, False, None)),
    (("arrived", "customer", 0, False, None), ("abandoned", "customer", 1800, False, None)),
)  # fmt: skip


def probe_records(model: RiskModel) -> list[dict[str, Any]]:
    """Return records that no customer ever made: every stage, known and unknown names, full ones and gaps."""
    named = {
        dimension: cycle([*table["key"][:5], "nowhere", None])
        for dimension, table in model.facts.tables.items()
        if dimension != "queue"
    }
    own = model.spec.context
    names = {**{name: cycle([None]) for name in ("venue", "channel", "locale")}, **named}
    return [
        _record(number, {name: next(values) for name, values in names.items()})
        | {name: f"value {number % 3}" for name in own.categorical}
        | {name: number * 1.5 for name in own.numeric}
        for number in range(N_PROBES)
    ]


def _record(number: int, names: dict[str, Any]) -> dict[str, Any]:
    life = _LIVES[number % len(_LIVES)]
    words = cycle(_TEXTS[number % len(_TEXTS) :] + _TEXTS[: number % len(_TEXTS)])
    start = _START + timedelta(days=number, minutes=37 * number, microseconds=number)
    events = [
        {
            "at": (start + timedelta(seconds=second * (1 + number % 4))).isoformat(),
            "kind": kind,
            "actor": actor,
            "text": next(words) if has_words else None,
            "value": amount,
        }
        for kind, actor, second, has_words, amount in life
    ]
    last = datetime.fromisoformat(events[-1]["at"])
    is_known = number % 3 > 0
    record = {
        "interaction_id": f"probe-{number}",
        "started_at": start.isoformat(),
        "customer_id": "probe" if is_known else None,
        "price": 19.9 * number if number % 4 else None,
        "is_commodity": [None, True, False][number % 3],
        "promised_at": (start + timedelta(minutes=20)).isoformat() if number % 2 else None,
        "purchased_at": (start - timedelta(days=3 * number)).isoformat() if number % 3 else None,
        "customer_value": 250.0 * (number % 7) if is_known else None,
        "staff": "probe" if number % 2 else None,
        **names,
        "as_of": (last + timedelta(seconds=11 * number)).isoformat(),
        "events": events,
        "history": _history(number, start, names) if is_known else None,
        "queue": {"n_waiting": number % 6, "n_served_first": number % 2, "mean_wait_s": 33.3 * (number % 9)},
    }
    # one in six was sent without some of its columns
    lost = ("queue",) if number % 12 == 5 else ("venue", "history") if number % 12 == 11 else ()
    return {name: value for name, value in record.items() if name not in lost}


def _history(number: int, start: datetime, names: dict[str, Any]) -> list[dict[str, Any]]:
    ratings = islice(cycle([5.0, None, 2.0, 1.0, 4.0]), number % 5, number % 5 + number % 4)
    return [
        {
            "started_at": (start - timedelta(days=10 * back)).isoformat(),
            "ended_at": (start - timedelta(days=10 * back - 1)).isoformat() if back % 3 else None,
            "rating": rating,
            "rated_at": (start - timedelta(days=10 * back - 2)).isoformat() if rating is not None else None,
            "resolved": back % 2 == 0,
            "channel": names["channel"],
            "venue": names["venue"] if back % 2 else "nowhere",
            "wait_s": 41.0 * back,
            "n_events": back,
        }
        for back, rating in enumerate(ratings, 1)
    ]
