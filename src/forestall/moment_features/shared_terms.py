"""Terms that several families use: times, counts, ratios and what an interaction has reached.

Times are microseconds; `elapsed`, `seconds` and `days` turn them into seconds and days, `amount` hundredths into units.
"""

from __future__ import annotations

from forestall.moment_features.event_columns import Actor, Amount, First, Last, Words
from forestall.moment_features.operations import Kind
from forestall.moment_features.state_columns import AsOf, Own, Recorded, StandardTime
from forestall.moment_features.terms import Term, any_of, coalesce, only_if, smallest
from forestall.moments.moments import ENDS

AS_OF = AsOf()
START = Own("started_at")
PROMISED = Own("promised_at")
USUAL_STANDARD_S = StandardTime()  # of the venue, the channel, or all


def text(column: str) -> Own:
    """Return a column of the interaction that holds text."""
    return Own(column, Kind.TEXT)


def amount(kind: str) -> Term:
    """Return the sum of the values of the kind's events."""
    return Amount(kind) / 100


def recorded(value: Term, *kinds: str) -> Term:
    """Return the value once the company has recorded any of the kinds at all, else null: unobserved is not 0."""
    return only_if(any_of(*(Recorded(kind) for kind in kinds)), value)


def seconds(microseconds: Term) -> Term:
    """Return microseconds as seconds."""
    return microseconds / 1e6


def days(microseconds: Term) -> Term:
    """Return microseconds as days."""
    return microseconds / 86_400e6


def elapsed(begin: Term, until: Term | None = None) -> Term:
    """Return seconds from `begin` until `until`, or until the moment where `until` has not come."""
    end = AS_OF if until is None else coalesce(until, AS_OF)
    return seconds((end - begin).at_least(0))


def has_happened(kind: str, actor: Actor = "") -> Term:
    """Return whether there was an event of the kind."""
    return First(kind, actor).is_known()


def ratio(part: Term, whole: Term) -> Term:
    """Return part / whole, null where the whole is not above zero."""
    return only_if(whole > 0, part / whole)


def log_ratio(value: Term, usual_value: Term, floor: float = 1.0) -> Term:
    """Return log((value + floor) / (usual + floor)): the same distance up and down from the usual."""
    return ((value + floor) / (usual_value + floor)).log()


# Waiting ends when staff first turn to the customer: a greeting is not yet service.
_ATTENDED = (First("served"), First("responded"), First("message", "staff"))
_ENDED = tuple(First(kind) for kind in ENDS)
ATTENDED = smallest(*_ATTENDED)
ENDED = smallest(*_ENDED)
WAIT_END = smallest(*_ATTENDED, First("resolved"), First("delivered"), *_ENDED)
SERVED = smallest(ATTENDED, First("resolved"), First("delivered"))
WAIT_S = elapsed(START, WAIT_END)

DELIVERED = smallest(First("resolved"), First("delivered"), ENDED)

RAISED = coalesce(First("issue_raised"), START)
IS_RESOLVED = Last("resolved").is_known() & (
    Last("reopened").is_missing() | (Last("resolved") >= Last("reopened"))
)
# Until the matter is settled for good: a reopened one is still open.
SETTLED = only_if(IS_RESOLVED, Last("resolved"))
RESOLVE_S = elapsed(RAISED, SETTLED)
_RESPONSES = (First("responded"), First("message", "staff"), First("served"), First("resolved"))
RESPONDED = smallest(*(only_if(time >= RAISED, time) for time in _RESPONSES))

STAFF_TEXTS = Words("staff", "n_texts")
MANNER = (
    Words("staff", "n_thanks") + Words("staff", "n_apologies") + Words("staff", "n_polite")
    - 2 * Words("staff", "n_rude")
)  # fmt: skip

# A time committed to this very customer counts before the standard that all are promised.
STANDARD_S = coalesce(only_if(PROMISED > START, seconds(PROMISED - START)), USUAL_STANDARD_S)
