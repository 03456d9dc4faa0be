"""Business time: waits and standards counted while the place is open, where the model has calendars.

Each feature has a twin in clock time, with `_business` in its name. A time that has not come yet counts until the
moment, as there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from forestall.moment_features.event_columns import ANY_KIND, First, Last
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.open_calendars import OpenCalendars
from forestall.moment_features.open_clock_terms import CalendarNumber, ClockReading
from forestall.moment_features.shared_terms import (
    AS_OF,
    ATTENDED,
    DELIVERED,
    ENDED,
    PROMISED,
    RAISED,
    RESPONDED,
    SETTLED,
    START,
    USUAL_STANDARD_S,
    WAIT_END,
    recorded,
    seconds,
)
from forestall.moment_features.terms import Term, coalesce, flag, only_if, smallest


def with_business_time(families: Iterable[Family], calendars: OpenCalendars) -> tuple[Family, ...]:
    """Return families with their features in business time, each family's after its others."""
    own = business_features(calendars)
    return tuple(
        replace(family, features=(*family.features, *own.get(family.name, ()))) for family in families
    )


def business_features(calendars: OpenCalendars) -> dict[str, list[Feature]]:
    """Return the features in business time by family."""
    calendar = CalendarNumber(calendars)

    def between(begin: Term, end: Term) -> Term:
        return seconds(ClockReading(end, calendar) - ClockReading(begin, calendar))

    def elapsed(begin: Term, until: Term) -> Term:
        return between(begin, coalesce(until, AS_OF)).at_least(0)

    # a promise for a time before the next opening leaves no open time; a second keeps the ratio finite
    promise_s = only_if(PROMISED > START, between(START, PROMISED).at_least(1))
    return {
        "service": _service(elapsed, promise_s, coalesce(promise_s, USUAL_STANDARD_S)),
        "resolution": _resolution(elapsed, coalesce(promise_s, USUAL_STANDARD_S)),
    }


Elapsed = Callable[[Term, Term], Term]


def _service(elapsed: Elapsed, promise_s: Term, standard_s: Term) -> list[Feature]:
    wait_s, over_promise_s = elapsed(START, WAIT_END), elapsed(PROMISED, DELIVERED)
    return [
        Feature("wait_business_s", wait_s, "Open seconds from arrival until served or, while waiting, until the moment.", +1,
                "waited {hours} of opening time to be served", low=0),
        Feature("standard_business_s", standard_s,
                "Standard in open seconds: those from arrival to the committed time, at least 1, else the standard of the venue, the channel or all.",
                reason="the standard is {hours} of opening time", low=0),
        Feature("wait_business_ratio", wait_s / standard_s, "Waiting time divided by the standard, both in open seconds.", +1,
                "waited {value} times the standard, in opening time", low=0),
        Feature("wait_over_business_s", (wait_s - standard_s).at_least(0), "Open seconds waited beyond the standard.", +1,
                "waited {hours} of opening time longer than the standard", low=0),
        Feature("wait_business_breached", flag(wait_s > standard_s), "Whether the wait is longer than the standard, both in open seconds.", +1,
                "waited longer than the standard, in opening time", low=0, high=1),
        Feature("promise_business_ratio", elapsed(START, DELIVERED) / promise_s,
                "Open time until settled or, while open, until the moment, divided by the open time to the committed time.", +1,
                "{value} times the time committed is used, in opening time", low=0),
        Feature("promise_over_business_s", over_promise_s, "Open seconds after the committed time.", +1,
                "{hours} of opening time later than committed", low=0),
        Feature("promise_business_breached", flag(over_promise_s > 0), "Whether open time has passed after the committed time before it was settled.", +1,
                "the time committed has passed, in opening time", low=0, high=1),
        Feature("total_business_s", elapsed(START, ENDED), "Open seconds since arrival, until the end or the moment.",
                reason="in all {hours} of opening time so far", low=0),
        Feature("staff_silence_business_s", elapsed(coalesce(Last(ANY_KIND, "staff"), START), ENDED),
                "Open seconds since the last event by staff, until the end or the moment.",
                reason="nothing from staff for {hours} of opening time", low=0),
        Feature("human_wait_business_s", elapsed(First("human_requested"), smallest(ATTENDED, ENDED)),
                "Open seconds from asking for a person until served or, while waiting, until the moment.", +1,
                "waited {hours} of opening time for a person after asking", low=0),
    ]  # fmt: skip


def _resolution(elapsed: Elapsed, standard_s: Term) -> list[Feature]:
    response_s = elapsed(RAISED, smallest(RESPONDED, ENDED))
    return [
        Feature("response_business_s", response_s, "Open seconds from the issue to the first response, or until the end or the moment.", +1,
                "waited {hours} of opening time for a response", low=0),
        Feature("response_business_ratio", response_s / standard_s, "Time to the first response divided by the standard, both in open seconds.", +1,
                "waited {value} times the standard for a response, in opening time", low=0),
        Feature("resolve_business_s", recorded(elapsed(RAISED, SETTLED), "resolved"),
                "Open seconds from the issue until resolved or, while open or reopened, until the moment.", +1,
                "{hours} of opening time without being resolved", low=0),
    ]  # fmt: skip
