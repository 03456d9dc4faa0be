"""Probe records: made-up records in a packaged model, whose answers must be the same in any environment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

import polars as pl

from forestall.model import RiskModel
from forestall.moment_features.state_columns import RATINGS

N_PROBES = 42
_START = datetime(2026, 11, 2, 9, tzinfo=UTC)
_TEXTS = (
    "Good morning Ms Probe, how may I help you? Thank you for waiting.",
    "I am sorry, that is not good enough. WHERE is my order?!",
    "Goeie môre, baie dankie, ons maak dit vandag reg.",
    "Godmorgen, tak for beskeden. Undskyld ventetiden!",
    "Shut up and sit down.",
)
# Events of interactions: actor, kind, seconds since the start; `"` if there is a text, and an amount.
_EVENTS = (
    "customer arrived 0",
    'customer arrived 0, staff greeted 20 "',
    'customer arrived 0, manager greeted 5 ", staff served 75 ", staff hold_started 90, staff hold_ended 400',
    'customer attempted 0, customer human_requested 45 ", customer issue_raised 60 ", customer message 900 "',
    'customer issue_raised 0 ", staff responded 700 ", staff transferred 800, staff escalated 5000, '
    'customer message 9000 ", staff message 9500 "',
    'customer defect 0 " 40.0, staff informed 30 ", customer returned 60 25.5, staff refunded 3600 12.25, '
    'manager resolved 4000 ", customer reopened 9000 "',
    'customer arrived 0, staff served 240 ", staff resolved 700 ", customer complained 800 ", '
    "customer tipped 900 2.5, staff delivered 950, system closed 1000",
    "customer arrived 0, customer abandoned 1800",
)


def probe_records(model: RiskModel) -> list[dict[str, Any]]:
    """Return made-up records of every stage, with known and unknown names, with and without missing values."""
    named = {
        dimension: cycle([*table["key"][:5], "nowhere", None])
        for dimension, table in model.facts.tables.items()
        if dimension != "queue"
    }
    own = model.spec.context
    names = {**{name: cycle([None]) for name in ("venue", "channel", "locale")}, **named}
    probes = [
        _record(number, {name: next(values) for name, values in names.items()})
        | {name: f"value {number % 3}" for name in own.texts}
        | {name: number * 1.5 for name in own.numbers}
        for number in range(N_PROBES)
    ]
    for number, record in enumerate(probes):
        _add_attributes(record["events"], number, model.attributes)
        # one in three does not say how it was rated
        if RATINGS in model.inputs.reads and number % 3:
            record[RATINGS] = _earlier_ratings(number, record["as_of"])
    return probes


def _add_attributes(events: list[dict[str, Any]], number: int, types: dict[str, Any]) -> None:
    """Add the attributes that a model reads, with a value at every second event; one record in four has none."""
    if number % 4 == 3:
        return
    for place, event in enumerate(events):
        for name, dtype in types.items():
            value = f"value {number % 3}" if dtype == pl.String else (number - 20) * 1.5 + place
            event[name] = value if place % 2 == 0 else None


def _earlier_ratings(number: int, as_of: str) -> list[dict[str, Any]]:
    return [{"rating": float(1 + (number + one) % 5), "rated_at": as_of} for one in range(number % 2)]


def _record(number: int, names: dict[str, Any]) -> dict[str, Any]:
    words = cycle(_TEXTS[number % len(_TEXTS) :] + _TEXTS[: number % len(_TEXTS)])
    start = _START + timedelta(days=number, minutes=37 * number, microseconds=number)
    events = [
        _event(event.split(), start, 1 + number % 4, words)
        for event in _EVENTS[number % len(_EVENTS)].split(", ")
    ]
    last = datetime.fromisoformat(str(events[-1]["at"]))
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
    # one in six lacks some of its fields
    left_out = ("queue",) if number % 12 == 5 else ("venue", "history") if number % 12 == 11 else ()
    return {name: value for name, value in record.items() if name not in left_out}


def _event(parts: list[str], start: datetime, pace: int, words: Iterator[str]) -> dict[str, Any]:
    actor, kind, second, *more = parts
    amounts = [float(one) for one in more if one != '"']
    return {
        "at": (start + timedelta(seconds=int(second) * pace)).isoformat(),
        "kind": kind,
        "actor": actor,
        "text": next(words) if '"' in more else None,
        "value": amounts[0] if amounts else None,
    }


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
