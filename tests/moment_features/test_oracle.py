"""The oracle: some fifty features in plain Python, slow and simple, equal to the table on any events."""

import math
from statistics import fmean
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from companies import at, companies, company, is_same, visit
from forestall.data import Tables
from forestall.moment_features import feature_table

DAY = 86_400
STANDARD_S = 90
PRIOR_WEIGHT = 20
STEPS = ("greeted", "served", "responded", "resolved", "closed")
PASSED_ON = ("reopened", "transferred", "escalated")
FAILURES = ("defect", "returned", "refunded")
UNSAID = object()  # what the oracle says nothing of


class Seen:
    """One interaction as it is known at a time; all times in seconds since it started, or None."""

    def __init__(self, tables: Tables, row: dict[str, Any], now: Any) -> None:
        own = tables.events.rows_by_key("interaction_id", named=True).get(row["interaction_id"], [])
        self.row, self.start = row, row["started_at"]
        self.now = (now - self.start).total_seconds()
        self.events = [
            ((event["at"] - self.start).total_seconds(), event["kind"], event["actor"], event["value"] or 0)
            for event in own
            if event["at"] <= now
        ]
        self.attended = earliest(
            self.first("served"), self.first("responded"), self.first("message", "staff")
        )
        self.ended = earliest(self.first("closed"), self.first("abandoned"))
        self.settled = earliest(self.first("resolved"), self.first("delivered"))
        self.waited = earliest(self.attended, self.settled, self.ended)
        self.raised = self.first("issue_raised") or 0
        resolved, reopened = self.last("resolved"), self.last("reopened")
        is_resolved = resolved is not None and (reopened is None or resolved >= reopened)
        self.resolved = resolved if is_resolved else None
        ratings = tables.feedback.rows_by_key("interaction_id", named=True).get(row["interaction_id"], [])
        self.rating = next(
            (one["rating"] for one in ratings if one["rated_at"] and one["rated_at"] <= now), None
        )

    def times(self, kind: str, actor: str | None = None) -> list[float]:
        """Return the times of events; a manager is staff too."""
        actors = {"staff", "manager"} if actor == "staff" else {actor}
        return [
            at for at, what, who, _ in self.events if kind in (what, "*") and (not actor or who in actors)
        ]

    def n(self, *kinds: str, actor: str | None = None) -> int:
        return sum(len(self.times(kind, actor)) for kind in kinds)

    def first(self, kind: str, actor: str | None = None) -> float | None:
        return min(self.times(kind, actor), default=None)

    def last(self, kind: str, actor: str | None = None) -> float | None:
        return max(self.times(kind, actor), default=None)

    def cost(self, *kinds: str) -> float:
        return sum(value for _, kind, _, value in self.events if kind in kinds)

    def until(self, *ends: float | None) -> float:
        """Return the earliest of the ends, or now."""
        end = earliest(*ends)
        return self.now if end is None else end

    def hold(self) -> Any:
        """Return the time on hold, if holds follow each other before the end; nothing is said of others."""
        marks = sorted((at, kind) for at, kind, *_ in self.events if kind.startswith("hold_"))
        starts, ends = marks[::2], [at for at, _ in marks[1::2]]
        is_odd, end = len(starts) > len(ends), self.until(self.ended)
        in_turn = [kind for _, kind in marks] == ["hold_started", "hold_ended"] * len(ends) + [
            "hold_started"
        ] * is_odd
        if not in_turn or (is_odd and starts[-1][0] > end):
            return UNSAID
        return sum(end - at for (at, _), end in zip(starts, [*ends, end], strict=False))

    def is_with(self, other: "Seen", *names: str) -> bool:
        return all(self.row[name] == other.row[name] for name in names)


def earliest(*times: float | None) -> float | None:
    return min((time for time in times if time is not None), default=None)


def over(begin: float | None, end: float) -> float | None:
    return None if begin is None else max(end - begin, 0)


def share(part: float, whole: float | None) -> float | None:
    return part / whole if whole is not None and whole > 0 else None


def log_ratio(value: float, usual: float | None) -> float | None:
    return None if usual is None else math.log((value + 1) / (usual + 1))


def time_features(me: Seen) -> dict[Any, Any]:
    """Return features of time; a key with kinds of event is null until one of these is recorded anywhere."""
    wait, settled, end = me.until(me.waited), me.until(me.settled, me.ended), me.until(me.ended)
    promised = me.row["promised_at"] and (me.row["promised_at"] - me.start).total_seconds()
    standard = promised if promised and promised > 0 else STANDARD_S
    asked, greeted = me.first("human_requested"), me.first("greeted")
    return {
        "service_wait_s": wait,
        "service_standard_s": standard,
        "service_wait_ratio": wait / standard,
        "service_wait_over_s": max(wait - standard, 0),
        "service_wait_breached": wait > standard,
        "service_promise_s": promised,
        "service_promise_ratio": share(settled, promised),
        "service_promise_over_s": over(promised, settled),
        "service_promise_breached": None if promised is None else settled > promised,
        "service_served_s": over(me.attended, end),
        "service_total_s": end,
        "service_silence_s": over(me.last("*"), me.now),
        "service_staff_silence_s": over(me.last("*", "staff") or 0, end),
        "service_self_service_s": over(me.first("attempted"), me.until(asked, me.attended, me.ended)),
        "service_human_wait_s": over(asked, me.until(me.attended, me.ended)),
        ("service_hold_s", "hold_started"): me.hold(),
        ("greeting_greet_s", "greeted"): me.until(greeted, me.ended),
        ("greeting_ignored_s", "greeted"): me.until(greeted, me.attended, me.ended),
        "resolution_attended_s": over(me.raised, me.until(me.attended)),
        ("resolution_raised_s", "issue_raised"): over(me.first("issue_raised"), end),
        ("resolution_resolve_s", "resolved"): over(me.raised, me.until(me.resolved)),
    }


def count_features(me: Seen) -> dict[Any, Any]:
    """Return features that count, add up or tell what has happened."""
    replies, asked = me.n("message", actor="staff") + me.n("responded"), me.n("issue_raised")
    steps = [0, *(me.first(step) for step in STEPS)]
    pairs = [(a, b) for i, a in enumerate(steps) for b in steps[i + 1 :] if a is not None and b is not None]
    told, raised = me.first("informed"), me.first("issue_raised")
    is_resolved = me.resolved is not None
    return {
        "resolution_events_n": len(me.events),
        "resolution_out_of_order_n": sum(a > b for a, b in pairs),
        "resolution_reply_ratio": share(replies, asked + me.n("message", actor="customer")),
        ("service_hold_n", "hold_started"): me.n("hold_started"),
        ("service_self_service_n", "attempted"): me.n("attempted"),
        ("service_human_requested", "human_requested"): me.n("human_requested") > 0,
        ("service_abandoned", "abandoned"): me.n("abandoned") > 0,
        ("quality_defect_n", "defect"): me.n("defect"),
        ("quality_complaint_n", "complained"): me.n("complained"),
        ("quality_failure_cost", *FAILURES): me.cost(*FAILURES),
        ("quality_failure_cost_ratio", *FAILURES): share(me.cost(*FAILURES), me.row["price"]),
        ("quality_refund_share", "refunded"): share(me.cost("refunded"), me.row["price"]),
        ("greeting_greeted", "greeted"): me.n("greeted") > 0,
        ("greeting_by_manager", "greeted"): me.n("greeted", actor="manager") > 0,
        ("resolution_resolved", "resolved"): is_resolved,
        ("resolution_open_at_end", "resolved"): me.ended is not None and not is_resolved,
        ("resolution_first_contact", "resolved"): is_resolved and me.n(*PASSED_ON) == 0,
        ("resolution_reopened_n", "reopened"): me.n("reopened"),
        ("resolution_hands_n", *PASSED_ON): me.n(*PASSED_ON),
        ("resolution_staff_replies_n", "message", "responded"): replies,
        ("resolution_anticipated", "informed"): told is not None and (raised is None or told <= raised),
        ("resolution_tip", "tipped"): me.cost("tipped"),
    }


def place_features(me: Seen, others: list[Seen]) -> dict[Any, Any]:
    """Return what follows from the queue, and from what is usual at the venue."""

    def usual(place: list[Seen], what: str) -> float | None:
        everywhere, here = (
            [one for one in (getattr(seen, what) for seen in some) if one is not None]
            for some in (others, place)
        )
        return (
            (sum(here) + PRIOR_WEIGHT * fmean(everywhere)) / (len(here) + PRIOR_WEIGHT)
            if everywhere
            else None
        )

    line = [one for one in others if me.is_with(one, "venue", "channel")]
    late = [one.waited for one in line if one.waited is not None and one.now - one.waited < 7 * DAY]
    venue = [one for one in others if me.is_with(one, "venue")]
    wait_s, rating = (usual(venue, what) if me.row["venue"] else None for what in ("waited", "rating"))
    return {
        "service_queue_n": sum(one.waited is None for one in line),
        "service_venue_wait_ratio": fmean(late) / STANDARD_S if late else None,
        "expectation_wait_vs_venue": log_ratio(me.until(me.waited), wait_s),
        "expectation_venue_rating": rating,
        "expectation_queue_rating": usual(line, "rating"),
    }


def past_features(me: Seen, others: list[Seen]) -> dict[Any, Any]:
    """Return what follows from the customer's earlier interactions."""
    if me.row["customer_id"] is None:
        return {"history_is_known": False, "history_contact_n": None, "history_wait_mean_s": None}
    past = [one for one in others if me.is_with(one, "customer_id") and one.start < me.start]
    ages = [(me.start - one.start).total_seconds() for one in past]
    ratings = [one.rating for one in past if one.rating is not None]
    wait_s = fmean(one.until(one.waited) for one in past) if past else None
    return {
        "history_is_known": True,
        "history_contact_n": len(past),
        "history_contact_30d_n": sum(age <= 30 * DAY for age in ages),
        "history_since_last_days": min(ages) / DAY if past else None,
        "history_tenure_days": (me.now + max(ages)) / DAY if past else None,
        "history_rated_n": len(ratings),
        "history_rating_mean": fmean(ratings) if ratings else None,
        "history_rating_min": min(ratings, default=None),
        ("history_unresolved_n", "resolved"): sum(one.resolved is None for one in past),
        ("history_open_n", "closed", "abandoned"): sum(one.ended is None for one in past),
        "history_wait_mean_s": wait_s,
        "history_wait_vs_own": log_ratio(me.until(me.waited), wait_s),
        "history_same_venue_share": share(
            sum(me.is_with(one, "venue") for one in past if me.row["venue"]), len(past)
        ),
    }


def oracle(tables: Tables, interaction_id: str, now: Any) -> dict[str, Any]:
    """Return the features of one moment."""
    everyone = [Seen(tables, row, now) for row in tables.interactions.to_dicts() if row["started_at"] <= now]
    me = next(one for one in everyone if one.row["interaction_id"] == interaction_id)
    others = [one for one in everyone if one is not me]
    recorded = {event["kind"] for event in tables.events.to_dicts() if event["at"] <= now}
    features = {
        **time_features(me),
        **count_features(me),
        **place_features(me, others),
        **past_features(me, others),
    }
    expected = {}
    for key, value in features.items():
        name, *kinds = [key] if isinstance(key, str) else key
        expected[name] = None if kinds and not recorded & set(kinds) else value
    return {name: value for name, value in expected.items() if value is not UNSAID}


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_the_feature_table_equals_the_oracle(drawn):
    """Whatever happens, in whatever order and however often at once: the same values, the same gaps."""
    tables, moments = drawn
    for row in feature_table(tables, moments).iter_rows(named=True):
        expected = oracle(tables, row["interaction_id"], row["as_of"])
        wrong = {
            name: (row[name], value) for name, value in expected.items() if not is_same(row[name], value)
        }
        assert not wrong


def test_the_oracle_knows_enough():
    """At least forty features are held against the oracle."""
    assert len(oracle(company(visit("a", 0, customer_id="Ann")), "a", at(10))) >= 40
