"""Service: the time that the customer waits and is served, compared with the standard."""

from __future__ import annotations

from forestall.moment_features.event_columns import ANY_KIND, Count, First, Last, Since
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.shared_terms import (
    AS_OF,
    ATTENDED,
    DELIVERED,
    ENDED,
    PROMISED,
    STANDARD_S,
    START,
    USUAL_STANDARD_S,
    WAIT_END,
    WAIT_S,
    elapsed,
    has_happened,
    log_ratio,
    ratio,
    recorded,
    seconds,
    text,
)
from forestall.moment_features.state_columns import Queue, Usual
from forestall.moment_features.terms import coalesce, flag, only_if, smallest

_OPEN_HOLDS = Count("hold_started") - Count("hold_ended")
_SERVED_S = elapsed(ATTENDED, ENDED)
# The sum of the ends minus the sum of the starts needs no pairs of holds; an open hold lasts until the moment.
_HOLD_S = seconds(
    (Since("hold_ended") - Since("hold_started") + _OPEN_HOLDS * (coalesce(ENDED, AS_OF) - START)).at_least(0)
)

SERVICE = Family(
    "service",
    "The time that the customer waits and is served, compared with the standard.",
    [
        Feature("wait_s", WAIT_S, "Seconds from arrival until served or, while waiting, until the moment.", +1,
                "waited {value} to be served, the standard is {standard}", low=0),
        Feature("standard_s", STANDARD_S, "Standard: seconds promised until served, to this customer, at the venue, in the channel or to all customers.",
                reason="the standard is {value}", low=0),
        Feature("wait_ratio", WAIT_S / STANDARD_S, "Waiting time divided by the standard.", +1,
                "waited {value} times the standard of {standard}", low=0),
        Feature("wait_over_s", (WAIT_S - STANDARD_S).at_least(0), "Seconds waited beyond the standard.", +1,
                "waited {value} longer than the standard of {standard}", low=0),
        Feature("wait_breached", flag(WAIT_S > STANDARD_S), "Whether the wait is longer than the standard.", +1,
                "waited longer than the standard of {standard}", low=0, high=1),
        Feature("is_waiting", flag(WAIT_END.is_missing()), "Whether the customer is still waiting.",
                reason="still waiting to be served", low=0, high=1),
        Feature("promise_s", seconds(PROMISED - START), "Seconds from arrival to the committed time.",
                reason="committed within {value}"),
        Feature("promise_ratio", ratio(elapsed(START, DELIVERED), seconds(PROMISED - START)),
                "Time until settled or, while open, until the moment, divided by the time to the committed time.", +1,
                "{value} times the time committed is used", low=0),
        Feature("promise_over_s", elapsed(PROMISED, DELIVERED), "Seconds after the committed time.", +1,
                "{value} later than committed", low=0),
        Feature("promise_breached", flag(coalesce(DELIVERED, AS_OF) > PROMISED), "Whether the committed time has passed before it was settled.",
                +1, "the time committed has passed", low=0, high=1),
        Feature("served_s", _SERVED_S, "Seconds since the start of service, until the end or the moment.",
                reason="{value} of service", low=0),
        Feature("total_s", elapsed(START, ENDED), "Seconds since arrival, until the end or the moment.",
                reason="in all {value} so far", low=0),
        Feature("hold_n", recorded(Count("hold_started"), "hold_started"), "Number of times on hold.", +1,
                "put on hold {value} {time|times}", low=0),
        Feature("hold_s", recorded(_HOLD_S, "hold_started"), "Seconds on hold, up to the moment.", +1,
                "{value} on hold", low=0),
        Feature("hold_share", recorded(ratio(_HOLD_S, _SERVED_S), "hold_started"), "Share of the service time on hold.",
                reason="{value} of the service was on hold", low=0),
        Feature("on_hold", recorded(flag(_OPEN_HOLDS > 0), "hold_started"), "Whether on hold at the moment.",
                reason="on hold now", low=0, high=1),
        Feature("silence_s", elapsed(Last(ANY_KIND)), "Seconds since the last event.", reason="nothing happened for {value}", low=0),
        Feature("staff_silence_s", elapsed(coalesce(Last(ANY_KIND, "staff"), START), ENDED), "Seconds since the last event by staff, until the end or the moment.",
                reason="nothing from staff for {value}", low=0),
        Feature("self_service_n", recorded(Count("attempted"), "attempted"), "Number of attempts at self-service.",
                reason="tried self-service {value} {time|times}", low=0),
        Feature("self_service_s", elapsed(First("attempted"), smallest(First("human_requested"), ATTENDED, ENDED)),
                "Seconds at self-service until the customer asked for or reached a person.",
                reason="{value} at self-service", low=0),
        Feature("human_requested", recorded(flag(has_happened("human_requested")), "human_requested"),
                "Whether the customer asked for a person.", reason="asked for a person", low=0, high=1),
        Feature("human_wait_s", elapsed(First("human_requested"), smallest(ATTENDED, ENDED)),
                "Seconds from asking for a person until served or, while waiting, until the moment.", +1,
                "waited {value} for a person after asking", low=0),
        Feature("abandoned", recorded(flag(has_happened("abandoned")), "abandoned"), "Whether the customer left without being served.", +1,
                "gave up waiting", low=0, high=1),
        Feature("queue_n", Queue("n_waiting"), "Number of other customers waiting at the same venue and channel.",
                reason="{value} {other|others} waiting", low=0),
        Feature("venue_wait_ratio", Queue("mean_wait_s") / USUAL_STANDARD_S, "Mean wait at the venue and channel in the last seven days, divided by the standard.",
                reason="waits here were {value} times the standard of late", low=0),
        Feature("venue_lean", log_ratio(Queue("mean_wait_s"), Usual("queue", "wait_s")),
                "Log ratio of the mean wait of the last seven days to the usual wait at the venue and channel; above 0 with too few staff.",
                reason="waits here of late are {value} times the usual", is_log=True),
        Feature("start_hour", START % 86_400_000_000 / 3.6e9,
                "Hour of arrival, UTC.", reason="arrived at {value} UTC", low=0, high=24, needs_clock=True),
        Feature("start_weekday", (START // 86_400_000_000 + 3) % 7 + 1,
                "Weekday of arrival, UTC; 1 is Monday.", reason="arrived on a {value}", low=1, high=7, needs_clock=True),
        Feature("staff", only_if(has_happened(ANY_KIND, "staff"), text("staff")), "The agent or team that serves, from the first event by staff on.", is_category=True, reason="served by {value}"),
    ],
)  # fmt: skip
