"""Resolution: whether the issue is resolved, how soon, by whom and after how many transfers."""

from __future__ import annotations

from functools import reduce
from operator import add

from forestall.moment_features.event_columns import ANY_KIND, Count, First, Last, Words
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.shared_terms import (
    AS_OF,
    ATTENDED,
    ENDED,
    IS_RESOLVED,
    PROMISED,
    RAISED,
    RESOLVE_S,
    RESPONDED,
    STAFF_TEXTS,
    STANDARD_S,
    START,
    amount,
    elapsed,
    has_happened,
    ratio,
    recorded,
)
from forestall.moment_features.terms import case, coalesce, flag, largest, only_if, smallest

_RESPONSE_S = elapsed(RAISED, smallest(RESPONDED, ENDED))
_ANSWERED = largest(Last("message", "staff"), Last("responded"), Last("served"), Last("resolved"))
_UNANSWERED = Last("message", "customer") > coalesce(_ANSWERED, START - 1)
_STEPS = [START, First("greeted"), First("served"), First("responded"), First("resolved"), First("closed")]
_OUT_OF_ORDER = reduce(
    add,
    (flag(later < earlier).or_else(0) for i, earlier in enumerate(_STEPS) for later in _STEPS[i + 1 :]),
)

RESOLUTION = Family(
    "resolution",
    "Whether the issue is resolved, how soon, by whom and after how many transfers.",
    [
        Feature("raised", recorded(flag(has_happened("issue_raised")), "issue_raised"), "Whether the customer has raised an issue.",
                reason="an issue was raised", low=0, high=1),
        Feature("raised_s", recorded(elapsed(First("issue_raised"), ENDED), "issue_raised"),
                "Seconds since the issue was raised, until the end or the moment.", reason="{value} since the issue was raised", low=0),
        Feature("responded", recorded(flag(RESPONDED.is_known()), "responded", "message", "served", "resolved"), "Whether staff has responded.",
                reason="responded: {value}", low=0, high=1),
        Feature("response_s", _RESPONSE_S, "Seconds from the issue to the first response, or until the end or the moment.", +1,
                "waited {value} for a response", low=0),
        Feature("response_ratio", _RESPONSE_S / STANDARD_S, "Time to the first response, divided by the standard.", +1,
                "waited {value} times the standard of {standard} for a response", low=0),
        Feature("resolved", recorded(flag(IS_RESOLVED), "resolved"), "Whether the issue is resolved at the moment.", -1,
                "resolved: {value}", low=0, high=1),
        Feature("resolve_s", recorded(RESOLVE_S, "resolved"), "Seconds from the issue until resolved or, while open or reopened, until the moment.", +1,
                "{value} without being resolved", low=0),
        Feature("ended", recorded(flag(ENDED.is_known()), "closed", "abandoned"), "Whether the interaction has ended.", reason="ended: {value}", low=0, high=1),
        Feature("open_at_end", recorded(flag(ENDED.is_known() & ~IS_RESOLVED), "resolved"),
                "Whether the interaction ended without being resolved.", +1, "ended unresolved", low=0, high=1),
        Feature("by_manager", recorded(flag(Count("resolved", "manager") + Count("responded", "manager") > 0), "resolved", "responded"),
                "Whether a manager responded or resolved.", reason="a manager took part", low=0, high=1),
        Feature("by_system", recorded(flag(Count("resolved", "system") > 0), "resolved"), "Whether the system resolved it.",
                reason="resolved by the system", low=0, high=1),
        Feature("reopened_n", recorded(Count("reopened"), "reopened"), "Number of times reopened.", +1, "reopened {value} {time|times}", low=0),
        Feature("transfer_n", recorded(Count("transferred"), "transferred"), "Number of transfers.", +1, "transferred {value} {time|times}", low=0),
        Feature("escalation_n", recorded(Count("escalated"), "escalated"), "Number of escalations.",
                reason="escalated {value} {time|times}", low=0),
        Feature("hands_n", recorded(Count("transferred") + Count("escalated") + Count("reopened"), "transferred", "escalated", "reopened"),
                "Number of transfers, escalations and reopenings together.", reason="passed on or reopened {value} {time|times}", low=0),
        Feature("customer_messages_n", recorded(Count("message", "customer"), "message"), "Number of messages by the customer.",
                reason="{value} {message|messages} by the customer", low=0),
        Feature("staff_replies_n", recorded(Count("message", "staff") + Count("responded"), "message", "responded"),
                "Number of messages and responses by staff.", reason="{value} {reply|replies}", low=0),
        Feature("reply_ratio", ratio(Count("message", "staff") + Count("responded"), Count("message", "customer") + Count("issue_raised")),
                "Replies by staff per message or issue of the customer.", reason="{value} {reply|replies} per message", low=0),
        Feature("unanswered_s", case((_UNANSWERED, elapsed(Last("message", "customer"), ENDED)),
                                     (has_happened("message", "customer"), 0.0)),
                "Seconds since the customer's last message if it has no answer, else 0.", +1,
                "no answer for {value}", low=0),
        Feature("promise_kept", case((IS_RESOLVED | has_happened("delivered"), flag(smallest(First("resolved"), First("delivered")) <= PROMISED)),
                                     (coalesce(ENDED, AS_OF) > PROMISED, 0.0)),
                "Whether settled by the committed time; null before that time while not settled.", -1,
                "promise kept: {value}", low=0, high=1),
        Feature("promises_n", only_if(STAFF_TEXTS > 0, Words("staff", "n_promises")),
                "Number of promises by staff.", reason="{value} {promise|promises} made", low=0),
        Feature("informed_n", recorded(Count("informed"), "informed"), "Number of times that the customer was informed before asking.",
                reason="told before asking {value} {time|times}", low=0),
        Feature("anticipated", recorded(flag((First("informed") <= First("issue_raised")).or_else(has_happened("informed"))),
                "informed"), "Whether the customer was informed before raising the issue.", reason="told before asking: {value}", low=0, high=1),
        Feature("out_of_order_n", _OUT_OF_ORDER, "Number of pairs of process steps in the wrong order.",
                reason="{value} {step|steps} out of order", low=0),
        Feature("first_contact", recorded(flag(IS_RESOLVED & (Count("reopened") + Count("transferred") + Count("escalated")).equals(0)), "resolved"),
                "Whether resolved without a transfer, an escalation or a reopening.", reason="resolved at first contact: {value}", low=0, high=1),
        Feature("delivered", recorded(flag(has_happened("delivered")), "delivered"), "Whether delivered.",
                reason="delivered: {value}", low=0, high=1),
        Feature("tip", recorded(amount("tipped"), "tipped"), "Sum of the tips so far.", reason="tipped {value}", low=0),
        Feature("events_n", Count(ANY_KIND), "Number of events so far.", reason="{value} {event|events} so far", low=0),
        Feature("attended_s", elapsed(RAISED, ATTENDED), "Seconds from the issue until staff first served or answered, or until the moment.", +1,
                "{value} without anyone turning to it", low=0),
    ],
)  # fmt: skip
