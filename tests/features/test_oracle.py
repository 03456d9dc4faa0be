"""The oracle: some fifty features in plain Python, slow and simple, equal to the feature table on any events."""

import math
from statistics import fmean
from typing import Any

from companies import at, companies, company, visit
from hypothesis import HealthCheck, given, settings

from forestall.data import Tables
from forestall.features import feature_table

WEEK, MONTH = 7 * 86_400, 30 * 86_400
STANDARD = 90
STEPS = ["greeted", "served", "responded", "resolved", "closed"]


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
        attended = [self.first("served"), self.first("responded"), self.first("message", "staff")]
        self.attended = earliest(attended)
        self.ended = earliest([self.first("closed"), self.first("abandoned")])
        self.waited = earliest([self.attended, self.first("resolved"), self.first("delivered"), self.ended])
        self.raised = 0 if self.first("issue_raised") is None else self.first("issue_raised")
        resolved, reopened = self.last("resolved"), self.last("reopened")
        self.resolved = resolved if resolved is not None and (reopened is None or resolved >= reopened) else None
        feedback = tables.feedback.rows_by_key("interaction_id", named=True).get(row["interaction_id"], [])
        self.rating = next((one["rating"] for one in feedback if one["rated_at"] and one["rated_at"] <= now), None)

    def times(self, kind: str, actor: str | None = None) -> list[float]:
        """Return the times of events; a manager is staff too."""
        actors = {"staff", "manager"} if actor == "staff" else {actor}
        return [at for at, what, who, _ in self.events if kind in (what, "*") and (actor is None or who in actors)]

    def first(self, kind: str, actor: str | None = None) -> float | None:
        return min(self.times(kind, actor), default=None)

    def last(self, kind: str, actor: str | None = None) -> float | None:
        return max(self.times(kind, actor), default=None)

    def cost(self, *kinds: str) -> float:
        return sum(value for _, kind, _, value in self.events if kind in kinds)

    def until(self, end: float | None) -> float:
        return self.now if end is None else end

    def hold(self) -> float | None:
        """Return the time on hold; None where holds do not follow each other before the end: nothing is said of these."""
        marks = sorted((at, kind) for at, kind, *_ in self.events if kind.startswith("hold_"))
        starts, ends = marks[::2], [at for at, _ in marks[1::2]]
        is_odd, end = len(starts) > len(ends), self.until(self.ended)
        in_turn = [kind for _, kind in marks] == ["hold_started", "hold_ended"] * len(ends) + ["hold_started"] * is_odd
        if not in_turn or (is_odd and starts[-1][0] > end):
            return None
        return sum(end - at for (at, _), end in zip(starts, [*ends, end], strict=False))


def earliest(times: Any) -> float | None:
    return min((time for time in times if time is not None), default=None)


def over(begin: float | None, end: float) -> float | None:
    return None if begin is None else max(end - begin, 0)


def share(part: float, whole: float | None) -> float | None:
    return part / whole if whole is not None and whole > 0 else None


def own_features(me: Seen) -> dict[str, Any]:
    """Return what follows from an interaction's own events, and whether it needs a kind to be recorded at all."""
    wait, settled = me.until(me.waited), me.until(earliest([me.first("resolved"), me.first("delivered"), me.ended]))
    promised = None if me.row["promised_at"] is None else (me.row["promised_at"] - me.start).total_seconds()
    cost, price, replies = me.cost("defect", "returned", "refunded"), me.row["price"], len(me.times("message", "staff")) + len(me.times("responded"))
    steps = [0, *(me.first(step) for step in STEPS)]
    asked = len(me.times("message", "customer")) + len(me.times("issue_raised"))
    informed, raised = me.first("informed"), me.first("issue_raised")
    greeted, end = me.first("greeted"), me.until(me.ended)
    return {
        "service_wait_s": wait,
        "service_wait_ratio": wait / STANDARD,
        "service_wait_breached": wait > STANDARD,
        "service_promise_s": promised,
        "service_promise_ratio": share(settled, promised),
        "service_promise_over_s": over(promised, settled),
        "service_promise_breached": None if promised is None else settled > promised,
        "service_served_s": over(me.attended, end),
        "service_total_s": end,
        "service_silence_s": over(me.last("*"), me.now),
        "service_staff_silence_s": max(end - (me.last("*", "staff") or 0), 0),
        "service_self_service_s": over(me.first("attempted"), me.until(earliest([me.first("human_requested"), me.attended, me.ended]))),
        "service_human_wait_s": over(me.first("human_requested"), me.until(earliest([me.attended, me.ended]))),
        "resolution_attended_s": over(me.raised, me.until(me.attended)),
        "resolution_reply_ratio": share(replies, asked),
        "resolution_out_of_order_n": sum(a > b for i, a in enumerate(steps) for b in steps[i + 1 :] if a is not None and b is not None),
        "resolution_events_n": len(me.events),
        ("service_hold_n", "hold_started"): len(me.times("hold_started")),
        ("service_hold_s", "hold_started"): ... if me.hold() is None else me.hold(),
        ("service_self_service_n", "attempted"): len(me.times("attempted")),
        ("service_human_requested", "human_requested"): bool(me.times("human_requested")),
        ("service_abandoned", "abandoned"): bool(me.times("abandoned")),
        ("quality_defect_n", "defect"): len(me.times("defect")),
        ("quality_complaint_n", "complained"): len(me.times("complained")),
        ("quality_failure_cost", "defect", "returned", "refunded"): cost,
        ("quality_failure_cost_ratio", "defect", "returned", "refunded"): share(cost, price),
        ("quality_refund_share", "refunded"): share(me.cost("refunded"), price),
        ("greeting_greeted", "greeted"): greeted is not None,
        ("greeting_greet_s", "greeted"): me.until(earliest([greeted, me.ended])),
        ("greeting_ignored_s", "greeted"): me.until(earliest([greeted, me.attended, me.ended])),
        ("greeting_by_manager", "greeted"): bool(me.times("greeted", "manager")),
        ("resolution_raised_s", "issue_raised"): over(raised, end),
        ("resolution_resolved", "resolved"): me.resolved is not None,
        ("resolution_resolve_s", "resolved"): over(me.raised, me.until(me.resolved)),
        ("resolution_open_at_end", "resolved"): me.ended is not None and me.resolved is None,
        ("resolution_reopened_n", "reopened"): len(me.times("reopened")),
        ("resolution_hands_n", "transferred", "escalated", "reopened"): sum(len(me.times(kind)) for kind in ("transferred", "escalated", "reopened")),
        ("resolution_staff_replies_n", "message", "responded"): replies,
        ("resolution_anticipated", "informed"): informed is not None and (raised is None or informed <= raised),
        ("resolution_first_contact", "resolved"): me.resolved is not None and not any(map(me.times, ("reopened", "transferred", "escalated"))),
        ("resolution_tip", "tipped"): me.cost("tipped"),
    }  # fmt: skip


def features_of_others(me: Seen, others: list[Seen]) -> dict[str, Any]:
    """Return what follows from the queue, from what is usual, and from the customer's past."""

    def offset(other: Seen) -> float:
        return (other.start - me.start).total_seconds()

    def usual(where: list[Seen], value: Any) -> float | None:
        all_values, values = ([one for one in map(value, some) if one is not None] for some in (others, where))
        return (sum(values) + 20 * fmean(all_values)) / (len(values) + 20) if all_values else None

    line = [one for one in others if (one.row["venue"], one.row["channel"]) == (me.row["venue"], me.row["channel"])]
    late = [one.waited for one in line if one.waited is not None and one.now - one.waited < WEEK]
    place = [one for one in others if me.row["venue"] is not None and one.row["venue"] == me.row["venue"]]
    past = [one for one in others if me.row["customer_id"] is not None and one.row["customer_id"] == me.row["customer_id"] and offset(one) < 0]
    ratings = [one.rating for one in past if one.rating is not None]
    wait_s = usual(place, lambda one: one.waited)
    own_wait, waits = me.until(me.waited), [one.until(one.waited) for one in past]
    known = {
        "history_contact_n": len(past),
        "history_contact_30d_n": sum(-offset(one) <= MONTH for one in past),
        "history_since_last_days": -max(map(offset, past)) / 86_400 if past else None,
        "history_tenure_days": (me.now - min(map(offset, past))) / 86_400 if past else None,
        "history_rated_n": len(ratings),
        "history_rating_mean": fmean(ratings) if ratings else None,
        "history_rating_min": min(ratings, default=None),
        ("history_unresolved_n", "resolved"): sum(one.resolved is None for one in past),
        ("history_open_n", "closed", "abandoned"): sum(one.ended is None for one in past),
        "history_wait_mean_s": fmean(waits) if past else None,
        "history_wait_vs_own": math.log((own_wait + 1) / (fmean(waits) + 1)) if past else None,
        "history_same_venue_share": share(sum(one in place for one in past), len(past)),
    }  # fmt: skip
    is_known = me.row["customer_id"] is not None
    return {
        "service_queue_n": sum(one.waited is None for one in line),
        "service_venue_wait_ratio": fmean(late) / STANDARD if late else None,
        "expectation_venue_wait_s": wait_s if place or me.row["venue"] is not None else None,
        "expectation_wait_vs_venue": math.log((own_wait + 1) / (wait_s + 1)) if wait_s is not None and me.row["venue"] is not None else None,
        "expectation_venue_rating": usual(place, lambda one: one.rating) if me.row["venue"] is not None else None,
        "expectation_queue_rating": usual(line, lambda one: one.rating),
        "history_is_known": is_known,
        **{name: value if is_known else None for name, value in known.items()},
    }  # fmt: skip


def oracle(tables: Tables, interaction_id: str, now: Any) -> dict[str, Any]:
    """Return the features of one moment."""
    rows = [row for row in tables.interactions.to_dicts() if row["started_at"] <= now]
    everyone = [Seen(tables, row, now) for row in rows]
    me = next(one for one in everyone if one.row["interaction_id"] == interaction_id)
    recorded = {event["kind"] for event in tables.events.to_dicts() if event["at"] <= now}
    found = {**own_features(me), **features_of_others(me, [one for one in everyone if one is not me])}
    expected = {}
    for key, value in found.items():
        name, *kinds = [key] if isinstance(key, str) else key
        expected[name] = None if kinds and not recorded & set(kinds) else value
    return {name: value for name, value in expected.items() if value is not ...}


def is_same(found: float | None, expected: float | None) -> bool:
    """Tell whether both are gaps, or numbers that agree to the last digits."""
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(companies())
def test_the_feature_table_equals_the_oracle(drawn):
    """Whatever happens, in whatever order and however often at once: the same values, the same gaps."""
    tables, moments = drawn
    table = feature_table(tables, moments)
    for row in table.iter_rows(named=True):
        expected = oracle(tables, row["interaction_id"], row["as_of"])
        wrong = {name: (row[name], value) for name, value in expected.items() if not is_same(row[name], value)}
        assert not wrong


def test_the_oracle_knows_enough():
    """At least forty features are held against the oracle."""
    assert len(oracle(company(visit("a", 0)), "a", at(10))) >= 40
